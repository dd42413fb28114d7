"""Words and bounds that several messages share."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Id = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
"""A device, unit or member id: lower-case letters, digits and hyphens, at most 40 characters."""

Text = Annotated[str, Meta(max_length=200)]
SpeedKmh = Annotated[float, Meta(ge=0, le=30)]
GradePct = Annotated[float, Meta(ge=-30, le=40)]
Count = Annotated[int, Meta(ge=0)]

Link = Literal["absent", "connecting", "connected", "lost"]
"""absent: not seen since the unit started. lost: was connected; assume that the belt moves."""

Belt = Literal["unknown", "still", "moving"]


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The envelope in force, as people read it. Grade is effective: + is uphill along travel."""

    speed_max_kmh: SpeedKmh
    accel_max_kmh_s: float
    decel_stop_kmh_s: float
    grade_min_pct: GradePct
    grade_max_pct: GradePct
    session_max_s: Count
    bout_max_s: Count
    hr_max_pct: float
