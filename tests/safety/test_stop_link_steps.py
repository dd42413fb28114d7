"""Stops that meet a link: what is gone, what comes back, a belt that moves meanwhile, a Stop that is refused."""

from dataclasses import replace
from typing import Any

import pytest
from belt_states import COMMISSIONED, DROPPED, HALT, LEASE, NOW, belt, moving, ready

from device_adapters.safety import envelope, stops
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import NOTHING_ALLOWED, UNKNOWN_MACHINE, Machine, Phase, State
from device_adapters.safety.events import Hazard, Measured, Note, Tick, Unlinked, Write
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.stops import reached, refused_halt, shown, stopping_tick

OTHER = replace(COMMISSIONED, speed_min_ckmh=100)


def gone(**changes: object) -> State:
    """Being stopped without a link since 5 s; what it was is known."""
    values: dict[str, object] = {
        "machine": None, "measured_ckmh": None, "measured_dpct": None, "elapsed_s": None, "latched": "link_lost",
        "lease": DROPPED, "stop_ms": NOW - 5_000, "asked_ms": NOW - 5_000, "speed_due": True, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


def begun_anew(state: State, machine: Machine, **changes: object) -> State:
    """Its stop as it begins on a new link."""
    values: dict[str, object] = {
        "machine": machine, "last_machine": machine, "setpoint_ckmh": 0, "target_ckmh": 0, "written_ms": NOW,
        "held_until_ms": NOW + 1_000, "stop_ms": NOW, "fell_ms": NOW, "halted_ms": NOW, "halted_ckmh": 0, "halts": 0,
        "speed_due": False, **changes,
    }  # fmt: skip
    return replace(state, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("told", "machine"), [(None, COMMISSIONED), (OTHER, OTHER)])
def test_a_stop_begins_anew_on_each_link(told: Machine | None, machine: Machine) -> None:
    assert reached(gone(), told, NOW) == begun_anew(gone(), machine)
    unnamed = gone(stop_cause="")
    assert reached(unnamed, told, NOW) == begun_anew(unnamed, machine, stop_cause="link_lost")
    restarted = gone(last_machine=UNKNOWN_MACHINE, stop_cause="", latched="unit_restarted")
    known = told or UNKNOWN_MACHINE
    assert reached(restarted, told, NOW) == begun_anew(restarted, known, stop_cause="unit_restarted")


@pytest.mark.parametrize("given", [belt(Phase.STOPPING), moving(), ready(), moving(machine=None)])
def test_a_link_that_stood_and_a_belt_that_is_not_stopped_go_on(given: State) -> None:
    """Who the machine is may be told later than that it can be written to."""
    assert reached(given, OTHER, NOW) == replace(given, machine=OTHER, last_machine=OTHER)
    assert reached(given, None, NOW) == replace(given, machine=COMMISSIONED, last_machine=COMMISSIONED)


@pytest.mark.parametrize(("age_ms", "halts"), [(399, False), (400, True)])
def test_without_a_frame_of_the_first_400_ms_it_is_stop(age_ms: int, halts: bool) -> None:
    linked = reached(gone(), None, NOW - age_ms)
    then = replace(linked, halts=1, written_ms=NOW, halt_ms=NOW, halted_ms=NOW)
    assert stopping_tick(linked, NOW) == ((then, (HALT,)) if halts else (linked, ()))


def ramped(state: State, first: int) -> State:
    """From 3.0 km/h, by the ramp of a belt that is nobody's."""
    return replace(
        state, limits=replace(NOTHING_ALLOWED, decel_stop_ckmh_s=200), setpoint_ckmh=first, ramp_from_ckmh=300,
        ramp_ms=NOW - 200, written_ms=NOW, held_until_ms=NOW + 1_000, stop_ms=NOW, fell_ms=NOW, halted_ms=NOW,
        halted_ckmh=300, asked_ms=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("cause", ["", "ordered"])
@pytest.mark.parametrize("latched", ["", "link_lost", "stop_pressed"])
def test_a_belt_that_moves_when_its_link_returns_is_ramped_down_and_locked(latched: str, cause: str) -> None:
    linked = reached(gone(latched=latched, stop_cause=cause), None, NOW - 100)
    told = replace(linked, measured_ckmh=300, measured_ms=NOW)
    after, effects = shown(told, None, NOW, rested=False)
    down = Write(Admitted(Verb.SPEED, 260))
    note = Note(
        kind="hazard", cause=Cause.MOVED_UNORDERED, text=reaction(Cause.MOVED_UNORDERED).staff, severity="alarm",
        before={"measured_ckmh": 300}, after={"action": "controlled_stop"},
    )  # fmt: skip
    assert effects == ((down,) if latched else (note, down))
    assert after == replace(ramped(told, 260), latched=latched or Cause.MOVED_UNORDERED)


def test_a_ready_belt_that_moves_when_its_link_returns_is_locked_for_it() -> None:
    state, _ = envelope.step(ready(stop_cause=""), Unlinked(), NOW - 2_000)
    state = reached(state, None, NOW - 100)
    state, effects = envelope.step(state, Measured(300), NOW)
    assert state.latched == "moved_unordered"
    assert [type(effect) for effect in effects] == [Note, Write]


# A Stop that is refused.


def test_a_machine_that_refuses_stop_while_it_moves_is_paused_at_once_and_from_then_on() -> None:
    given = belt(Phase.STOPPING, halts=1, halt_ms=NOW - 300, written_ms=NOW - 300)
    paused = replace(COMMISSIONED, pause_before_stop=True)
    then = replace(given, machine=paused, last_machine=paused, written_ms=NOW, halt_ms=NOW)
    assert refused_halt(given, NOW) == (then, (Write(Admitted(Verb.PAUSE, 0)),))
    assert refused_halt(then, NOW) == (then, ())
    doubted = replace(given, measured_ckmh=0)  # its counters stand, and it tells a speed all the same
    assert refused_halt(doubted, NOW) == (replace(then, measured_ckmh=0), (Write(Admitted(Verb.PAUSE, 0)),))
    silent: dict[str, Any] = {"measured_ms": NOW - 3_001}
    assert refused_halt(replace(given, **silent), NOW) == (
        replace(then, **silent),
        (Write(Admitted(Verb.PAUSE, 0)),),
    )


@pytest.mark.parametrize(
    "given",
    [
        belt(Phase.STOPPING, machine=None),
        belt(Phase.STOPPING, halts=0),
        belt(Phase.STOPPING, measured_ckmh=0),
        belt(Phase.STOPPING, measured_ms=NOW - 3_001, told_ckmh=0),
        moving(halts=1),
    ],
)
def test_a_refused_stop_of_any_other_belt_changes_nothing(given: State) -> None:
    assert refused_halt(given, NOW) == (given, ())


# What nobody hears of any more.


@pytest.mark.parametrize(("after_ms", "rests"), [(2_999, False), (3_000, True)])
@pytest.mark.parametrize("cause", [Cause.CONSOLE_STOP, Cause.SAFETY_KEY])
def test_a_belt_stopped_by_hand_that_falls_silent_rests_3_s_later(
    cause: Cause, after_ms: int, rests: bool
) -> None:
    """Its machine said so in the moment in which its stop began."""
    state, _ = envelope.step(moving(measured_ms=NOW), Hazard(cause), NOW)
    state, told = envelope.step(state, Tick(), NOW + after_ms)
    assert (state.phase is Phase.OBSERVING) is rests
    assert [n.after for n in told if isinstance(n, Note)] == ([{"shown_by": "status"}] if rests else [])
    before, _ = envelope.step(moving(stood_ms=NOW - 1), Hazard(Cause.OVERSPEED), NOW)
    assert envelope.step(before, Tick(), NOW + 3_000)[0].phase is Phase.STOPPING


def test_a_session_goes_on_after_such_a_rest_without_a_lock() -> None:
    given = belt(
        Phase.STOPPING, halts=1, measured_ms=NOW - 3_000, stood_ms=NOW - 3_000, stop_ms=NOW - 3_000,
        lease=replace(LEASE, renewed_ms=NOW - 400),
    )  # fmt: skip
    after, told = stopping_tick(given, NOW)
    assert after == replace(given, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause="")
    assert told == (Note(kind="stopped", cause="ordered", after={"shown_by": "status"}),)


@pytest.mark.parametrize(
    ("halt_ms", "asked_ms", "silent"), [(1, 1, True), (1, 0, True), (0, 0, False), (1, 2, False)]
)
def test_a_belt_whose_link_is_gone_since_stop_was_written_is_known_to_a_person_only(
    halt_ms: int, asked_ms: int, silent: bool
) -> None:
    given = belt(Phase.STOPPING, machine=None, measured_ckmh=None, halt_ms=halt_ms, asked_ms=asked_ms)
    assert stops.silent(given, NOW) is silent


def test_a_stop_that_is_not_delivered_says_so() -> None:
    _, told = stops.stop(gone(), Cause.SAFETY_KEY, NOW)
    text = "Stop not delivered: the treadmill is not linked. It is written as soon as it is."
    assert [n.text for n in told if isinstance(n, Note)] == [text]
