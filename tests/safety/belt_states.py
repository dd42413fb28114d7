"""States of a belt in which every field has a value of its own: one that is lost, kept or set by mistake is seen."""

from dataclasses import replace
from typing import Any

from envelope_rig import MACHINE, claim

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import NOTHING_ALLOWED, Phase, State
from device_adapters.safety.events import (
    Answer,
    Effect,
    EnvelopeEvent,
    Ordered,
    Write,
)
from device_adapters.safety.lease import Claim, Lease
from device_adapters.safety.limits import Goal, Level, limits_for
from device_adapters.safety.settling import Settling

NOW = 500_000
COMMISSIONED = replace(MACHINE, commissioned=True)
# 6.0 km/h without a spotter, 0.8 km/h per s, stops at 2.0, 0..8 %, 30 min.
ATHLETIC = replace(limits_for(Goal.ATHLETIC, Level.ADVANCED), speed_max_ckmh=600)
HALT = Write(Admitted(Verb.HALT, 0))


def lease_claim(beat: int = 8, **changes: Any) -> Claim:
    return claim(beat, **{"goal": Goal.ATHLETIC, "level": Level.ADVANCED, **changes})


LEASE = Lease(
    epoch=1, claim=lease_claim(7), renewed_ms=NOW - 500, beats=((6, NOW - 1_500), (7, NOW - 500))
)  # fmt: skip
RENEWED = Lease(
    epoch=1, claim=lease_claim(8), renewed_ms=NOW, beats=((6, NOW - 1_500), (7, NOW - 500), (8, NOW))
)  # fmt: skip
SETTLED = Settling(kept_ckmh=300, kept_ms=NOW - 3_000, settled_ckmh=300)
DROPPED = replace(LEASE, claim=None)


def belt(phase: Phase, **changes: object) -> State:
    """Told 3.0 km/h at 2 % and running so, leased by an advanced athlete."""
    values: dict[str, object] = {
        "boot": "b", "phase": phase, "machine": COMMISSIONED, "limits": ATHLETIC, "lease": LEASE,
        "stop_cause": "ordered", "target_ckmh": 300, "target_dpct": 20, "setpoint_ckmh": 300, "setpoint_dpct": 20,
        "ramp_from_ckmh": 250, "ramp_ms": NOW - 3_000, "held_until_ms": NOW - 9_000, "written_ms": NOW - 4_000,
        "expected_ckmh": 300, "expected_ms": NOW - 10,
        "began_ms": NOW - 60_000, "moved_ms": 55_000,
        "ticked_ms": NOW - 100, "halted_ckmh": 11, "halted_ms": NOW - 70_000, "halts": 3, "elapsed_s": 50,
        "measured_ckmh": 300, "measured_dpct": 20, "measured_ms": NOW - 200, "deck_ms": NOW - 200, "moving_seen": True,
        "last_machine": COMMISSIONED, "introduced": True,
        "seen_ids": ("a", "b"), **changes,
    }  # fmt: skip
    measured: Any = values["measured_ckmh"] or 0
    values.setdefault("told_ckmh", measured)
    values.setdefault("settling", replace(SETTLED, kept_ckmh=measured))
    return State(**values)  # type: ignore[arg-type]


def ready(**changes: object) -> State:
    """Leased and still, after an earlier run that left its marks."""
    return belt(
        Phase.READY,
        **{
            "measured_ckmh": 0,
            "setpoint_ckmh": 0,
            "above_since_ms": 1,
            "below_since_ms": 2,
            "grade_since_ms": 3,
            **changes,
        },
    )


def moving(**changes: object) -> State:
    return belt(Phase.MOVING, **changes)


def free(**changes: object) -> State:
    """Nobody's, and still."""
    return belt(Phase.OBSERVING, **{"lease": DROPPED, "measured_ckmh": 0, "cap_ckmh": 120, **changes})


def idle(state: State) -> State:
    return replace(
        state, phase=Phase.OBSERVING, limits=NOTHING_ALLOWED, target_ckmh=0, setpoint_ckmh=0, stop_cause=""
    )


def leads(state: State, event: EnvelopeEvent, then: State, *effects: Effect) -> None:
    after, told = envelope.step(state, event, NOW)
    assert told == effects
    assert after == then


def order(verb: str, **changes: object) -> Ordered:
    return Ordered(**{"id": "x", "verb": verb, "epoch": 1, "beat": 7, **changes})  # type: ignore[arg-type]


def seen(state: State) -> State:
    return replace(state, seen_ids=("a", "b", "x"))


def refused(state: State, event: Ordered, cause: str) -> None:
    leads(state, event, seen(state), Answer(id="x", outcome="refused", cause=cause))


def falling(state: State, target: int, first: int, **changes: object) -> State:
    """On its way down to a lower target, of which the first part has just been written."""
    values: dict[str, object] = {
        "target_ckmh": target, "setpoint_ckmh": first, "ramp_from_ckmh": state.setpoint_ckmh, "ramp_ms": NOW - 200,
        "written_ms": NOW, "expected_ms": NOW, **changes,
    }  # fmt: skip
    return replace(state, **values)  # type: ignore[arg-type]


def ramping(state: State, first: int, **changes: object) -> State:
    """A controlled stop that has just been begun by a first lower speed."""
    values: dict[str, object] = {
        "phase": Phase.STOPPING, "stop_cause": "ordered", "target_ckmh": 0, "setpoint_ckmh": first,
        "ramp_from_ckmh": state.setpoint_ckmh, "ramp_ms": NOW - 200, "written_ms": NOW, "held_until_ms": NOW + 1_000,
        "halted_ms": NOW, "halted_ckmh": state.measured_ckmh or 0, "halts": 0, "stop_ms": NOW, "fell_ms": NOW,
        "asked_ms": NOW, **changes,
    }  # fmt: skip
    return replace(state, **values)  # type: ignore[arg-type]
