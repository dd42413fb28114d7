"""What is said to people: a key of a closed set and its arguments on the wire, words at the edge. Pure.

A key is declared with its arguments and its English text (`contract/keys/`); makers call it, so that a wrong key or
argument does not pass the type checker. Other languages have a catalogue by key (`services/texts`). Numbers are in the
unit that the argument's name ends with.

In a text a place is `{name}`, or `{name:how}`: `word` (a word of a closed set: a goal, a phase), `Word` (the same, as a
sentence begins), `person` (who signs a request), `programme` (words of a programme, which has a catalogue of its own).
"""

import inspect
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ParamSpec

import msgspec
from msgspec import Meta, Struct

P = ParamSpec("P")
NOTHING: Mapping[str, str] = MappingProxyType({})
DEPTH_MAX = 4
"""Phrases inside phrases; nobody says more, and a stranger's message may."""

Number = Annotated[float, Meta(ge=-1e15, le=1e15)]
Whole = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
Name = Annotated[str, Meta(max_length=8_000)]


class Phrase(Struct, frozen=True):
    """Something said: `key` of the catalogue, and what stands in its places. As a string it is English."""

    key: Annotated[str, Meta(max_length=100)]
    args: Annotated[
        dict[
            Annotated[str, Meta(max_length=100)],
            "Number | Whole | Name | Phrase | Annotated[tuple[Phrase, ...], Meta(max_length=100)]",
        ],
        Meta(max_length=20),
    ] = {}

    def __str__(self) -> str:
        return in_words(self, ENGLISH, "{:g}".format)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable word for programs, and what people are told, with what to do. It names no measurement."""

    cause: str
    said: Phrase

    @property
    def text(self) -> str:
        """The refusal in English."""
        return str(self.said)


def english(said: "Phrase | str | None") -> str:
    """In English; nothing for nothing. A text is as somebody wrote it."""
    return "" if said is None else str(said)


def to_json(said: "Phrase | str | None") -> str:
    """For a store of texts; nothing for what is no phrase."""
    return msgspec.json.encode(said).decode() if isinstance(said, Phrase) else ""


def from_json(said: str) -> "Phrase | None":
    """What a store has of it; None for nothing, and for what cannot be read."""
    try:
        return msgspec.json.decode(said, type=Phrase) if said else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


ENGLISH: dict[str, str] = {}
"""Every key that a loaded module of `contract/keys` declares, with its text."""

ARGUMENTS: dict[str, tuple[str, ...]] = {}
"""The same with its arguments."""


def key(text: str) -> Callable[[Callable[P, None]], Callable[P, Phrase]]:
    """Declare a key: the name of the function, its arguments, and its English text."""

    def declared(function: Callable[P, None]) -> Callable[P, Phrase]:
        name, names = function.__name__, tuple(inspect.signature(function).parameters)
        declare(name, text, names)

        def phrase(*args: P.args, **kwargs: P.kwargs) -> Phrase:
            given: dict[str, Any] = dict(zip(names, args, strict=False))
            return Phrase(name, given | kwargs)

        return phrase

    return declared


def declare(name: str, text: str, arguments: tuple[str, ...] = ()) -> Phrase:
    """A key of a table, whose rows are known elsewhere: hazards, words. The phrase of one without arguments."""
    if name in ENGLISH:
        raise TypeError(f"{name} is declared twice")
    ENGLISH[name], ARGUMENTS[name] = text, arguments
    return Phrase(name)


def word_key(word: str) -> str:
    """The key of a word of a closed set."""
    return f"word.{word}"


def in_words(
    said: Phrase,
    texts: Mapping[str, str],
    number: Callable[[float], str],
    programmes: Mapping[str, str] = NOTHING,
) -> str:
    """The phrase in the language of `texts`, else in English; a key that nobody here knows is told as it is.

    `programmes`: words of built-in programmes, from English.
    """
    return _Words(texts, number, programmes).of(said)


class _Words(string.Formatter):
    def __init__(
        self,
        texts: Mapping[str, str],
        number: Callable[[float], str],
        programmes: Mapping[str, str],
        depth: int = 0,
    ) -> None:
        self._texts = texts
        self._number = number
        self._programmes = programmes
        self._depth = depth

    def of(self, said: Phrase) -> str:
        text = self._texts.get(said.key) or ENGLISH.get(said.key)
        if text is None or self._depth > DEPTH_MAX:
            return said.key.replace("_", " ")
        return self.vformat(text, (), said.args).strip()

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002
        return kwargs.get(str(key), "…")

    def format_field(self, value: Any, format_spec: str) -> str:
        match value, format_spec:
            case Phrase(), _:
                return _Words(self._texts, self._number, self._programmes, self._depth + 1).of(value)
            case tuple() | list(), _:
                return (format_spec or ", ").join(self.format_field(each, "") for each in value)
            case str(), "word":
                return self._word(value)
            case str(), "programme":
                return self._programmes.get(value, value)
            case str(), "Word":
                word = self._word(value)
                return word[:1].upper() + word[1:]
            case str(), "person":
                role, space, who = value.partition(" ")
                return f"{self._word(role)}{space}{who}"
            case bool() | int() | float(), _:
                return self._number(value)
            case _:
                return str(value)

    def _word(self, word: str) -> str:
        known = word_key(word)
        return self._texts.get(known) or ENGLISH.get(known) or word.replace("_", " ")
