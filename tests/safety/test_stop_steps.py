"""Each step of a stop, exactly: the whole next state and everything that is written and noted."""

from dataclasses import replace
from typing import Any

import pytest
from belt_states import COMMISSIONED, DROPPED, HALT, NOW, belt, free, moving, ramping, ready

from device_adapters.safety.admit import Admitted, Verb, Wish
from device_adapters.safety.envelope import boot_state
from device_adapters.safety.envelope_state import NOTHING_ALLOWED, UNKNOWN_MACHINE, Phase, State
from device_adapters.safety.events import Effect, Note, Write
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.setpoints import written
from device_adapters.safety.stops import (
    UNREACHED,
    reached,
    rested,
    shown,
    silent,
    stop,
    stopping_tick,
)

PAUSE, SLOW = Write(Admitted(Verb.PAUSE, 0)), Write(Admitted(Verb.SPEED, 80))
RAMPS = [Cause.STOP_PRESSED, Cause.TIME_UP, Cause.UNIT_STOPPING, Cause.LEFT_FREE]
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
        "halted_ckmh": state.measured_ckmh or 0, "halts": 1, "halt_ms": NOW, "stop_ms": NOW, "fell_ms": NOW,
        "asked_ms": state.asked_ms if state.phase is Phase.STOPPING else NOW, **changes,
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
    for given in (
        moving(latched=latched),
        ready(latched=latched),
        belt(Phase.STOPPING, latched=latched, halts=0),
    ):
        until = {} if given.measured_ckmh else {"held_until_ms": NOW + 8_000}
        stops(given, cause, halted(given, cause, **until), HALT)
    halts = belt(Phase.STOPPING, latched=latched)  # written again; whether it obeys is watched as before
    stops(
        halts,
        cause,
        replace(halts, latched=latched or cause, lease=DROPPED, stop_cause=cause, halt_ms=NOW),
        HALT,
    )
    unseen = moving(latched=latched, **UNSEEN)
    stops(unseen, cause, halted(unseen, cause, held_until_ms=NOW + 8_000), HALT)
    unlinked = belt(
        Phase.STOPPING, latched=latched, machine=None, measured_ckmh=None, moving_seen=False, halts=0
    )
    then = halted(unlinked, cause, written_ms=unlinked.written_ms, halt_ms=0, halts=0)
    after, told = stop(unlinked, cause, NOW, "Kim")
    assert told == (replace(noted(unlinked, cause, "Kim"), text=UNREACHED, key="stop_not_delivered"),)
    assert after == then


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
    ramps = belt(Phase.STOPPING, latched=latched, halts=0)
    stops(ramps, cause, replace(ramps, latched=latched or cause, lease=DROPPED))
    halts = belt(Phase.STOPPING, latched=latched)
    then = replace(halts, latched=latched or cause, lease=DROPPED)
    if cause is Cause.STOP_PRESSED:  # a stop that is pressed is always written
        stops(halts, cause, replace(then, halt_ms=NOW), HALT)
    else:
        stops(halts, cause, then)


@pytest.mark.parametrize("cause", [c for c in Cause if c is not Cause.MOVED_WHILE_LATCHED])
@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("measured", [0, 300, None])
def test_a_belt_that_nobody_leased_is_stopped_by_a_pressed_stop_only(
    cause: Cause, linked: bool, measured: int | None
) -> None:
    given = free(measured_ckmh=measured, setpoint_ckmh=0)
    given = given if linked else replace(given, machine=None)
    pressed = cause in (Cause.STOP_PRESSED, Cause.LEFT_FREE)
    if (pressed and linked) or (cause is Cause.UNIT_STOPPING and linked and measured != 0):
        loose = replace(NOTHING_ALLOWED, decel_stop_ckmh_s=200)
        from_speed = {"setpoint_ckmh": measured or 0, "ramp_from_ckmh": measured or 0, "limits": loose}
        ramped = ramping(given, 260, stop_cause=cause, latched=cause, **from_speed | {"setpoint_ckmh": 260})
        if not measured:
            ramped = replace(ramped, setpoint_ckmh=0, halts=1, halt_ms=NOW)
        if measured == 0:
            ramped = replace(ramped, held_until_ms=NOW + 8_000)
        stops(given, cause, ramped, Write(Admitted(Verb.SPEED, 260)) if measured else HALT)
        return
    after, told = stop(given, cause, NOW, "Kim")
    if pressed:
        assert (after.phase, after.latched, after.halts) == (Phase.STOPPING, cause, 0)
        assert told == (replace(noted(given, cause, "Kim"), text=UNREACHED, key="stop_not_delivered"),)
        return
    note = Note(kind="hazard", cause=cause, severity="info", after={"action": "none", "by": "Kim"})
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
        "ramp_ms": NOW - 1_500, "written_ms": NOW - 300, "halts": 0, "stop_ms": NOW - 1_500, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


def goes(state: State, then: State, *effects: Effect) -> None:
    after, told = stopping_tick(state, NOW)
    assert told == effects
    assert after == then


def test_a_stop_goes_down_step_by_step_and_then_halts() -> None:
    down = Write(Admitted(Verb.SPEED, 200))
    goes(going(), replace(going(), setpoint_ckmh=200, written_ms=NOW), down)
    last = going(written_ms=NOW - 200, measured_ms=NOW - 199)
    goes(last, replace(last, setpoint_ckmh=200, written_ms=NOW), down)
    soon = going(written_ms=NOW - 199)
    goes(soon, soon)
    for setpoint in (200, 195):
        there = going(setpoint_ckmh=setpoint)
        goes(there, there)
    unseen = going(measured_ms=NOW - 300)
    goes(unseen, unseen)
    slowed = going(measured_ckmh=150)
    goes(slowed, replace(slowed, setpoint_ckmh=150, written_ms=NOW), Write(Admitted(Verb.SPEED, 150)))
    end = going(ramp_ms=NOW - 2_100, measured_ckmh=90)
    for ended in (
        end,
        going(measured_ckmh=None),
        going(measured_ckmh=0),
        going(measured_ms=NOW - 1_501, written_ms=NOW - 1_600),
        going(stop_ms=NOW - 8_000),
    ):
        speed = ended.measured_ckmh or 0
        then = replace(ended, setpoint_ckmh=0, halted_ms=NOW, halts=1, written_ms=NOW, halt_ms=NOW)
        goes(ended, replace(then, halted_ckmh=speed), HALT)
    slow = going(stop_ms=NOW - 7_999)
    goes(slow, replace(slow, setpoint_ckmh=200, written_ms=NOW), down)
    unlinked = going(machine=None)
    goes(unlinked, unlinked)


def asked(**changes: object) -> State:
    """Halted 1 s ago at 2.0 km/h; the belt told that it still runs so."""
    values: dict[str, object] = {
        "latched": "time_up", "lease": DROPPED, "target_ckmh": 0, "setpoint_ckmh": 0, "written_ms": NOW - 1_000,
        "halted_ms": NOW - 1_000, "halted_ckmh": 200, "measured_ckmh": 200, "halts": 1, "halt_ms": NOW - 1_000,
        "changed_ms": NOW - 200, "stop_ms": NOW - 1_000, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


def test_a_stop_is_asked_for_again_each_second_until_the_belt_rests() -> None:
    goes(asked(), replace(asked(), written_ms=NOW, halt_ms=NOW), HALT)
    soon = asked(written_ms=NOW - 999)
    goes(soon, soon)
    rests = asked(measured_ckmh=0)
    goes(rests, rests)
    unlinked = asked(machine=None)
    goes(unlinked, unlinked)
    stands = asked(measured_ckmh=0, moving_seen=False, began_ms=0)
    goes(stands, stands)
    long_ago = replace(stands, began_ms=NOW - 21_001, asked_ms=NOW - 1_000)
    goes(long_ago, long_ago)
    counting_down = replace(long_ago, began_ms=NOW - 21_000, halted_ms=NOW - 2_000)
    goes(counting_down, replace(counting_down, written_ms=NOW, halt_ms=NOW), HALT)
    old = asked(measured_ckmh=0, measured_ms=NOW - 3_001)
    goes(old, replace(old, written_ms=NOW, halt_ms=NOW), HALT)


def test_a_belt_that_tells_nothing_is_locked_and_after_30_s_asked_each_5_s() -> None:
    quiet = asked(latched="", measured_ckmh=None, lease=moving().lease)
    locked = replace(quiet, written_ms=NOW, halt_ms=NOW, latched="data_silent", lease=DROPPED)
    goes(
        quiet,
        locked,
        replace(disobeyed(None), cause="data_silent", text=reaction(Cause.DATA_SILENT).staff),
        HALT,
    )
    for since, asked_ms, due in ((29_999, 1_000, True), (30_000, 4_999, False), (30_000, 5_000, True)):
        given = asked(measured_ckmh=None, stop_ms=NOW - since, written_ms=NOW - asked_ms)
        goes(given, replace(given, written_ms=NOW, halt_ms=NOW) if due else given, *((HALT,) if due else ()))
        told = replace(given, told_ckmh=1)
        locked = replace(told, written_ms=NOW, halt_ms=NOW, latched="data_silent", lease=DROPPED)
        alarm = replace(disobeyed(None), cause="data_silent", text=reaction(Cause.DATA_SILENT).staff)
        goes(told, locked if due else told, *((alarm, PAUSE if since == 29_999 else HALT) if due else ()))
    overspeed = asked(measured_ckmh=None, latched="overspeed")  # that says already that it may go on
    goes(overspeed, replace(overspeed, written_ms=NOW, halt_ms=NOW), HALT)


@pytest.mark.parametrize("halts", [1, 2, 3])
@pytest.mark.parametrize(
    ("since_ms", "second"), [(4_000, False), (4_999, False), (5_000, True), (5_999, True)]
)
def test_a_belt_that_went_silent_moving_is_told_to_stop_and_to_pause_in_turn(
    halts: int, since_ms: int, second: bool
) -> None:
    silent = asked(
        measured_ckmh=None, told_ckmh=1, latched="data_silent", halts=halts, stop_ms=NOW - since_ms
    )
    goes(silent, replace(silent, written_ms=NOW, halt_ms=NOW), PAUSE if second else HALT)
    paused = replace(silent, machine=PAUSED)
    goes(paused, replace(paused, written_ms=NOW, halt_ms=NOW), HALT if second else PAUSE)
    slept = replace(silent, told_ckmh=0)
    goes(slept, replace(slept, written_ms=NOW, halt_ms=NOW), HALT)


def test_a_silent_belt_that_said_it_was_stopped_by_hand_rests_after_3_s() -> None:
    for age, rests in ((2_999, False), (3_000, True)):
        given = asked(
            measured_ms=NOW - 9_000, stop_ms=NOW - 9_000, stood_ms=NOW - age, written_ms=NOW - 1, halt_ms=NOW - 1
        )  # fmt: skip
        after, told = stopping_tick(given, NOW)
        assert (after.phase is Phase.OBSERVING) is rests
        assert [getattr(effect, "after", None) for effect in told] == (
            [{"shown_by": "status"}] if rests else []
        )


@pytest.mark.parametrize(
    ("halted_ckmh", "speed", "age", "obeys", "next_ckmh"),
    [
        (200, 180, 0, True, 180),
        (200, 181, 0, False, 181),
        (20, 1, 0, False, 1),
        (200, 250, 0, False, 250),
    ],
)
def test_a_belt_obeys_if_it_is_0_2_slower_after_2_s(
    halted_ckmh: int, speed: int | None, age: int, obeys: bool, next_ckmh: int
) -> None:
    given = asked(
        halted_ms=NOW - 2_000, halted_ckmh=halted_ckmh, measured_ckmh=speed, measured_ms=NOW - age
    )  # fmt: skip
    soon = replace(given, halted_ms=NOW - 1_999)
    goes(soon, replace(soon, written_ms=NOW, halt_ms=NOW), HALT)
    silent = replace(given, measured_ms=NOW - 2_000)
    goes(silent, replace(silent, written_ms=NOW, halt_ms=NOW), HALT)
    then = replace(given, written_ms=NOW, halt_ms=NOW, halted_ms=NOW, halted_ckmh=next_ckmh)
    if obeys:
        goes(given, replace(then, halts=1), HALT)
        twice = replace(given, halts=2, disobeyed=1)
        goes(twice, replace(then, halts=1), HALT)
        return
    told = speed if age == 0 else None
    said: dict[str, Any] = {"latched": "stop_not_obeyed", "lease": DROPPED}
    goes(given, replace(then, halts=2, disobeyed=1, **said), disobeyed(told), PAUSE)
    unsure: dict[str, Any] = {"latched": "link_lost"}
    goes(replace(given, **unsure), replace(then, halts=2, disobeyed=1, **unsure), disobeyed(told), PAUSE)
    thrice = replace(given, halts=2, disobeyed=1)
    goes(thrice, replace(then, halts=3, disobeyed=2, **said), HALT)
    ordered = replace(given, latched="")
    goes(
        ordered, replace(then, halts=2, disobeyed=1, latched="stop_not_obeyed"), disobeyed(told), PAUSE
    )  # fmt: skip


def disobeyed(speed: int | None) -> Note:
    return Note(
        kind="hazard", cause="stop_not_obeyed", text=reaction(Cause.STOP_NOT_OBEYED).staff, severity="alarm",
        before={"measured_ckmh": speed}, after={"action": "stop_now"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("halted_ckmh", "speed", "slow"),
    [
        (100, 80, False),
        (100, 100, False),
        (100, 101, True),
        (200, 180, False),
        (200, 181, True),
        (200, 300, True),
    ],
)
def test_the_lowest_speed_is_for_a_belt_that_is_faster_and_runs_on(
    halted_ckmh: int, speed: int, slow: bool
) -> None:
    given = asked(halts=2, halted_ckmh=halted_ckmh, measured_ckmh=speed)
    then = replace(given, written_ms=NOW, halt_ms=NOW)
    goes(given, then, SLOW if slow else PAUSE)
    usual = replace(given, halts=1)
    goes(usual, replace(then, halts=1), HALT)
    turn_began = replace(given, halted_ms=NOW)
    goes(turn_began, replace(then, halted_ms=NOW), PAUSE)
    frozen = replace(given, changed_ms=NOW - 1_000)
    goes(frozen, replace(then, changed_ms=NOW - 1_000), PAUSE)
    counted = replace(frozen, counted_ms=NOW - 100)
    goes(
        counted,
        replace(then, changed_ms=NOW - 1_000, counted_ms=NOW - 100),
        SLOW if slow else PAUSE,
    )


def test_a_first_disobedience_takes_the_lease() -> None:
    leased = replace(moving(), phase=Phase.STOPPING, setpoint_ckmh=0, halts=1)
    after, _ = stopping_tick(leased, NOW)
    assert (after.lease, after.latched) == (DROPPED, "stop_not_obeyed")


PAUSED = replace(COMMISSIONED, pause_before_stop=True)


def test_a_machine_that_is_paused_first_is_stopped_once_it_rests() -> None:
    given = moving(machine=PAUSED)
    stops(given, Cause.SAFETY_KEY, halted(given, Cause.SAFETY_KEY), PAUSE)
    goes(asked(machine=PAUSED), replace(asked(machine=PAUSED), written_ms=NOW, halt_ms=NOW), PAUSE)
    other = asked(machine=PAUSED, halts=2)
    goes(other, replace(other, written_ms=NOW, halt_ms=NOW), SLOW)
    began = asked(machine=PAUSED, halts=2, halted_ms=NOW)
    goes(began, replace(began, written_ms=NOW, halt_ms=NOW), HALT)
    assert rested(asked(machine=PAUSED)) == rested(asked(halts=2)) == (HALT,)
    assert rested(asked(latched="data_silent")) == (HALT,)
    assert rested(asked(measured_ckmh=0, told_ckmh=200)) == (PAUSE,)
    assert rested(asked(measured_ckmh=0, told_ckmh=200, machine=PAUSED)) == (HALT,)
    assert rested(asked()) == rested(asked(machine=None)) == ()


@pytest.mark.parametrize("cause", [Cause.MACHINE_REBOOT, Cause.CONTROL_FAILED])
def test_a_machine_that_answers_is_brought_down_from_speed_by_quick_setpoints(cause: Cause) -> None:
    fast = moving(setpoint_ckmh=600, measured_ckmh=600, target_ckmh=600)
    state, told = stop(fast, cause, NOW, answers=True)
    assert told[1:] == (Write(Admitted(Verb.SPEED, 400)),)
    written_ckmh = [400]
    for ms in range(100, 700, 100):
        state, told = stopping_tick(state, NOW + ms)
        written_ckmh += [e.admitted.value for e in told if isinstance(e, Write)]
    assert written_ckmh == [400, 200, 0]
    assert state.halt_ms == NOW + 400
    for slow in (
        moving(measured_ckmh=300),
        replace(fast, phase=Phase.READY),
        replace(fast, measured_ms=NOW - 1_501),
    ):
        assert stop(slow, cause, NOW, answers=True)[1][1:] == (HALT,)
    assert stop(fast, cause, NOW)[1][1:] == (HALT,)


def test_a_ramp_ends_where_the_belt_may_be_slow_already() -> None:
    for age_ms, ends in ((850, False), (1_450, True)):
        old = going(written_ms=NOW - 1_700, measured_ms=NOW - age_ms)
        _, told = stopping_tick(old, NOW)
        assert told == ((HALT,) if ends else (Write(Admitted(Verb.SPEED, 180)),))


def test_a_ramp_begins_from_what_the_belt_has() -> None:
    slowed = moving(measured_ckmh=150)
    then = ramping(
        slowed, 110, stop_cause="stop_pressed", latched="stop_pressed", lease=DROPPED, ramp_from_ckmh=150
    )
    stops(slowed, Cause.STOP_PRESSED, then, Write(Admitted(Verb.SPEED, 110)))
    long_ago = moving(measured_ms=NOW - 750)
    _, told = stop(long_ago, Cause.STOP_PRESSED, NOW)
    assert told[1:] == (Write(Admitted(Verb.SPEED, 200)),)


def gives_up(state: State, cause: str, speed: int) -> None:
    """The ramp ends with Stop, for `cause`."""
    after, told = shown(state, state.measured_ckmh, NOW, rested=False)
    assert told[-1] == HALT
    assert getattr(told[0], "cause", "") == cause
    assert (after.setpoint_ckmh, after.halts, after.halted_ckmh) == (0, 1, speed)


def test_a_ramp_is_watched_and_given_up_for_stop() -> None:
    falls = going(halted_ckmh=260, measured_ckmh=250, fell_ms=NOW - 5_000)
    assert shown(falls, 260, NOW, rested=False)[0] == replace(
        falls, fell_ms=NOW, halted_ckmh=250, held_until_ms=NOW + 1_000
    )
    held = going(halted_ckmh=250, measured_ckmh=270, fell_ms=NOW - 999)
    assert not shown(held, 270, NOW, rested=False)[1]
    gives_up(replace(held, fell_ms=NOW - 1_000), "not_falling", 270)
    there = replace(held, measured_ckmh=260, fell_ms=NOW - 1_000)
    assert not shown(there, 260, NOW, rested=False)[1]
    rising = going(halted_ckmh=250, measured_ckmh=280, fell_ms=NOW)
    assert not shown(rising, 270, NOW, rested=False)[1]
    gives_up(replace(rising, measured_ckmh=281), "stop_not_obeyed", 281)
    fast = going(halted_ckmh=640, measured_ckmh=630, expected_ckmh=0)
    assert not shown(fast, 640, NOW, rested=False)[1]
    gives_up(replace(fast, measured_ckmh=631), "overspeed", 631)
    assert not shown(replace(fast, measured_ckmh=631, expected_ckmh=601), 640, NOW, rested=False)[1]


def test_a_belt_that_stands_is_told_to_stop_before_its_stop_is_over() -> None:
    stands = going(measured_ckmh=0, held_until_ms=NOW + 1_000)
    after, told = shown(stands, 0, NOW, rested=False)
    assert told == (HALT,)
    assert shown(replace(after, measured_ms=NOW + 999), 0, NOW + 999, rested=False)[1] == ()
    rests, told = shown(replace(after, measured_ms=NOW + 1_000), 0, NOW + 1_000, rested=False)
    assert rests.phase is Phase.OBSERVING
    assert [getattr(effect, "kind", "") for effect in told] == ["stopped"]


def test_a_belt_that_is_linked_again_is_ramped_down_from_a_frame_and_else_halted() -> None:
    restarted = replace(boot_state("b", was_moving=True), last_machine=COMMISSIONED)
    linked = reached(restarted, None, NOW)
    assert linked.machine == COMMISSIONED
    assert stopping_tick(linked, NOW + 399)[1] == ()
    assert stopping_tick(linked, NOW + 400)[1] == (HALT,)
    told = replace(linked, measured_ckmh=800, measured_ms=NOW + 100)
    after, effects = shown(told, None, NOW + 100, rested=False)
    assert effects == (Write(Admitted(Verb.SPEED, 760)),)
    assert (after.latched, after.phase) == ("unit_restarted", Phase.STOPPING)
    unknown = reached(boot_state("b", was_moving=True), None, NOW)
    assert unknown.machine == UNKNOWN_MACHINE
    moves = replace(unknown, measured_ckmh=800, measured_ms=NOW + 100)
    assert shown(moves, None, NOW + 100, rested=False)[1] == (HALT,)
    free_belt = reached(State(boot="b"), PAUSED, NOW)
    assert free_belt == replace(State(boot="b"), machine=PAUSED, last_machine=PAUSED)


def test_only_a_person_knows_of_a_belt_that_tells_nothing_that_lives() -> None:
    told = asked(stop_ms=NOW - 8_000, measured_ckmh=None)
    assert silent(told, NOW)
    assert not silent(replace(told, stop_ms=NOW - 7_999), NOW)
    assert not silent(replace(told, halts=0), NOW)
    gone = replace(told, machine=None, halts=0, stop_ms=NOW - 10, asked_ms=NOW - 8_000)
    assert silent(replace(gone, halt_ms=NOW - 8_000), NOW)
    assert not silent(replace(gone, halt_ms=NOW - 8_001), NOW)
    assert not silent(replace(gone, halt_ms=NOW, asked_ms=NOW - 7_999), NOW)
    assert not silent(replace(gone, halt_ms=0, asked_ms=0), NOW)
    assert silent(replace(told, halts=0, phase=Phase.OBSERVING), NOW)
    repeats = replace(told, measured_ckmh=200, changed_ms=NOW - 8_000)
    assert silent(repeats, NOW)
    assert not silent(replace(repeats, changed_ms=NOW - 7_999), NOW)
    assert not silent(replace(repeats, counted_ms=NOW - 7_999), NOW)
    assert not silent(replace(repeats, measured_ckmh=0), NOW)


# What is written.


def test_what_is_admitted_is_written_down_and_what_is_not_ends_the_ramp() -> None:
    given = moving(target_ckmh=600, target_dpct=40)
    down, up = Wish(Verb.SPEED, 250), Wish(Verb.SPEED, 590)
    then = replace(given, setpoint_ckmh=250, written_ms=NOW)
    assert written(given, down, NOW) == (then, (Write(Admitted(Verb.SPEED, 250)),))
    refused = replace(given, ramp_from_ckmh=300, ramp_ms=NOW, target_ckmh=300, target_dpct=20)
    note = Note(kind="refused", cause="over_ramp", severity="warning", after={"speed": 590})
    assert written(given, up, NOW) == (refused, (note,))
    deck = moving(target_dpct=30)
    then = replace(deck, setpoint_dpct=30, written_ms=NOW)
    assert written(deck, Wish(Verb.INCLINE, 30), NOW) == (
        then,
        (Write(Admitted(Verb.INCLINE, 30), NOW + 1_000),),
    )


def test_a_unit_that_was_moving_its_belt_begins_with_a_stop() -> None:
    begun = State(boot="b", phase=Phase.STOPPING, latched="unit_restarted", moving_seen=True)
    assert begun.limits == NOTHING_ALLOWED
    assert boot_state("b", was_moving=True) == begun
    assert boot_state("b", was_moving=False) == boot_state("b") == State(boot="b")


def test_what_was_not_obeyed_is_counted_over_one_stop_and_all_its_links() -> None:
    for given in (moving(disobeyed=2), ready(disobeyed=2)):
        after, _ = stop(given, Cause.SAFETY_KEY, NOW, "")
        assert (after.halts, after.disobeyed) == (1, 0)
    unlinked = belt(Phase.STOPPING, machine=None, halts=0, disobeyed=2)
    back = reached(unlinked, UNKNOWN_MACHINE, NOW)
    assert (back.halts, back.disobeyed) == (0, 2)
