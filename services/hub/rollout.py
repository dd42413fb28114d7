"""A release on its way to the units: one first, then the others one after the other; what goes wrong stops it. Pure."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from device_adapters.config import TIME_OF_DAY
from device_adapters.contract.messages import Id
from services.hub.letters import UnitReport, Version
from services.rules.day_window import within

CANARY_WELL_MS = 10 * 60_000
"""The first one runs the release for so long before another gets it."""

BACK_MAX_MS = 45 * 60_000
"""A unit that was sent off and has not been heard well since did not come back."""

Stage = Literal["waiting", "sent", "trying", "well", "failed", "away"]
Stopped = Literal["", "person", "failed", "away"]
Time = Annotated[str, Meta(pattern=TIME_OF_DAY)]


class UnitUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One unit's place in it. `since_ms`: when it came to this stage; `heard_ms`: when it was heard last. Both on the
    monotonic clock of the hub's `boot`: no step of its wall clock is a time that passed."""

    stage: Stage = "waiting"
    since_ms: int = 0
    heard_ms: int = 0
    version: str = ""
    why: str = ""


class RollOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`begin`, `end`: the window of the day (HH:MM, the hub's own time); both empty: at any time. `at_ms`: wall time.

    `boot`: the run of the hub's machine that the units' times are of.
    """

    version: Version
    canary: Id
    begin: Time = ""
    end: Time = ""
    by: str
    at_ms: int
    boot: str = ""
    units: dict[str, UnitUpdate] = {}
    stopped: Stopped = ""
    stopped_by: str = ""

    @property
    def done(self) -> bool:
        """Has every unit that is known here got it?"""
        return bool(self.units) and all(one.stage == "well" for one in self.units.values())


def carried_on(rollout: RollOut, boot: str, now_ms: int) -> RollOut:
    """In this run of the hub's machine: after a restart of it whatever lasts begins to last anew, at `now_ms`."""
    if rollout.boot == boot:
        return rollout
    units = {
        name: msgspec.structs.replace(one, since_ms=now_ms, heard_ms=now_ms)
        for name, one in rollout.units.items()
    }
    return msgspec.structs.replace(rollout, boot=boot, units=units)


def looked(rollout: RollOut, now_ms: int) -> RollOut:
    """Who has not come back stops it."""
    for name, one in rollout.units.items():
        if one.stage in ("sent", "trying") and now_ms - max(one.since_ms, one.heard_ms) > BACK_MAX_MS:
            return _with(rollout, name, one, "away", now_ms, stops="away")
    return rollout


def reported(
    rollout: RollOut, name: str, said: UnitReport, now_ms: int, minute: int, *, held: bool
) -> tuple[RollOut, str]:
    """A unit was heard: the roll-out after it, and why the unit is to wait, as a key; '' : it is to go now.

    `now_ms`: monotonic; `minute` of the day; `held`: does the hub hold the release for this machine?
    """
    one = rollout.units.get(name, UnitUpdate())
    one = msgspec.structs.replace(one, version=said.version, heard_ms=now_ms)
    rollout = looked(_kept(rollout, name, _heard(rollout, name, one, said, now_ms)), now_ms)
    one = rollout.units[name]
    if one.stage in ("failed", "away"):
        stopped: Stopped = "failed" if one.stage == "failed" else "away"
        rollout = msgspec.structs.replace(rollout, stopped=rollout.stopped or stopped)
    wait = _wait(rollout, name, said, minute, held=held)
    if not wait and one.stage == "waiting":
        rollout = _with(rollout, name, one, "sent", now_ms)
    return rollout, wait


def _heard(rollout: RollOut, name: str, one: UnitUpdate, said: UnitReport, now_ms: int) -> UnitUpdate:
    """What the report makes of this unit's stage."""
    there = said.version == rollout.version
    begun = one.stage in ("sent", "trying")
    if begun and (said.failed or rollout.version in said.broken):
        return _at(one, "failed", now_ms, said.failed or "rolled_back")
    if one.stage == "waiting" and rollout.version in said.broken and not (there and said.well):
        return _at(one, "failed", now_ms, "rolled_back")
    if one.stage == "trying" and not (there and said.well):
        return _at(one, "failed", now_ms, "not_well")
    if one.stage == "sent" and not there and said.in_use:
        return _at(one, "waiting", now_ms)
    if one.stage == "sent" and not there and now_ms - one.since_ms > BACK_MAX_MS:
        return _at(one, "failed", now_ms, "not_taken")
    if there and said.well and one.stage in ("waiting", "sent", "away"):
        return _at(one, "trying" if name == rollout.canary else "well", now_ms)
    if one.stage == "trying" and now_ms - one.since_ms >= CANARY_WELL_MS:
        return _at(one, "well", now_ms)
    return one


def _wait(rollout: RollOut, name: str, said: UnitReport, minute: int, *, held: bool) -> str:
    one, others = rollout.units[name], {n: u for n, u in rollout.units.items() if n != name}
    if one.stage in ("trying", "well"):
        return "done"
    if rollout.stopped:
        return "stopped"
    if not held:
        return "not_held"
    if name != rollout.canary and rollout.units.get(rollout.canary, UnitUpdate()).stage != "well":
        return "canary"
    if any(other.stage in ("sent", "trying") for other in others.values()):
        return "turn"
    if one.stage == "sent":
        return ""
    if rollout.begin and not within(minute, rollout.begin, rollout.end):
        return "window"
    return "in_use" if said.in_use else ""


def _at(one: UnitUpdate, stage: Stage, now_ms: int, why: str = "") -> UnitUpdate:
    return msgspec.structs.replace(one, stage=stage, since_ms=now_ms, heard_ms=now_ms, why=why[:300])


def _kept(rollout: RollOut, name: str, one: UnitUpdate) -> RollOut:
    return msgspec.structs.replace(rollout, units={**rollout.units, name: one})


def _with(
    rollout: RollOut, name: str, one: UnitUpdate, stage: Stage, now_ms: int, *, stops: Stopped = ""
) -> RollOut:
    stopped = rollout.stopped or stops
    return msgspec.structs.replace(_kept(rollout, name, _at(one, stage, now_ms)), stopped=stopped)
