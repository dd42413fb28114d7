"""What a unit is told about its belts, and its answer: lease, command, result, stop."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from device_adapters.contract.messages.vocabulary import (
    AtMs,
    Count,
    Id,
    Limits,
    MachineKmh,
    MeasuredPct,
    Text,
    Told,
    Word,
)
from device_adapters.safety.limits import Goal, Level


class Lease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The right to move one belt for `ttl_ms` from its arrival, renewed by a higher `beat`.

    `epoch` fences: a unit takes a new holder only with an epoch above all it has seen since `boot`. Beats, not
    clocks, tell old from new, so unit and hub need not agree on the time. `limits` only tighten; `raised` raises
    cells up to the goal's ceiling if a person's name and reason come with it. `spotter` and `harness` are what
    staff declared to be there: above 6.0 km/h a spotter, from 8.0 km/h on also a harness. `nonce` is the newest one
    that the holder heard in the belt's state of this boot; None where it has heard none.
    """

    epoch: Annotated[int, Meta(ge=1)]
    beat: Annotated[int, Meta(ge=1)]
    holder: Annotated[str, Meta(min_length=1, max_length=60)]
    boot: Word
    session: Annotated[str, Meta(min_length=1, max_length=60)]
    goal: Goal
    level: Level
    ttl_ms: Annotated[int, Meta(ge=0, le=5000)] = 3000
    limits: Limits | None = None
    raised: Limits | None = None
    raised_by: Text = ""
    raised_why: Text = ""
    spotter: bool = False
    harness: bool = False
    strap: Text = ""
    """The strap of the session; one without a place of its own is read for as long as leases name it."""

    nonce: Count | None = None
    retro: bool = True
    """Does the member face backward? Only retro minutes count for the time limit."""

    hold: bool = False
    """The belt runs only while a hand holds the treadmill's button. Said only to a unit whose state tells of one."""


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a lease holder wants of the belt.

    start: from a still belt, at the first-movement speed. target: speed and grade to go to. stop: ramp down,
    keep the lease. clear: release a latched stop; needs no lease, but a still belt and a person's name in `by`, and
    it releases no other than the one in `latch`, which that person saw.
    """

    id: Annotated[str, Meta(min_length=1, max_length=60)]
    verb: Literal["start", "target", "stop", "clear"]
    epoch: Count = 0
    beat: Count = 0
    speed_kmh: MachineKmh | None = None
    incline_pct: MeasuredPct | None = None
    by: Text = ""
    latch: Text = ""


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one answer to a command. `cause` is a stable word; `text` is for people."""

    id: Word
    treadmill: Id
    outcome: Literal["accepted", "clamped", "refused"]
    at_ms: AtMs
    cause: Word = ""
    text: Told = ""
    speed_kmh: MachineKmh | None = None
    incline_pct: MeasuredPct | None = None


class Stop(Struct, frozen=True, kw_only=True):
    """A process stop. Any payload on a stop topic is a stop; these fields only say who and why."""

    by: str = ""
    why: str = ""
