"""Heart-rate zones for people: tenths of the maximum heart rate, each with a number and a word (domain.md §7). Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Zone:
    """`from_pct` of the maximum heart rate, inclusive. `name` is also the style's."""

    number: int
    name: str
    word: str
    from_pct: int


ZONES = (
    Zone(0, "rest", "Rest", 0),
    Zone(1, "grey", "Very light", 50),
    Zone(2, "blue", "Light", 60),
    Zone(3, "green", "Moderate", 70),
    Zone(4, "yellow", "Hard", 80),
    Zone(5, "red", "Maximum", 90),
)


def percent(hr_bpm: int, hr_max_bpm: int) -> int:
    """Whole per cent of the maximum, rounded down, so that no zone is entered early."""
    return hr_bpm * 100 // max(1, hr_max_bpm)


def zone_of(hr_bpm: int, hr_max_bpm: int) -> Zone:
    """The zone of a heart rate."""
    share = percent(hr_bpm, hr_max_bpm)
    return next(zone for zone in reversed(ZONES) if share >= zone.from_pct)
