"""Decisions and incidents, by whoever made or saw them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from device_adapters.contract.messages.vocabulary import AtMs, Told, Value, Word
from device_adapters.contract.phrase import Phrase


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision or incident, with its cause and what changed.

    `text`: what a person wrote (note, near_miss, feedback, a reason), else `said` in English, for who has no catalogue.
    """

    id: Word
    at_ms: AtMs
    source: Word
    kind: Annotated[str, Meta(min_length=1, max_length=100)]
    cause: Word = ""
    text: Told = ""
    said: Phrase | None = None
    severity: Literal["info", "warning", "alarm"] = "info"
    treadmill: Word = ""
    strap: Word = ""
    session: Word = ""
    before: Annotated[dict[Word, Value], Meta(max_length=100)] = {}
    after: Annotated[dict[Word, Value], Meta(max_length=100)] = {}
