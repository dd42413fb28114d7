"""Columns of tables: what each is called, its unit, colours, words and link. Without a unit a text stays a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

Steps = tuple[tuple[float | None, str], ...]
"""From which value on (None: from the least) which colour."""

Cell = Literal["text", "background", "gauge"]
_OLD = {"text": "color-text", "background": "color-background-solid", "gauge": "basic"}
"""What Grafana up to 9.4 calls them."""


@dataclass(frozen=True, slots=True)
class Column:
    """Of the field `name`; `words`: value → text, colour; `link`: title, address; `most`: a gauge's full length."""

    name: str
    title: str = ""
    unit: str = ""
    steps: Steps = ()
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cell: Cell | None = None
    link: tuple[str, str] | None = None
    most: float | None = None
    decimals: int | None = None
    wide: int | None = None
    hidden: bool = False

    def properties(self) -> list[DynamicConfigValue]:
        """As overrides of a panel."""
        told: dict[str, Any] = {}
        if self.title:
            told["displayName"] = self.title
        if self.unit:
            told["unit"] = self.unit
        if self.decimals is not None:
            told["decimals"] = self.decimals
        if self.steps:
            told["thresholds"] = thresholds(self.steps)
            told["color"] = {"mode": "thresholds"}
        if self.words:
            told["mappings"] = [mapping(self.words)]
        if self.cell:
            told |= _cell(self.cell)
        if self.most is not None:
            told |= {"min": 0, "max": self.most}
        if self.link:
            told["links"] = [{"title": self.link[0], "url": self.link[1]}]
        if self.wide:
            told["custom.width"] = self.wide
        if self.hidden:
            told["custom.hidden"] = True
        return [DynamicConfigValue(id_val=name, value=value) for name, value in told.items()]


def thresholds(steps: Steps) -> dict[str, Any]:
    """As Grafana keeps them."""
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}


def mapping(words: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Values that are shown as words, in a colour ('' for none of its own)."""
    options = {
        value: {"text": text, "index": nth, **({"color": colour} if colour else {})}
        for nth, (value, (text, colour)) in enumerate(words.items())
    }
    return {"type": "value", "options": options}


def _cell(cell: Cell) -> dict[str, Any]:
    new: dict[str, Any] = {
        "text": {"type": "color-text"},
        "background": {"type": "color-background", "mode": "basic"},
        "gauge": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
    }[cell]
    return {"custom.cellOptions": new, "custom.displayMode": _OLD[cell]}
