"""Each step of a stop, exactly: the whole next state and everything that is written and noted."""

from dataclasses import replace

import pytest
from belt_states import COMMISSIONED, DROPPED, HALT, NOW, belt, free, moving, ramping, ready

from device_adapters.safety.admit import Admitted, Verb, Wish
from device_adapters.safety.envelope import boot_state
from device_adapters.safety.envelope_state import NOTHING_ALLOWED, Phase, State
from device_adapters.safety.events import Effect, Note, Write
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.setpoints import written
from device_adapters.safety.stops import rested, stop, stopping_tick

PAUSE, SLOW = Write(Admitted(Verb.PAUSE, 0)), Write(Admitted(Verb.SPEED, 80))
RAMPS = [Cause.STOP_PRESSED, Cause.TIME_UP, Cause.UNIT_STOPPING]
HALTS = [Cause.SAFETY_KEY, Cause.OVERSPEED, Cause.MOVED_WHILE_LATCHED]
UNSEEN = {"moving_seen": False, "measured_ckmh": None}


def noted(state: State, cause: Cause, by: str = "") -> Note:
    row = reaction(cause)
    return Note(
        kind="hazard", cause=cause, text=row.staff,
        severity="alarm" if row.action is Action.STOP_NOW else "warning",
        before={"setpoint_ckmh": state.setpoint_ckmh, "measured_ckmh": state.measured_ckmh},
        after={"action": row.action.name.lower(), "by": by},
    )  # fmt: skip


def halted(state: State, cause: Cause, **changes: object) -> State:
    """Stop was just written."""
    values: dict[str, object] = {
        "phase": Phase.STOPPING, "latched": state.latched or cause, "lease": DROPPED, "target_ckmh": 0,
        "setpoint_ckmh": 0, "stop_cause": cause, "held_until_ms": NOW + 1_000, "written_ms": NOW, "halted_ms": NOW,
        "halted_ckmh": state.measured_ckmh or 0, "halts": 1, **changes,
    }  # fmt: skip
    return replace(state, **values)  # type: ignore[arg-type]


def stops(state: State, cause: Cause, then: State, *effects: Effect) -> None:
    after, told = stop(state, cause, NOW, "Kim")
    assert told == (noted(state, cause, "Kim"), *effects)
    assert after == then


# A hazard.


@pytest.mark.parametrize("cause", HALTS)
@pytest.mark.parametrize("latched", ["", "time_up"])
def test_stop_now_is_written_at_once(cause: Cause, latched: str) -> None:
    for given in (moving(latched=latched), ready(latched=latched), belt(Phase.STOPPING, latched=latched)):
        stops(given, cause, halted(given, cause), HALT)
    unseen = moving(latched=latched, **UNSEEN)
    stops(unseen, cause, halted(unseen, cause, held_until_ms=NOW + 8_000), HALT)
    unlinked = belt(Phase.STOPPING, latched=latched, machine=None, measured_ckmh=None, moving_seen=False)
    stops(unlinked, cause, halted(unlinked, cause, written_ms=unlinked.written_ms))


@pytest.mark.parametrize("cause", RAMPS)
def test_a_controlled_stop_begins_with_a_lower_speed(cause: Cause) -> None:
    then = ramping(moving(), 260, stop_cause=cause, latched=cause, lease=DROPPED)
    stops(moving(), cause, then, Write(Admitted(Verb.SPEED, 260)))
    just_written = moving(written_ms=NOW)
    stops(just_written, cause, then, Write(Admitted(Verb.SPEED, 260)))
    locked = moving(latched="off_ramp")
    then = ramping(locked, 260, stop_cause=cause, latched="off_ramp", lease=DROPPED)
    stops(locked, cause, then, Write(Admitted(Verb.SPEED, 260)))
    slow = moving(setpoint_ckmh=110)
    then = replace(
        halted(slow, cause), ramp_from_ckmh=110, ramp_ms=NOW - 200
    )  # fmt: skip
    stops(slow, cause, then, HALT)


@pytest.mark.parametrize("cause", RAMPS)
@pytest.mark.parametrize("latched", ["", "off_ramp"])
def test_a_second_stop_never_softens_the_first(cause: Cause, latched: str) -> None:
    given = belt(Phase.STOPPING, latched=latched)
    stops(given, cause, replace(given, latched=latched or cause, lease=DROPPED))


@pytest.mark.parametrize("cause", [c for c in Cause if c is not Cause.MOVED_WHILE_LATCHED])
@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("measured", [0, 300, None])
def test_a_belt_that_nobody_leased_is_stopped_by_a_pressed_stop_only(
    cause: Cause, linked: bool, measured: int | None
) -> None:
    given = free(measured_ckmh=measured, setpoint_ckmh=0)
    given = given if linked else replace(given, machine=None)
    pressed = cause in (Cause.STOP_PRESSED, Cause.UNIT_STOPPING)
    if pressed and linked and measured != 0:
        loose = replace(NOTHING_ALLOWED, decel_stop_ckmh_s=200)
        from_speed = {"setpoint_ckmh": measured or 0, "ramp_from_ckmh": measured or 0, "limits": loose}
        ramped = ramping(given, 260, stop_cause=cause, latched=cause, **from_speed | {"setpoint_ckmh": 260})
        if measured is None:
            ramped = replace(ramped, setpoint_ckmh=0)
        stops(given, cause, ramped, Write(Admitted(Verb.SPEED, 260)) if measured else HALT)
        return
    after, told = stop(given, cause, NOW, "Kim")
    unreached = cause is Cause.STOP_PRESSED and not linked
    text = "Stop not delivered: the treadmill is not linked." if unreached else ""
    note = Note(
        kind="hazard", cause=cause, text=text, severity="warning" if unreached else "info",
        after={"action": "none", "by": "Kim"},
    )  # fmt: skip
    assert (after, told) == (given, (note,))


def test_a_pressed_stop_of_an_old_speed_halts() -> None:
    for written_ms in (NOW - 4_000, NOW):
        old = free(measured_ckmh=300, measured_ms=NOW - 3_001, setpoint_ckmh=0, written_ms=written_ms)
        _, told = stop(old, Cause.STOP_PRESSED, NOW)
        assert told == (noted(old, Cause.STOP_PRESSED), HALT)


# Going on with it.


def going(**changes: object) -> State:
    """Ramping down since 1.5 s from 5.0 at 2.0 km/h per s, told 2.5 a while ago."""
    values: dict[str, object] = {
        "latched": "time_up", "lease": DROPPED, "target_ckmh": 0, "setpoint_ckmh": 250, "ramp_from_ckmh": 500,
        "ramp_ms": NOW - 1_500, "written_ms": NOW - 300, "halts": 1, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


def goes(state: State, then: State, *effects: Effect) -> None:
    after, told = stopping_tick(state, NOW)
    assert told == effects
    assert after == then


def test_a_stop_goes_down_step_by_step_and_then_halts() -> None:
    down = Write(Admitted(Verb.SPEED, 200))
    goes(going(), replace(going(), setpoint_ckmh=200, written_ms=NOW), down)
    last = going(written_ms=NOW - 200)
    goes(last, replace(last, setpoint_ckmh=200, written_ms=NOW), down)
    soon = going(written_ms=NOW - 199)
    goes(soon, soon)
    for setpoint in (200, 195):
        there = going(setpoint_ckmh=setpoint)
        goes(there, there)
    end = going(ramp_ms=NOW - 2_100, measured_ckmh=90)
    goes(end, replace(end, setpoint_ckmh=0, halted_ms=NOW, halted_ckmh=90, halts=1, written_ms=NOW), HALT)
    silent = replace(end, measured_ckmh=None, halts=4)
    goes(
        silent, replace(silent, setpoint_ckmh=0, halted_ms=NOW, halted_ckmh=0, halts=1, written_ms=NOW), HALT
    )
    unlinked = going(machine=None)
    goes(unlinked, unlinked)


def asked(**changes: object) -> State:
    """Halted 1 s ago at 2.0 km/h; the belt told that it still runs so."""
    values: dict[str, object] = {
        "latched": "time_up", "lease": DROPPED, "target_ckmh": 0, "setpoint_ckmh": 0, "written_ms": NOW - 1_000,
        "halted_ms": NOW - 1_000, "halted_ckmh": 200, "measured_ckmh": 200, "halts": 1, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


def test_a_stop_is_asked_for_again_each_second_until_the_belt_rests() -> None:
    goes(asked(), replace(asked(), written_ms=NOW), HALT)
    soon = asked(written_ms=NOW - 999)
    goes(soon, soon)
    rests = asked(measured_ckmh=0)
    goes(rests, rests)
    unlinked = asked(machine=None)
    goes(unlinked, unlinked)
    counting_down = asked(measured_ckmh=0, moving_seen=False, halted_ms=NOW - 2_000)
    goes(counting_down, replace(counting_down, written_ms=NOW), HALT)
    old = asked(measured_ckmh=0, measured_ms=NOW - 3_001)
    goes(old, replace(old, written_ms=NOW), HALT)


@pytest.mark.parametrize(
    ("halted_ckmh", "speed", "age", "obeys", "next_ckmh"),
    [
        (200, 180, 0, True, 180),
        (200, 181, 0, False, 181),
        (20, 1, 0, False, 1),
        (10, 0, 3_001, False, 10),  # an old speed is none
        (200, 250, 0, False, 250),
        (200, None, 0, False, 200),
    ],
)
def test_a_belt_obeys_if_it_is_0_2_slower_after_2_s(
    halted_ckmh: int, speed: int | None, age: int, obeys: bool, next_ckmh: int
) -> None:
    given = asked(
        halted_ms=NOW - 2_000, halted_ckmh=halted_ckmh, measured_ckmh=speed, measured_ms=NOW - age
    )  # fmt: skip
    soon = replace(given, halted_ms=NOW - 1_999)
    goes(soon, replace(soon, written_ms=NOW), HALT)
    then = replace(given, written_ms=NOW, halted_ms=NOW, halted_ckmh=next_ckmh)
    if obeys:
        goes(given, replace(then, halts=1), HALT)
        twice = replace(given, halts=2)
        goes(twice, replace(then, halts=1), HALT)
        return
    told = speed if age == 0 else None
    writes = (PAUSE, SLOW) if told is not None and told > 80 else (PAUSE,)
    goes(given, replace(then, halts=2), disobeyed(told), *writes)
    thrice = replace(given, halts=2)
    goes(thrice, replace(then, halts=3), HALT)
    ordered = replace(given, latched="")
    goes(
        ordered, replace(then, halts=2, latched="stop_not_obeyed"), disobeyed(told), *writes
    )  # fmt: skip


def disobeyed(speed: int | None) -> Note:
    return Note(
        kind="hazard", cause="stop_not_obeyed", text=reaction(Cause.STOP_NOT_OBEYED).staff, severity="alarm",
        before={"measured_ckmh": speed}, after={"action": "stop_now"},
    )  # fmt: skip


@pytest.mark.parametrize(("speed", "slow"), [(79, False), (80, False), (81, True)])
def test_the_lowest_speed_is_for_a_belt_that_is_faster(speed: int, slow: bool) -> None:
    given = asked(halts=2, measured_ckmh=speed)
    goes(given, replace(given, written_ms=NOW), *((PAUSE, SLOW) if slow else (PAUSE,)))


def test_a_first_disobedience_takes_the_lease() -> None:
    leased = replace(moving(), phase=Phase.STOPPING, setpoint_ckmh=0, halts=1)
    after, _ = stopping_tick(leased, NOW)
    assert (after.lease, after.latched) == (DROPPED, "stop_not_obeyed")


PAUSED = replace(COMMISSIONED, pause_before_stop=True)


def test_a_machine_that_is_paused_first_is_stopped_once_it_rests() -> None:
    given = moving(machine=PAUSED)
    stops(given, Cause.SAFETY_KEY, halted(given, Cause.SAFETY_KEY), PAUSE)
    goes(asked(machine=PAUSED), replace(asked(machine=PAUSED), written_ms=NOW), PAUSE)
    other = asked(machine=PAUSED, halts=2)
    goes(other, replace(other, written_ms=NOW), HALT, SLOW)
    assert rested(PAUSED) == (HALT,)
    assert rested(COMMISSIONED) == rested(None) == ()


def test_a_belt_that_starts_by_speed_is_halted_once_it_stands_and_told_no_lower_speed() -> None:
    by_speed = replace(COMMISSIONED, starts_by_speed=True)
    falling = belt(Phase.STOPPING, machine=by_speed, ramp_from_ckmh=300, ramp_ms=NOW - 200, target_ckmh=0)
    told = (Write(Admitted(Verb.SPEED, 260)),)
    goes(falling, replace(falling, setpoint_ckmh=260, written_ms=NOW), *told)
    stood = replace(falling, measured_ckmh=0)
    then = replace(stood, setpoint_ckmh=0, halted_ms=NOW, halted_ckmh=0, halts=1, written_ms=NOW)
    goes(stood, then, HALT)
    unseen = replace(stood, moving_seen=False)
    assert stopping_tick(unseen, NOW)[1] == told


# What is written.


def test_what_is_admitted_is_written_down_and_what_is_not_ends_the_ramp() -> None:
    given = moving(target_ckmh=400, target_dpct=40)
    down, up = Wish(Verb.SPEED, 250), Wish(Verb.SPEED, 590)
    then = replace(given, setpoint_ckmh=250, written_ms=NOW)
    assert written(given, down, NOW) == (then, (Write(Admitted(Verb.SPEED, 250)),))
    refused = replace(given, ramp_from_ckmh=300, ramp_ms=NOW, target_ckmh=300, target_dpct=20)
    note = Note(kind="refused", cause="over_ramp", severity="warning", after={"speed": 590})
    assert written(given, up, NOW) == (refused, (note,))
    deck = moving(target_dpct=30)
    then = replace(deck, setpoint_dpct=30, written_ms=NOW)
    assert written(deck, Wish(Verb.INCLINE, 30), NOW) == (then, (Write(Admitted(Verb.INCLINE, 30)),))


def test_a_unit_that_was_moving_its_belt_begins_with_a_stop() -> None:
    begun = State(boot="b", phase=Phase.STOPPING, latched="unit_restarted", moving_seen=True)
    assert begun.limits == NOTHING_ALLOWED
    assert boot_state("b", was_moving=True) == begun
    assert boot_state("b", was_moving=False) == boot_state("b") == State(boot="b")
