"""The console's words and colours for Grafana: read from the console itself, so that both say and show the same."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from device_adapters.contract.standing import STANDINGS
from services.console import phrases
from services.rules.zones import ZONES

_STATIC = Path(phrases.__file__).parent / "static"
_TONE = re.compile(r"(?P<states>[^{}]*\[data-state=[^{}]*)\{ --tone: var\((?P<name>--[a-z0-9-]+)\); \}")
_ZONE = re.compile(r"\.chart \.zone-(?P<zone>\w+) \{ fill: var\((?P<name>--[a-z0-9-]+)\); \}")


@cache
def colours() -> Mapping[str, str]:
    """The console's colours on a dark page, by name (`go`, `warn`, `alarm`, `info`, `ink-3`)."""
    dark = (_STATIC / "console.css").read_text(encoding="utf-8").partition("@media")[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,8});", dark))


def state_colours() -> dict[str, str]:
    """Of each state of a treadmill, as its tile has it."""
    css = (_STATIC / "tile.css").read_text(encoding="utf-8")
    found = {
        state: colours()[rule["name"].removeprefix("--")]
        for rule in _TONE.finditer(css)
        for state in re.findall(r"data-state=(\w+)", rule["states"])
    }
    return {state: found.get(state, colours()["ink-3"]) for state in STANDINGS}


def state_words() -> dict[str, str]:
    """Of each state of a treadmill."""
    return {state: phrases.STATES[state] for state in STANDINGS}


def zone_colours() -> dict[str, str]:
    """Of each zone of the maximum heart rate, as the pages of the past draw it."""
    css = (_STATIC / "past.css").read_text(encoding="utf-8")
    found = {rule["zone"]: colours()[rule["name"].removeprefix("--")] for rule in _ZONE.finditer(css)}
    return {zone.name: found[zone.name] for zone in ZONES}
