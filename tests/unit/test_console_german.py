"""Every text of the pages in German: nothing is left out, nothing stands in a page that no catalogue can reach."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from word_table import words_of

from device_adapters.contract.oddities import WORDS
from device_adapters.safety.hazards import Cause, reaction
from services.console import event_words, phrases, tile_words, words
from services.console.hearsay import SENTENCES, tell_in
from services.console.languages import LANGUAGES, catalogue, language_for, say, speaking
from services.console.operator import fixes
from services.programme.library import builtins
from services.rules.zones import ZONES

HERE = Path(str(files("services.console")))
FOR_PROGRAMS = "api.html"
"""Made of the API's document, which is English like the API."""

TEMPLATES = sorted(path for path in (HERE / "templates").glob("*.html") if path.name != FOR_PROGRAMS)
CALL = re.compile(r"""\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
PLACE = re.compile(r"\{\w+\}")
SHOWN = ("aria-label", "title", "alt", "placeholder")
EVERYWHERE = {"Backstride", "km/h", "bpm", "Alt S", "min", "s", "m"}
"""Names, units and keys: the same in every language."""


def in_templates() -> Iterator[str]:
    for path in TEMPLATES:
        for double, single in CALL.findall(path.read_text()):
            yield (double or single).replace('\\"', '"').replace("\\'", "'")


def in_code() -> Iterator[str]:
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str(text)), *_]):
                    yield text


def in_tables() -> Iterator[str]:
    tables = [value for name, value in vars(phrases).items() if name.isupper()]
    tables += [event_words.KINDS, event_words.CAUSES, fixes.BY_KIND, fixes.BY_CAUSE, (fixes.ANY,)]
    tables += [
        words.PAGE,
        words.DONE,
        (words.IN_DANGER, words.HEART_OVER),
        tuple(zone.word for zone in ZONES),
    ]
    for table in tables:
        for value in table.values() if isinstance(table, dict) else table:
            yield from value if isinstance(value, tuple) else (value,)


def told_by_units() -> Iterator[str]:
    """What units say to staff and members, where it is the same each time."""
    for cause in Cause:
        yield from (reaction(cause).staff, reaction(cause).member, reaction(cause).rested)
    yield from (text for two in WORDS.values() for text in two)


HEARD = {
    "services.members": ("admission", "clean", "progression"),
    "services.session": ("interrupted", "members_client", "membership", "request_parsing", "session_times"),
    "services.session.engine": (
        "actions", "clearing", "engine", "heart_limits", "inputs", "lifecycle", "plan_follower", "questions",
        "requests", "start_rules", "timers",
    ),
}  # fmt: skip
"""Whose texts reach a page: all of the rules' with a space in them, and the sentences of the session service."""

SAME = {"{} h", "session: {}"}
"""A number with its unit; a reason on the bus."""


def heard() -> Iterator[str]:
    """What rules and the session service say, with `{}` in place of names and numbers."""
    for package, modules in HEARD.items():
        for name in modules:
            tree = ast.parse((Path(str(files(package))) / f"{name}.py").read_text())
            aside = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            aside |= {
                part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
            }
            for node in ast.walk(tree):
                text = "" if node in aside else words_of(node).strip()
                if " " in text and text not in SAME and (package == "services.members" or text[-1] in ".!"):
                    yield text


def test_what_others_say_is_told_in_german() -> None:
    english = {text: text.replace("{}", "7") for text in heard()}
    assert len(english) > 90
    untold = []
    for text, said in english.items():
        told = tell_in("de", said)
        left = [one for one in SENTENCES.split(said) if one in told]
        if told == said or left:
            untold.append(text)
    assert sorted(untold) == []


def test_built_in_programmes_are_told_in_german() -> None:
    names = {programme.name for programme in builtins()}
    cues = {step.said for programme in builtins() for step in programme.steps}
    assert [text for text in names | cues if text and tell_in("de", text) == text] == []


def test_what_nobody_knows_is_told_as_it_was_said() -> None:
    for text in ("", "Anna", "A note of Anna's. Paused twice", "  "):
        assert tell_in("de", text) == text
    assert tell_in("en", "Paused by Anna.") == "Paused by Anna."
    assert tell_in("de", "Paused by Anna.") == "Angehalten von Anna."
    assert tell_in("de", "Stopped by staff u-1. The belt was not seen to stop: look at it.") == (
        "Gestoppt von Team u-1. Niemand sah das Band anhalten: Sehen Sie nach."
    )


def every_text() -> set[str]:
    return {*in_templates(), *in_code(), *in_tables(), *told_by_units()} - {""}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_no_text_is_missing(language: str) -> None:
    missing = sorted(text for text in every_text() if text not in catalogue(language))
    assert missing == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_the_places_of_a_text_are_the_same(language: str) -> None:
    differ = [
        (text, told)
        for text, told in [*catalogue(language).items(), *catalogue(language, "heard").items()]
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(told))
    ]
    assert differ == []


class Bare(HTMLParser):
    """What a reader sees or hears of a template without its expressions."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self._see(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SHOWN:
                self._see(value or "")

    def _see(self, text: str) -> None:
        said = text.strip(" ·\n.,:→×+−–□")
        if re.search(r"[A-Za-z]{2}", said) and said not in EVERYWHERE:
            self.found.append(said)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_words_of_its_own(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{% block sheet %\}.*?\{% endblock %\}", "", path.read_text(), flags=re.DOTALL)
    bare = Bare()
    bare.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL))
    assert bare.found == []


def test_speaking_ends_where_it_began() -> None:
    with speaking("de"):
        assert say("Ready") == "Bereit"
        with speaking("en"):
            assert say("Ready") == "Ready"
        assert tile_words.limit("2.5") == "Grenze 2.5"
    assert say("Ready") == "Ready"


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("de", "en", "en", "de"),
        ("", "de", "en", "de"),
        ("", "", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "", "fr", "en"),
        ("xx", "../..", "", "en"),
    ],
)
def test_which_language_a_reader_gets(asked: str, kept: str, accepted: str, language: str) -> None:
    assert language_for(asked, accepted, kept) == language
