"""Decisions and incidents, by whoever made or saw them."""

from typing import Literal

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision or incident, with its cause and what changed."""

    id: str
    at_ms: int
    source: str
    kind: str
    cause: str = ""
    text: str = ""
    severity: Literal["info", "warning", "alarm"] = "info"
    treadmill: str = ""
    strap: str = ""
    session: str = ""
    before: dict[str, float | int | str | None] = {}
    after: dict[str, float | int | str | None] = {}
