"""What a link, a belt and time do to the envelope, exactly: the whole next state and all that is written and noted."""

from dataclasses import replace

import pytest
from belt_states import (
    ATHLETIC,
    COMMISSIONED,
    DROPPED,
    HALT,
    LEASE,
    NOW,
    belt,
    free,
    idle,
    leads,
    moving,
    ready,
)
from envelope_rig import MACHINE

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import (
    Hazard,
    Linked,
    Measured,
    Note,
    Tick,
    Unlinked,
    Write,
)
from device_adapters.safety.hazards import Cause, reaction

# The link.


def test_a_link_that_comes_knows_no_speed() -> None:
    other = replace(MACHINE, speed_max_ckmh=900)
    for phase in Phase:
        leads(belt(phase), Linked(other), replace(belt(phase), machine=other, measured_ckmh=None))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("latched", ["", "safety_key"])
def test_a_link_that_goes_is_a_hazard_while_the_belt_is_ours(phase: Phase, latched: str) -> None:
    gone = belt(phase, latched=latched)
    if phase in (Phase.OBSERVING, Phase.READY):
        leads(gone, Unlinked(), replace(gone, machine=None, measured_ckmh=None))
        return
    then = replace(
        gone, phase=Phase.STOPPING, latched=latched or "link_lost", machine=None, measured_ckmh=None, lease=DROPPED
    )  # fmt: skip
    note = Note(kind="hazard", cause="link_lost", text=reaction(Cause.LINK_LOST).staff, severity="alarm")
    leads(gone, Unlinked(), then, note)


# What the belt tells.


def told(state: State, **changes: object) -> State:
    values: dict[str, object] = {"measured_ms": NOW, "elapsed_s": None, **changes}
    return replace(state, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [free(), ready(), free(latched="off_ramp")])
def test_a_belt_that_stands_is_written_down(state: State) -> None:
    leads(state, Measured(0, 35, 51), told(state, measured_dpct=35, elapsed_s=51))
    leads(state, Measured(0), told(state))
    unseen = replace(state, moving_seen=False)
    leads(unseen, Measured(0, 35, 51), told(unseen, measured_dpct=35))


def test_a_belt_that_somebody_else_moves_is_theirs() -> None:
    moved = told(free(moving_seen=False), measured_ckmh=1, moving_seen=True)
    leads(free(moving_seen=False), Measured(1), moved)
    by_hand = Note(kind="lease_ended", cause="moved_by_hand", severity="warning")
    then = replace(idle(told(ready(), measured_ckmh=1)), lease=DROPPED)
    leads(ready(), Measured(1), then, by_hand)


def test_a_locked_belt_that_moves_is_halted() -> None:
    locked = free(latched="off_ramp", measured_ckmh=0, setpoint_ckmh=0)
    after, effects = envelope.step(locked, Measured(1), NOW)
    assert (after.phase, after.latched, after.halted_ckmh) == (Phase.STOPPING, "off_ramp", 1)
    assert effects[1:] == (HALT,)


def test_a_moving_belt_that_obeys_is_written_down() -> None:
    given = moving(elapsed_s=None)
    then = told(given, measured_ckmh=310, measured_dpct=22, elapsed_s=51)
    leads(given, Measured(310, 22, 51), watched(then))


@pytest.mark.parametrize(("elapsed", "rebooted"), [(50, False), (48, False), (47, True), (None, False)])
def test_a_clock_that_runs_backward_is_a_reboot(elapsed: int | None, rebooted: bool) -> None:
    after, _ = envelope.step(moving(), Measured(300, 20, elapsed), NOW)
    assert (after.latched == "machine_reboot") is rebooted
    unknown, _ = envelope.step(moving(elapsed_s=None), Measured(300, 20, elapsed), NOW)
    assert unknown.latched == ""


@pytest.mark.parametrize(("measured", "cap"), [(233, 230), (79, 80), (20, 80)])
def test_a_belt_slower_for_5_s_stays_there(measured: int, cap: int) -> None:
    given = moving(below_since_ms=NOW - 5_000)
    then = told(
        given, measured_ckmh=measured, cap_ckmh=cap, limits=replace(ATHLETIC, speed_max_ckmh=cap), target_ckmh=cap,
        setpoint_ckmh=cap, below_since_ms=0, ramp_from_ckmh=cap, ramp_ms=NOW,
    )  # fmt: skip
    note = Note(
        kind="hazard", cause="console_slower", text=reaction(Cause.CONSOLE_SLOWER).staff,
        before={"setpoint_ckmh": 300}, after={"setpoint_ckmh": cap, "action": "hold"},
    )  # fmt: skip
    leads(given, Measured(measured), watched(then), note)
    narrow = replace(given, limits=replace(ATHLETIC, speed_max_ckmh=cap - 1))
    after, _ = envelope.step(narrow, Measured(measured), NOW)
    assert after.limits.speed_max_ckmh == cap - 1
    unlinked, effects = envelope.step(replace(given, machine=None), Measured(measured), NOW)
    assert (unlinked.cap_ckmh, effects) == (None, ())


@pytest.mark.parametrize(("was", "now"), [(0, 1), (1, 0), (None, 0), (5, 5)])
def test_a_stop_waits_for_1_s_at_0(was: int | None, now: int) -> None:
    stopping = belt(Phase.STOPPING, measured_ckmh=was)
    then = told(stopping, measured_ckmh=now, held_until_ms=NOW + 1_000)
    leads(stopping, Measured(now), then)
    later = replace(stopping, held_until_ms=NOW + 1_001)
    leads(later, Measured(now), replace(then, held_until_ms=NOW + 1_001))


def test_a_stop_ends_where_its_lease_and_its_lock_say() -> None:
    still = belt(Phase.STOPPING, measured_ckmh=0, held_until_ms=NOW + 1, stop_cause="why")
    leads(still, Measured(0), told(still))
    over = replace(still, held_until_ms=NOW)
    then = told(over, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause="")
    leads(over, Measured(0), then, Note(kind="stopped", cause="why"))
    for changes in ({"lease": replace(LEASE, renewed_ms=NOW - 3_001)}, {"lease": DROPPED}):
        unleased = replace(over, **changes)  # type: ignore[arg-type]
        then = replace(idle(told(unleased)), lease=replace(unleased.lease, claim=None))
        leads(unleased, Measured(0), then, Note(kind="stopped", cause="why"))
    paused = replace(over, machine=replace(COMMISSIONED, pause_before_stop=True))
    then = told(paused, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause="")
    leads(paused, Measured(0), then, Note(kind="stopped", cause="why"), HALT)
    locked = replace(over, latched="off_ramp")
    then = replace(idle(told(locked)), lease=DROPPED)
    leads(locked, Measured(0), then, Note(kind="stopped", cause="off_ramp"))


# Time.


def ticked(state: State, **changes: object) -> State:
    return watched(replace(state, ticked_ms=NOW, **changes))  # type: ignore[arg-type]


def watched(state: State) -> State:
    return replace(state, expected_ms=NOW) if state.phase is Phase.MOVING else state


def test_time_frees_a_belt_whose_lease_ran_out() -> None:
    leads(free(), Tick(), ticked(free()))
    last = ready(lease=replace(LEASE, renewed_ms=NOW - 3_000))
    leads(last, Tick(), ticked(last))
    over = ready(lease=replace(LEASE, renewed_ms=NOW - 3_001))
    leads(over, Tick(), replace(idle(ticked(over)), lease=replace(over.lease, claim=None)))


def test_time_counts_the_minutes_of_a_moving_belt() -> None:
    leads(moving(), Tick(), ticked(moving(), moved_ms=55_100))
    late = moving(ticked_ms=NOW - 2_000)
    leads(late, Tick(), ticked(late, moved_ms=57_000))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"ticked_ms": NOW - 2_001}, Cause.UNIT_STALLED),
        ({"lease": replace(LEASE, renewed_ms=NOW - 3_001)}, Cause.LEASE_EXPIRED),
        ({"measured_ms": NOW - 3_001}, Cause.DATA_SILENT),
        ({"measured_ckmh": 631}, Cause.OVERSPEED),
        ({"measured_ckmh": 400, "above_since_ms": NOW - 2_000}, Cause.OFF_RAMP),
        ({"measured_ckmh": 480, "above_since_ms": NOW - 2_000}, Cause.MPH_FIRMWARE),
        ({"measured_dpct": 90, "grade_since_ms": NOW - 3_000}, Cause.GRADE_OUT),
        ({"moving_seen": False, "began_ms": NOW - 20_001}, Cause.NOT_STARTED),
        ({"moved_ms": 1_829_901}, Cause.TIME_UP),
    ],
)
def test_time_finds_what_is_wrong(changes: dict[str, object], cause: Cause) -> None:
    after, effects = envelope.step(moving(**changes), Tick(), NOW)
    assert (after.phase, after.latched, after.lease.claim) == (Phase.STOPPING, cause, None)
    assert isinstance(effects[0], Note)
    assert effects[0].cause == cause
    assert after.ticked_ms == NOW


RISE: dict[str, object] = {
    "target_ckmh": 500,
    "ramp_from_ckmh": 300,
    "ramp_ms": NOW - 300,
    "written_ms": NOW - 200,
}


def test_time_lets_the_speed_rise_by_its_ramp() -> None:
    then = ticked(
        moving(**RISE), setpoint_ckmh=320, moved_ms=55_100, written_ms=NOW, expected_ckmh=300
    )  # fmt: skip
    leads(moving(**RISE), Tick(), then, Write(Admitted(Verb.SPEED, 320)))
    soon = moving(**RISE | {"written_ms": NOW - 199})
    leads(soon, Tick(), ticked(soon, moved_ms=55_100))
    little = moving(**RISE | {"ramp_ms": NOW - 100})
    leads(little, Tick(), ticked(little, moved_ms=55_100))


@pytest.mark.parametrize(
    "changes",
    [
        {"lease": replace(LEASE, renewed_ms=NOW - 1_501)},
        {"held_until_ms": NOW + 1},
        {"moving_seen": False, "began_ms": NOW - 1_000},
        {"below_since_ms": NOW - 1_000, "measured_ckmh": 200},
    ],
)
def test_what_holds_the_speed_lets_the_ramp_begin_later(changes: dict[str, object]) -> None:
    held = moving(**RISE | changes)
    leads(held, Tick(), ticked(held, moved_ms=55_100, ramp_from_ckmh=300, ramp_ms=NOW))
    level = moving(**changes)
    leads(level, Tick(), ticked(level, moved_ms=55_100, ramp_from_ckmh=300, ramp_ms=NOW))
    fall = moving(**RISE | changes | {"target_ckmh": 100, "measured_ckmh": 300})
    _, effects = envelope.step(fall, Tick(), NOW)
    assert effects == (Write(Admitted(Verb.SPEED, 240)),)  # a fall is never held up


@pytest.mark.parametrize(
    "changes", [{"held_until_ms": NOW}, {"lease": replace(LEASE, renewed_ms=NOW - 1_500)}]
)
def test_the_last_moment_of_a_hold_is_over(changes: dict[str, object]) -> None:
    _, effects = envelope.step(moving(**RISE | changes), Tick(), NOW)
    assert effects == (Write(Admitted(Verb.SPEED, 320)),)


@pytest.mark.parametrize(("target", "deck"), [(25, 25), (45, 30), (0, 10), (20, None)])
def test_the_deck_follows_each_2_s_at_a_settled_speed(target: int, deck: int | None) -> None:
    given = moving(target_dpct=target, written_ms=NOW - 2_000)
    then = ticked(given, moved_ms=55_100)
    if deck is None:
        leads(given, Tick(), then)
        return
    then = replace(then, setpoint_dpct=deck, written_ms=NOW)
    leads(given, Tick(), then, Write(Admitted(Verb.INCLINE, deck)))
    soon = moving(target_dpct=target, written_ms=NOW - 1_999)
    leads(soon, Tick(), ticked(soon, moved_ms=55_100))
    held = moving(target_dpct=target, held_until_ms=NOW + 1)
    leads(held, Tick(), ticked(held, moved_ms=55_100, ramp_from_ckmh=300, ramp_ms=NOW))


def test_an_outside_hazard_reaches_the_stop_with_its_name() -> None:
    after, effects = envelope.step(moving(), Hazard(Cause.SAFETY_KEY, "Kim"), NOW)
    assert after.latched == "safety_key"
    assert isinstance(effects[0], Note)
    assert effects[0].after == {"action": "stop_now", "by": "Kim"}
    assert effects[1:] == (HALT,)
