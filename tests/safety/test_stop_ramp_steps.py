"""The ramp of a stop, exactly: each lower speed, what ends it early, and when the belt is known to rest."""

from dataclasses import replace

import pytest
from belt_states import DROPPED, HALT, LEASE, NOW, belt, moving, ramping

from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import Note, Write
from device_adapters.safety.hazards import Cause
from device_adapters.safety.stops import shown, silent, stood, stop, stopping_tick


def going(**changes: object) -> State:
    """Ramping down since 1.5 s from 5.0 at 2.0 km/h per s, told 2.5 a while ago and running so."""
    values: dict[str, object] = {
        "latched": "time_up", "lease": DROPPED, "target_ckmh": 0, "setpoint_ckmh": 250, "ramp_from_ckmh": 500,
        "measured_ckmh": 250, "ramp_ms": NOW - 1_500, "written_ms": NOW - 300, "halts": 0, "stop_ms": NOW - 1_500,
        "halted_ckmh": 250, "fell_ms": NOW - 100, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


def halted(state: State) -> State:
    """Stop was just written to it."""
    speed = state.measured_ckmh or 0
    return replace(
        state, setpoint_ckmh=0, halts=1, halted_ms=NOW, halted_ckmh=speed, written_ms=NOW, halt_ms=NOW
    )  # fmt: skip


# The lower speeds.


@pytest.mark.parametrize(
    ("measured", "lower"), [(300, 200), (200, 200), (199, 190), (90, 90), (89, None), (80, None), (79, None)]
)
def test_the_next_speed_is_lower_than_the_belt_and_above_the_machines_minimum(
    measured: int, lower: int | None
) -> None:
    given = going(measured_ckmh=measured)
    if lower is None:
        assert stopping_tick(given, NOW) == (halted(given), (HALT,))
        return
    then = replace(given, setpoint_ckmh=lower, written_ms=NOW)
    assert stopping_tick(given, NOW) == (then, (Write(Admitted(Verb.SPEED, lower)),))


@pytest.mark.parametrize(
    ("measured_ms", "goes_on"), [(NOW - 301, False), (NOW - 300, False), (NOW - 299, True)]
)
def test_each_speed_but_the_first_waits_for_a_frame_since_the_last(measured_ms: int, goes_on: bool) -> None:
    given = going(measured_ms=measured_ms)
    first_was_written = replace(given, stop_ms=NOW - 300, ramp_ms=NOW - 500, ramp_from_ckmh=290)
    for each, lower in ((given, 200), (first_was_written, 190)):
        then = replace(each, setpoint_ckmh=lower, written_ms=NOW)
        down = Write(Admitted(Verb.SPEED, lower))
        assert stopping_tick(each, NOW) == ((then, (down,)) if goes_on else (each, ()))


def test_a_stop_forgets_the_speed_that_was_to_be_told_again() -> None:
    given = moving(speed_due=True)
    after, _ = stop(given, Cause.STOP_PRESSED, NOW)
    assert after == ramping(
        given, 260, stop_cause="stop_pressed", latched="stop_pressed", lease=DROPPED, speed_due=False
    )


@pytest.mark.parametrize(("measured", "brisk"), [(300, False), (301, True)])
def test_a_machine_that_answers_is_brought_down_by_quick_setpoints_from_above_3_km_h(
    measured: int, brisk: bool
) -> None:
    given = moving(setpoint_ckmh=400, measured_ckmh=measured)
    after, told = stop(given, Cause.MACHINE_REBOOT, NOW, answers=True)
    assert told[1:] == ((Write(Admitted(Verb.SPEED, 200)),) if brisk else (HALT,))
    assert after.limits.decel_stop_ckmh_s == (501 if brisk else 200)
    assert isinstance(after.limits.decel_stop_ckmh_s, int)


@pytest.mark.parametrize(
    ("began", "decel"), [(600, 1_000), (601, 1_001), (590, 983), (900, 1_500), (1_999, 3_331)]
)
def test_quick_setpoints_come_to_0_in_0_6_s(began: int, decel: int) -> None:
    given = moving(setpoint_ckmh=began, measured_ckmh=began)
    after, _ = stop(given, Cause.MACHINE_REBOOT, NOW, answers=True)
    assert after.limits == replace(given.limits, decel_stop_ckmh_s=decel)
    assert isinstance(after.limits.decel_stop_ckmh_s, int)


@pytest.mark.parametrize(
    "changes", [{"measured_ms": NOW - 1_501}, {"measured_ckmh": None}, {"halt_ms": NOW - 200}]
)
def test_a_belt_that_is_not_seen_to_move_is_halted_whatever_it_was_told(changes: dict[str, object]) -> None:
    given = moving(setpoint_ckmh=600, **{"measured_ckmh": 600, **changes})
    for cause, limits in (
        (Cause.STOP_PRESSED, given.limits),
        (Cause.MACHINE_REBOOT, given.limits),
    ):
        after, told = stop(given, cause, NOW, answers=True)
        assert told[1:] == (HALT,)
        assert (after.limits, after.halts) == (limits, 1)
        assert after.ramp_from_ckmh == (0 if cause is Cause.STOP_PRESSED else given.ramp_from_ckmh)


# What ends it early.


@pytest.mark.parametrize(("speed", "slower"), [(249, True), (250, False), (251, False)])
def test_only_a_belt_that_is_slower_falls(speed: int, slower: bool) -> None:
    given = going(measured_ckmh=speed)
    after, told = shown(given, 250, NOW, rested=False)
    held = replace(given, held_until_ms=NOW + 1_000)
    assert (after, told) == (replace(held, fell_ms=NOW, halted_ckmh=speed) if slower else held, ())


@pytest.mark.parametrize(("speed", "gives_up"), [(260, False), (261, True)])
def test_a_ramp_whose_belt_does_not_fall_for_1_s_ends_with_stop_and_says_why(
    speed: int, gives_up: bool
) -> None:
    given = going(measured_ckmh=speed, halted_ckmh=255, fell_ms=NOW - 1_000)
    held = replace(given, held_until_ms=NOW + 1_000)
    if not gives_up:
        assert shown(given, speed, NOW, rested=False) == (held, ())
        return
    note = Note(kind="stop_hastened", cause="not_falling", severity="warning", after={"measured_ckmh": speed})
    assert shown(given, speed, NOW, rested=False) == (halted(held), (note, HALT))


# When the belt is known to rest.


def rests(**changes: object) -> State:
    """Told to stop 3 s ago, at 0 for 1 s, as a frame of now says."""
    values: dict[str, object] = {
        "setpoint_ckmh": 0, "measured_ckmh": 0, "measured_ms": NOW, "zero_since_ms": NOW - 1_000, "halts": 1,
        "halt_ms": NOW - 3_000, "stop_ms": NOW - 3_000, "asked_ms": NOW - 3_000, **changes,
    }  # fmt: skip
    return belt(Phase.STOPPING, **values)


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({}, True),
        ({"zero_since_ms": NOW - 999}, False),
        ({"zero_since_ms": 1}, True),
        ({"zero_since_ms": 0}, False),  # not at 0 since any moment
        ({"halts": 0}, False),
        ({"halts": 2}, True),
        ({"measured_ckmh": 1}, False),
        ({"measured_ms": NOW - 2_999}, True),
        (
            {"measured_ms": NOW - 3_000},
            False,
        ),  # a frame of the moment of Stop tells nothing of the belt after it
        ({"measured_ms": NOW - 3_001, "halt_ms": NOW - 4_000}, False),
        ({"moving_seen": False, "began_ms": NOW - 23_000}, False),  # it may be counting down
        ({"moving_seen": False, "began_ms": NOW - 23_001}, True),
    ],
)
def test_a_belt_stands_that_is_at_0_for_1_s_since_stop_was_written(
    changes: dict[str, object], stands: bool
) -> None:
    assert stood(rests(**changes), NOW) is stands


@pytest.mark.parametrize("halt_ms", [NOW, NOW - 3_000])
def test_a_stop_ends_with_the_frame_that_shows_rest_be_it_of_the_moment_of_stop(halt_ms: int) -> None:
    given = rests(halt_ms=halt_ms, lease=replace(LEASE, renewed_ms=NOW), held_until_ms=NOW)
    then = replace(given, phase=Phase.READY, target_ckmh=0, stop_cause="")
    assert shown(given, 0, NOW, rested=False) == (then, (Note(kind="stopped", cause="ordered"),))
    for going_on in (
        replace(given, held_until_ms=NOW + 1),
        replace(given, halt_ms=NOW + 1),
    ):
        assert shown(going_on, 0, NOW, rested=False) == (going_on, ())


@pytest.mark.parametrize(
    ("changes", "person"),
    [
        ({"measured_ckmh": 1}, True),
        ({"measured_ckmh": 0}, False),
        ({"measured_ckmh": 1, "changed_ms": NOW - 7_999}, False),
        ({"measured_ckmh": 1, "counted_ms": NOW - 7_999}, False),
        ({"measured_ckmh": 1, "stop_ms": NOW - 7_999}, False),
    ],
)
def test_a_belt_that_repeats_any_speed_for_8_s_is_known_to_a_person_only(
    changes: dict[str, object], person: bool
) -> None:
    given = rests(**{"stop_ms": NOW - 8_000, "changed_ms": NOW - 8_000, **changes})
    assert silent(given, NOW) is person
