"""Words and bounds that several messages share."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from device_adapters.contract import bounds


def between(least_most: tuple[int, int]) -> Meta:
    """A number of these bounds."""
    return Meta(ge=least_most[0], le=least_most[1])


Id = Annotated[str, Meta(pattern=f"{bounds.ID_PATTERN}(?!\\n)")]
"""A device, unit or member id."""

Text = Annotated[str, Meta(max_length=bounds.TEXT_MAX)]
Label = Annotated[str, Meta(max_length=bounds.LABEL_MAX)]
SpeedKmh = Annotated[float, between(bounds.SPEED_KMH)]
GradePct = Annotated[float, Meta(ge=-30, le=40)]
COUNT_MAX = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly. Nothing that we count comes near."""

Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
Figure = Annotated[int, Meta(ge=-COUNT_MAX, le=COUNT_MAX)]
AtMs = Annotated[int, Meta(ge=-2_208_988_800_000, le=4_102_444_800_000)]
"""Wall time, ms since 1970, of the years 1900 to 2099: a page and a store can make a date of it."""

Number = Annotated[float, Meta(ge=-1e9, le=1e9)]
MachineKmh = Annotated[float, Meta(ge=0, le=1_000)]
MeasuredKmh = Annotated[float, Meta(ge=-1_000, le=1_000)]
"""As a machine says it, up to more than its 16 bits can hold: what it measures is judged, not refused."""

Rate = Annotated[float, Meta(ge=0, le=100)]
MeasuredPct = Annotated[float, Meta(ge=-10_000, le=10_000)]
Bpm = Annotated[int, Meta(ge=0, le=65_535)]
Word = Annotated[str, Meta(max_length=100)]
"""A name, a boot, a version, a cause."""

Told = Annotated[str, Meta(max_length=8_000)]
"""Sentences for people."""

Value = Annotated[float, Meta(ge=-1e15, le=1e15)] | Figure | Told | None
"""What stood before or after a decision."""

Link = Literal["absent", "connecting", "connected", "lost"]
"""absent: not seen since the unit started. lost: was connected; assume that the belt moves."""

Belt = Literal["unknown", "still", "moving"]


class Limits(Struct, frozen=True, kw_only=True):
    """The envelope in force, as people read it. Grade is effective: + is uphill along travel."""

    speed_max_kmh: SpeedKmh
    accel_max_kmh_s: Rate
    decel_stop_kmh_s: Rate
    grade_min_pct: GradePct
    grade_max_pct: GradePct
    session_max_s: Count
    bout_max_s: Count
    hr_max_pct: Annotated[float, Meta(ge=0, le=1_000)]
