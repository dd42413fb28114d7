"""The page of supported devices, made from the profiles: `python -m device_adapters.profiles.supported` writes it."""

from collections.abc import Iterator
from pathlib import Path

from device_adapters.profiles.loader import Fact, Profile, all_profiles

PAGE = Path(__file__).parent / "SUPPORTED.md"

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
    "answers_request_control": "never answers Request Control, and obeys all the same",
    "pause_before_stop": "refuses Stop while it moves: it is paused first, and stopped once it rests",
    "status_speed_is_momentary": "streams every step of a ramp as a new target speed",
    "always_sends_rr": "sends beat intervals with every beat: a rate without them is not of a body",
}
"""What a quirk means for the gym."""

INTRODUCTION = """# Supported devices
This page is made from the profiles beside it (`python -m device_adapters.profiles.supported`); a test compares it.

**Any treadmill with the Fitness Machine Service (0x1826) and any strap with the Heart Rate Service (0x180D) is read.**
A treadmill with a control point can be guided. A model that is not listed is handled cautiously: until it is
commissioned it goes at most 3.0 km/h, and its deck is never tilted. No hardware was used to make this list: every
line says where it comes from. Commission each machine.

A model is found by whole words in its Device Information (maker, model number) or its advertised name; a device
itself is identified by its Bluetooth address and its services, never by name.
"""


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
    """Treadmills, then straps, each by name; last what everything else is."""
    kinds = ("treadmill", "strap", "any")
    return sorted(all_profiles(), key=lambda profile: (kinds.index(profile.kind), profile.model.lower()))


def page() -> str:
    """The page, as Markdown."""
    lines = [INTRODUCTION, "| model | kind | how sure |", "|---|---|---|"]
    lines += [f"| {p.model} | {p.kind} | {p.sure}: {SURE[p.sure]} |" for p in models() if p.kind != "any"]
    for profile in models():
        name = "Every other machine" if profile.kind == "any" else profile.model
        lines += ["", f"## {name}"]
        if profile.kind != "any":
            lines += [f"Found by: {matched_by(profile)}.", ""]
        lines += [f"- {text} *({sure}; {source})*" for text, sure, source in described(profile)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
