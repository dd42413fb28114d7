"""`docs/devices.md`, made from the profiles: `python -m device_adapters.profiles.devices_page` writes it."""

import re
from collections.abc import Iterator
from pathlib import Path

from device_adapters.profiles.loader import Fact, Profile, all_profiles

PAGE = Path(__file__).parents[2] / "docs" / "devices.md"

SURE = {
    "captured": "read in a device's own bytes",
    "documented": "written by its maker or another project",
    "reported": "told by users",
}

QUIRKS = {
    "elevation_unavailable": "sends codes of its own for an elevation that is not available",
    "pace_width": "sends pace in one byte",
    "target_speed_in_mph": "takes a target for miles per hour: not started until its commissioning shows otherwise",
    "incline_controllable": "answers Success to a target incline and does nothing: its deck is never asked to move",
    "incline_by_level": "tells its incline as a level of its console: left out, and its deck is never asked to move",
    "cadence_of_both_feet": "counts both feet in its cadence",
    "cadence_may_be_power": "can be set to tell a tenth of its power as cadence: what may be that is left out",
    "answers_request_control": "never answers Request Control, and obeys all the same",
    "pause_before_stop": "refuses Stop while it moves: it is paused first, and stopped once it rests",
    "status_speed_is_momentary": "streams every step of a ramp as a new target speed",
    "always_sends_rr": "sends beat intervals with every beat: a rate without them is not of a body",
}
"""What a quirk means for the gym."""

INTRODUCTION = """# Devices
Made from `device_adapters/profiles/*.toml` by `python -m device_adapters.profiles.devices_page`; a test compares it.
`backstride devices` tells the same in a terminal.

**Any treadmill with the Fitness Machine Service (0x1826) and any strap with the Heart Rate Service (0x180D) is read.**
A treadmill with a control point can be guided. A model that is not listed is handled cautiously: until it is
commissioned it goes at most 3.0 km/h, and its deck is never tilted. Listed is not tried: no hardware was used to make
this page, and every line says where it comes from. Commission each machine.

A model is told by whole words in its Device Information (maker, model) or in its advertised name. The device itself is
known by its Bluetooth address and its services, never by a name.

How sure we are: *captured*, read in a device's own bytes; *documented*, written by its maker or another project;
*reported*, told by users.

A model that is missing, or read wrongly: [capture it](operators.md#something-does-not-work).
"""

_LINKS = (
    (r"\b(?:github\.com|pypi\.org)/[^\s:;,()]+", r"[\g<0>](https://\g<0>)"),
    (r"\bftms\.md(?= §)", r"[ftms.md](sources/ftms.md)"),
    (r"\bcorpus(?= 2)", r"[corpus](../tests/corpus/frames.json)"),
)


def described(profile: Profile) -> Iterator[tuple[str, str, str]]:
    """(what is different, how sure, source) of each quirk and note of a model."""
    for name, text in QUIRKS.items():
        fact = getattr(profile.quirks, name)
        if isinstance(fact, Fact):
            yield text, fact.sure, fact.source
    for note in profile.note:
        yield note.text, note.sure, note.source


def matched_by(profile: Profile) -> str:
    """The words that tell the model."""
    match = profile.match
    kinds = (
        ("maker", match.manufacturer),
        ("model", match.model),
        ("name", match.name),
        (f"maker {', '.join(match.maker)} with model", match.makers_model),
        ("name that begins with", match.name_prefix),
    )
    return "; ".join(f"{kind} {', '.join(words)}" for kind, words in kinds if words)


def models() -> list[Profile]:
    """Treadmills, then straps and foot pods, each by name; last what everything else is."""
    kinds = ("treadmill", "strap", "foot pod", "any")
    return sorted(all_profiles(), key=lambda profile: (kinds.index(profile.kind), profile.model.lower()))


def page() -> str:
    """The page, as Markdown."""
    lines = [INTRODUCTION, "| model | kind | how it is told | sure |", "|---|---|---|---|"]
    lines += [
        f"| [{p.model}](#{_anchor(p.model)}) | {p.kind} | {matched_by(p)} | {p.sure} |"
        for p in models()
        if p.kind != "any"
    ]
    for profile in models():
        name = "Every other machine" if profile.kind == "any" else profile.model
        lines += ["", f"## {name}", "| what is known | sure | source |", "|---|---|---|"]
        lines += [
            f"| {_sentence(text)} | {sure} | {_linked(source)} |" for text, sure, source in described(profile)
        ]
    return "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".")


def _linked(source: str) -> str:
    for what, link in _LINKS:
        source = re.sub(what, link, source)
    return source


def _anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
