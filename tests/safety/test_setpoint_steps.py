"""What is written on the way to a target, step by step: a rise by the ramp, a fall never above what the belt has."""

from dataclasses import replace

import pytest
from belt_states import COMMISSIONED, LEASE, NOW, SETTLED, moving, order

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb, Wish
from device_adapters.safety.envelope_state import State
from device_adapters.safety.events import Effect, Measured, Note, Tick, Write
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.setpoints import aim, write_back, write_speed, written


def speeds(effects: tuple[Effect, ...]) -> list[int]:
    return [e.admitted.value for e in effects if isinstance(e, Write) and e.admitted.verb is Verb.SPEED]


@pytest.mark.parametrize("slowed_ckmh", [100, 150, 290])
def test_a_belt_slowed_at_its_console_on_the_way_to_a_lower_target_is_told_nothing_faster(
    slowed_ckmh: int,
) -> None:
    fast = {"target_ckmh": 600, "setpoint_ckmh": 600, "measured_ckmh": 600, "expected_ckmh": 600}
    state, effects = envelope.step(moving(**fast), order("target", speed_ckmh=80), NOW)
    told = speeds(effects)
    for now in range(NOW + 100, NOW + 4_100, 100):
        state = replace(state, lease=replace(LEASE, renewed_ms=now))
        belt = min(told[-1], slowed_ckmh) if now > NOW + 300 else told[-1]
        state, _ = envelope.step(state, Measured(belt, 20), now)
        state, effects = envelope.step(state, Tick(), now)
        told += speeds(effects)
    assert told == sorted(told, reverse=True)
    assert (told[-1], state.setpoint_ckmh, state.latched) == (80, 80, "")


def test_a_target_of_what_was_told_last_writes_nothing_to_a_belt_that_was_slowed() -> None:
    """The rise ends where it is; nobody asked for less."""
    slowed = moving(target_ckmh=500, measured_ckmh=150)
    then = replace(slowed, target_ckmh=300, ramp_from_ckmh=300, ramp_ms=NOW)
    assert aim(slowed, COMMISSIONED, 300, NOW) == (then, ())
    assert aim(then, COMMISSIONED, 300, NOW) == (then, ())


def fell(ckmh: int, **changes: object) -> State:
    """On its way down from 3.0 to 1.0, at 2.0 km/h per s since 0.5 s; told `ckmh` last, 0.2 s ago, and so fast."""
    values: dict[str, object] = {
        "target_ckmh": 100, "setpoint_ckmh": ckmh, "measured_ckmh": ckmh, "ramp_from_ckmh": 300, "ramp_ms": NOW - 500,
        "written_ms": NOW - 200, **changes,
    }  # fmt: skip
    return moving(**values)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (fell(260), 200),
        (fell(260, measured_ckmh=170), 170),
        (fell(260, measured_ckmh=179), 170),
        (fell(260, measured_ckmh=90), None),  # slower than its target already
        (fell(200), None),  # it has what is due
        (fell(150), None),  # slowed: ahead of the ramp
        (fell(260, written_ms=NOW - 199), None),
        (fell(260, measured_ckmh=0), None),
        (fell(260, measured_ms=NOW - 1_501), None),
        (fell(260, measured_ckmh=0, moving_seen=False), 100),  # told slower before it begins to move
    ],
)
def test_a_fall_is_written_below_what_the_belt_has(given: State, told: int | None) -> None:
    if told is None:
        assert write_speed(given, COMMISSIONED, NOW) == (given, ())
        return
    then = replace(given, setpoint_ckmh=told, written_ms=NOW)
    assert write_speed(given, COMMISSIONED, NOW) == (then, (Write(Admitted(Verb.SPEED, told)),))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ramp_ms": NOW - 250}, 320),
        ({"ramp_ms": NOW - 100}, None),  # not a whole step of the machine yet
        ({"ramp_ms": NOW - 250, "measured_ckmh": 150}, 320),
        ({"ramp_ms": NOW - 250, "measured_ckmh": 0}, None),
        ({"target_ckmh": 300, "ramp_from_ckmh": 300}, None),
    ],
)
def test_a_rise_is_written_by_the_ramp_to_a_belt_that_is_seen_to_move(
    changes: dict[str, object], told: int | None
) -> None:
    given = moving(**{"target_ckmh": 500, "ramp_from_ckmh": 300, **changes})
    after, effects = write_speed(given, COMMISSIONED, NOW)
    assert speeds(effects) == ([] if told is None else [told])
    assert after.setpoint_ckmh == (told or 300)


@pytest.mark.parametrize(
    ("changes", "writes"),
    [
        ({}, True),
        ({"written_ms": NOW - 1_000}, True),
        ({"written_ms": NOW - 999}, False),
        ({"measured_ms": NOW - 1_501}, False),
        ({"measured_ms": NOW - 350}, True),  # it surely still has 3.0
        ({"measured_ms": NOW - 355}, False),  # it may have fallen below what would be written
    ],
)
def test_what_was_pressed_at_the_console_is_written_back(changes: dict[str, object], writes: bool) -> None:
    given = moving(**{"measured_ckmh": 320, "changed_ms": NOW - 200, **changes})
    after, effects = write_back(given, NOW)
    if not writes:
        assert (after, effects) == (given, ())
        return
    note = Note(
        kind="hazard", cause="console_faster", text=reaction(Cause.CONSOLE_FASTER).staff,
        before={"speed_ckmh": 320}, after={"setpoint_ckmh": 300, "action": "hold"},
    )  # fmt: skip
    assert (after, effects) == (
        replace(given, written_ms=NOW, settling=replace(given.settling, settled_ckmh=0, backs=1)),
        (note, Write(Admitted(Verb.SPEED, 300))),
    )


def fought(backs: int) -> State:
    return moving(measured_ckmh=320, changed_ms=NOW - 200, settling=replace(SETTLED, backs=backs))


def test_a_machine_that_fights_is_told_so_often_and_then_left() -> None:
    after, effects = write_back(fought(2), NOW)
    assert (after.settling, speeds(effects)) == (replace(SETTLED, settled_ckmh=0, backs=3), [300])
    note = Note(
        kind="hazard", cause="console_faster", key="console_fights", severity="warning",
        text="Set back three times, and the treadmill went back to the speed of its console: it is left there.",
        before={"speed_ckmh": 320}, after={"setpoint_ckmh": 300, "action": "none"},
    )  # fmt: skip
    assert write_back(fought(3), NOW) == (fought(4), (note,))
    _, effects = envelope.step(fought(4), Tick(), NOW)
    assert speeds(effects) == []


@pytest.mark.parametrize(("speed", "backs"), [(300, 4), (320, 0), (290, 0)])
def test_another_speed_begins_anew(speed: int, backs: int) -> None:
    rises = {"target_ckmh": 500, "ramp_from_ckmh": 300, "ramp_ms": NOW - 250}
    given = moving(settling=replace(SETTLED, backs=4, doubts=1), **rises)
    after, effects = written(given, Wish(Verb.SPEED, speed), NOW)
    assert speeds(effects) == [speed]
    assert after.settling == replace(SETTLED, backs=backs, doubts=1)


def test_a_tick_writes_it_back() -> None:
    given = moving(measured_ckmh=320, told_ckmh=320, changed_ms=NOW - 200, target_dpct=20)
    _, effects = envelope.step(given, Tick(), NOW)
    assert speeds(effects) == [300]
