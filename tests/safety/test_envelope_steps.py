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
    SETTLED,
    belt,
    free,
    idle,
    leads,
    lease_claim,
    moving,
    ready,
)
from envelope_rig import MACHINE

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import (
    Frozen,
    Hazard,
    Linked,
    Marked,
    Measured,
    Note,
    Proven,
    Reachable,
    Tick,
    Unlinked,
    Untaken,
    Write,
)
from device_adapters.safety.hazards import Cause, reaction

# The link.


def test_a_link_that_comes_brings_its_machine() -> None:
    other = replace(MACHINE, speed_max_ckmh=900)
    for phase in Phase:
        linked = replace(belt(phase), machine=other, last_machine=other)
        leads(belt(phase, introduced=False), Linked(other), linked)
        reached = belt(phase, introduced=False)
        leads(reached, Reachable(), replace(reached, last_machine=COMMISSIONED))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("latched", ["", "safety_key"])
def test_a_link_that_goes_is_a_hazard_while_the_belt_is_ours(phase: Phase, latched: str) -> None:
    gone = belt(phase, latched=latched)
    unknown = replace(
        gone, machine=None, introduced=False, measured_ckmh=None, measured_dpct=None, elapsed_s=None, distance_m=None
    )  # fmt: skip
    if phase is Phase.OBSERVING:
        leads(gone, Unlinked(), unknown)
        return
    if phase is not Phase.STOPPING:
        unknown = replace(unknown, asked_ms=NOW)
    if phase is Phase.READY:
        leads(gone, Unlinked(), replace(unknown, phase=Phase.STOPPING, lease=DROPPED, halts=0))
        return
    then = replace(
        unknown, phase=Phase.STOPPING, latched=latched or "link_lost", lease=DROPPED, setpoint_ckmh=0, halts=0
    )  # fmt: skip
    note = Note(kind="hazard", cause="link_lost", text=reaction(Cause.LINK_LOST).staff, severity="alarm")
    leads(gone, Unlinked(), then, note)


# What the belt tells.


def told(state: State, **changes: object) -> State:
    values: dict[str, object] = {"measured_ms": NOW, "elapsed_s": None, "distance_m": None, **changes}
    speed = values.get("measured_ckmh", state.measured_ckmh)
    if speed != state.measured_ckmh:
        values.setdefault("changed_ms", NOW)
    if isinstance(speed, int) and (
        abs(speed - state.told_ckmh) >= 20 or (speed == 0) != (state.told_ckmh == 0)
    ):
        values |= {"told_ckmh": speed, "told_ms": NOW}
    values.setdefault("zero_since_ms", (state.zero_since_ms or NOW) if speed == 0 else 0)
    if "measured_dpct" in values:
        values.setdefault("deck_ms", NOW)
    return replace(state, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [free(), ready(), free(latched="off_ramp")])
def test_a_belt_that_stands_is_written_down(state: State) -> None:
    leads(state, Measured(0, 35, 51), told(state, measured_dpct=35, elapsed_s=51))
    leads(state, Measured(0), told(state))
    unseen = replace(state, moving_seen=False)
    leads(unseen, Measured(0, 35, 51, 9), told(unseen, measured_dpct=35, elapsed_s=51, distance_m=9))


def test_a_belt_that_somebody_else_moves_is_theirs_unless_it_is_leased() -> None:
    moved = told(free(moving_seen=False), measured_ckmh=1, moving_seen=True)
    leads(free(moving_seen=False), Measured(1), moved)
    after, effects = envelope.step(ready(), Measured(1), NOW)
    assert (after.phase, after.latched, after.lease) == (Phase.STOPPING, "moved_unordered", DROPPED)
    assert effects[1:] == (HALT,)


def test_a_clock_that_runs_backward_is_a_reboot_of_a_leased_belt_that_stands_too() -> None:
    for phase, at, rebooted in (
        (Phase.READY, 10_001, True),
        (Phase.READY, 10_000, False),  # it may be set to 0 by our own Stop
        (Phase.OBSERVING, 10_001, False),
    ):
        given = belt(phase, measured_ckmh=0, written_ms=NOW - 20_000, halt_ms=NOW - at)
        after, _ = envelope.step(given, Measured(0, 20, 3), NOW)
        assert (after.latched == "machine_reboot") is rebooted
    ramps = belt(Phase.STOPPING, halts=0, latched="", fell_ms=NOW)
    assert envelope.step(ramps, Measured(300, 20, 3), NOW)[0].latched == "machine_reboot"
    assert envelope.step(replace(ramps, halts=1), Measured(300, 20, 3), NOW)[0].latched == ""


def test_a_belt_whose_counters_stand_though_they_went_on_is_at_rest_whatever_speed_it_repeats() -> None:
    given = moving(counted_ms=NOW - 2_999, elapsed_s=50, distance_m=30)
    assert envelope.step(given, Measured(300, 20, 50, 30), NOW)[0].measured_ckmh == 300
    long_ago = replace(given, counted_ms=NOW - 3_000)
    assert envelope.step(long_ago, Measured(300, 20, 50, 30), NOW)[0].measured_ckmh == 0
    for event in (Measured(300, 20, 51, 30), Measured(300, 20, 50, 31)):
        after = envelope.step(long_ago, event, NOW)[0]
        assert (after.measured_ckmh, after.counted_ms) == (300, NOW)
    by_distance = moving(counted_ms=NOW - 7_999, elapsed_s=None, distance_m=30)
    assert envelope.step(by_distance, Measured(300, 20, None, 30), NOW)[0].measured_ckmh == 300
    by_distance = replace(by_distance, counted_ms=NOW - 8_000)
    assert envelope.step(by_distance, Measured(300, 20, None, 30), NOW)[0].measured_ckmh == 0
    for speed, moves in ((281, False), (319, False), (280, True), (320, True)):
        after = envelope.step(long_ago, Measured(speed, 20, 50, 30), NOW)[0]
        assert after.measured_ckmh == (speed if moves else 0)
        assert (after.told_ckmh, after.told_ms) == ((speed, NOW) if moves else (300, 0))
    flickers = replace(long_ago, told_ckmh=10)
    assert envelope.step(flickers, Measured(0, 20, 50, 30), NOW)[0].told_ckmh == 0
    changed = replace(long_ago, told_ms=NOW - 2_999)
    assert envelope.step(changed, Measured(300, 20, 50, 30), NOW)[0].measured_ckmh == 300
    never = moving(counted_ms=0, elapsed_s=0, distance_m=0)
    assert envelope.step(never, Measured(300, 20, 0, 0), NOW)[0].measured_ckmh == 300
    rested = envelope.step(given, Measured(0, 20, 50, 30), NOW)[0]
    assert rested.counted_ms == 0


def test_a_moving_belt_at_0_for_2_s_was_paused_at_its_console() -> None:
    for since, paused in ((1_999, False), (2_000, True)):
        given = moving(measured_ckmh=0, zero_since_ms=NOW - since)
        after, effects = envelope.step(given, Measured(0, 20), NOW)
        assert (after.phase is Phase.STOPPING) is paused
        assert (after.latched, after.lease.claim) == ("", LEASE.claim)
        note = Note(kind="console_pause", cause="console", severity="warning")
        assert effects == ((note, HALT) if paused else ())


def test_the_first_movement_is_held_from_when_it_is_seen() -> None:
    given = moving(moving_seen=False, measured_ckmh=0, setpoint_ckmh=100, target_ckmh=500, held_until_ms=0)
    after, _ = envelope.step(given, Measured(80, 20), NOW)
    assert (after.moving_seen, after.held_until_ms) == (True, NOW + 5_000)
    assert (after.ramp_from_ckmh, after.ramp_ms) == (100, NOW)
    assert envelope.step(moving(held_until_ms=0), Measured(300, 20), NOW)[0].held_until_ms == 0


@pytest.mark.parametrize(
    ("verb", "answered", "changes", "latched"),
    [
        (Verb.SPEED, True, {}, "control_failed"),
        (Verb.SPEED, True, {"moving_seen": False}, ""),
        (Verb.SPEED, True, {"held_until_ms": NOW + 1}, ""),
        (Verb.SPEED, False, {}, ""),
        (Verb.SPEED, False, {"above_since_ms": NOW - 1}, "control_failed"),
        (Verb.SPEED, False, {"below_since_ms": NOW - 1}, "control_failed"),
        (Verb.SPEED, False, {"measured_ckmh": 0}, "control_failed"),
        (Verb.SPEED, False, {"measured_ckmh": 0, "moving_seen": False}, ""),
        (Verb.BEGIN, False, {"moving_seen": False}, ""),
        (Verb.BEGIN, True, {"moving_seen": False}, "control_failed"),
        (Verb.INCLINE, False, {}, ""),
        (Verb.INCLINE, False, {"measured_dpct": 25}, ""),
        (Verb.INCLINE, False, {"measured_dpct": 26}, "control_failed"),
        (Verb.INCLINE, False, {"deck_ms": NOW - 3_001}, "control_failed"),
        (Verb.INCLINE, True, {}, "control_failed"),
        (Verb.HALT, True, {}, ""),
        (Verb.PAUSE, False, {}, ""),
    ],
)
def test_what_a_control_point_does_not_take_is_judged_by_the_belt(
    verb: Verb, answered: bool, changes: dict[str, object], latched: str
) -> None:
    after, effects = envelope.step(moving(**changes), Untaken(verb, "why", answered), NOW)
    assert after.latched == latched
    assert bool(effects) is bool(latched)
    if latched:
        assert isinstance(effects[0], Note)
        assert effects[0].after["by"] == f"{verb}: why"
    tells_again = verb is Verb.SPEED and answered and not latched
    assert after.speed_due is tells_again


def test_a_machine_that_refuses_stop_while_its_belt_moves_is_paused_at_once_and_from_then_on() -> None:
    given = belt(Phase.STOPPING, halts=1)
    after, effects = envelope.step(given, Untaken(Verb.HALT, "operation_failed", answered=True), NOW)
    assert effects == (Write(Admitted(Verb.PAUSE, 0)),)
    assert after.machine is not None
    assert (after.machine.pause_before_stop, after.halt_ms, after.written_ms) == (True, NOW, NOW)
    told = Untaken(Verb.HALT, "operation_failed", answered=True)
    leads(given, replace(told, why="control_not_permitted"), given)
    for unmoved in (
        replace(given, told_ckmh=0),
        replace(given, halts=0),
        replace(given, machine=None),
        after,
    ):
        leads(unmoved, told, unmoved)
    leads(given, replace(told, answered=False), given)
    slowest = replace(given, told_ckmh=1)
    assert envelope.step(slowest, told, NOW)[1] == (Write(Admitted(Verb.PAUSE, 0)),)


def test_a_paused_belt_that_moves_when_its_link_returns_is_stopped_and_locked() -> None:
    gone = envelope.step(ready(), Unlinked(), NOW)[0]
    assert (gone.phase, gone.latched) == (Phase.STOPPING, "")
    back = envelope.step(gone, Reachable(), NOW)[0]
    after, effects = envelope.step(back, Measured(300, 20), NOW)
    assert after.latched == "moved_unordered"
    assert [type(effect) for effect in effects] == [Note, Write]
    still, effects = envelope.step(back, Measured(0, 20), NOW)
    assert (still.latched, effects) == ("", ())


@pytest.mark.parametrize("phase", [Phase.OBSERVING, Phase.READY, Phase.STOPPING])
def test_what_is_not_taken_of_a_belt_that_does_not_move_changes_nothing(phase: Phase) -> None:
    leads(belt(phase), Untaken(Verb.SPEED, "why", answered=True), belt(phase))


def test_a_speed_that_was_not_taken_is_told_again_each_second() -> None:
    due = moving(speed_due=True, written_ms=NOW - 1_000, target_ckmh=500, ramp_ms=NOW - 9_000)
    then = ticked(due, moved_ms=55_100, speed_due=False, written_ms=NOW)
    leads(due, Tick(), then, Write(Admitted(Verb.SPEED, 300)))
    soon = replace(due, written_ms=NOW - 999)
    leads(soon, Tick(), ticked(soon, moved_ms=55_100))


def test_a_fall_waits_for_a_belt_that_is_below_its_target_already() -> None:
    low = moving(target_ckmh=200, measured_ckmh=150, ramp_ms=NOW - 300)
    assert envelope.step(low, Tick(), NOW)[1] == ()


def test_the_line_to_the_site_being_made_anew_holds_what_rises() -> None:
    leads(moving(), Frozen(3_000), moving(held_until_ms=NOW + 3_000))
    held = moving(held_until_ms=NOW + 5_000)
    leads(held, Frozen(3_000), held)


def test_what_a_record_is_worth_changes_under_way() -> None:
    bare = replace(COMMISSIONED, commissioned=False)
    leads(moving(), Proven(commissioned=False), moving(machine=bare, last_machine=bare))
    leads(moving(), Proven(commissioned=True), moving())
    leads(free(machine=None), Proven(commissioned=False), free(machine=None))
    leads(moving(), Marked(on_disk=False), moving(marked=False))


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
        settling=replace(SETTLED, kept_ckmh=measured, kept_ms=NOW),
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


def test_a_belt_that_moves_again_while_it_is_being_stopped_is_stopped_anew() -> None:
    given = belt(Phase.STOPPING, measured_ckmh=0, zero_since_ms=NOW - 1_000, halts=2, halted_ms=NOW - 5_000)
    after, effects = envelope.step(given, Measured(1), NOW)
    assert (after.halts, after.halted_ms, after.held_until_ms) == (1, NOW, NOW + 1_000)
    assert effects == (HALT,)
    assert envelope.step(replace(given, zero_since_ms=1), Measured(1), NOW)[1] == (HALT,)
    for short in (
        replace(given, zero_since_ms=NOW - 999),
        replace(given, measured_ckmh=200, zero_since_ms=0),
    ):
        after, effects = envelope.step(short, Measured(1), NOW)
        assert (after.halts, after.halted_ms, after.held_until_ms) == (2, NOW - 5_000, NOW + 1_000)
        assert effects == ()


@pytest.mark.parametrize(("was", "now"), [(1, 0), (None, 0), (5, 5)])
def test_a_stop_waits_for_1_s_at_0(was: int | None, now: int) -> None:
    held = NOW + (1_000 if now else -1)
    stopping = belt(Phase.STOPPING, measured_ckmh=was, held_until_ms=NOW - 1)
    then = told(stopping, measured_ckmh=now, held_until_ms=held)
    leads(stopping, Measured(now), then)
    later = replace(stopping, held_until_ms=NOW + 1_001)
    leads(later, Measured(now), replace(then, held_until_ms=NOW + 1_001))


def test_a_stop_ends_where_its_lease_and_its_lock_say() -> None:
    still = belt(Phase.STOPPING, measured_ckmh=0, held_until_ms=NOW + 1, stop_cause="why")
    leads(still, Measured(0), told(still))
    over = replace(still, held_until_ms=NOW)
    then = told(over, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause="")
    ends = (Note(kind="stopped", cause="why"), HALT)  # it did not obey at once: Pause may have been the last
    leads(over, Measured(0), then, *ends)
    once = replace(over, halts=1)
    leads(once, Measured(0), replace(then, halts=1), ends[0])
    before_the_halt = replace(once, halt_ms=NOW + 1)
    leads(before_the_halt, Measured(0), told(before_the_halt))
    for changes in ({"lease": replace(LEASE, renewed_ms=NOW - 3_001)}, {"lease": DROPPED}):
        unleased = replace(over, **changes)  # type: ignore[arg-type]
        then = replace(idle(told(unleased)), lease=replace(unleased.lease, claim=None))
        leads(unleased, Measured(0), then, *ends)
    paused = replace(over, machine=replace(COMMISSIONED, pause_before_stop=True))
    then = told(paused, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause="")
    leads(paused, Measured(0), then, *ends)
    leads(replace(paused, halts=1), Measured(0), replace(then, halts=1), *ends)
    locked = replace(over, latched="off_ramp")
    then = replace(idle(told(locked)), lease=DROPPED)
    leads(locked, Measured(0), then, Note(kind="stopped", cause="off_ramp"), HALT)


# Time.


def ticked(state: State, **changes: object) -> State:
    return watched(replace(state, ticked_ms=NOW, **changes))  # type: ignore[arg-type]


def watched(state: State) -> State:
    return replace(state, expected_ms=NOW) if state.phase is Phase.MOVING else state


def test_time_frees_a_belt_whose_lease_ran_out() -> None:
    leads(free(), Tick(), ticked(free()))
    last = ready(lease=replace(LEASE, renewed_ms=NOW - 3_000))
    leads(last, Tick(), ticked(last))
    over = ready(lease=replace(LEASE, renewed_ms=NOW - 3_001), moved_ms=0)
    leads(over, Tick(), replace(idle(ticked(over)), lease=replace(over.lease, claim=None)))
    paused, effects = envelope.step(replace(over, moved_ms=1), Tick(), NOW)
    assert (paused.phase, paused.latched, effects[1:]) == (Phase.STOPPING, "lease_expired", (HALT,))


def test_time_counts_the_minutes_of_a_moving_belt() -> None:
    leads(moving(), Tick(), ticked(moving(), moved_ms=55_100))
    forward = replace(LEASE, claim=lease_claim(7, retro=False))
    leads(moving(lease=forward), Tick(), ticked(moving(lease=forward)))
    begins = moving(lease=forward, moved_ms=0)
    leads(begins, Tick(), ticked(begins, moved_ms=100))
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
        ({"began_ms": NOW - 5_400_001}, Cause.TIME_UP),
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
    leads(moving(**RISE), Tick(), then, Write(Admitted(Verb.SPEED, 320), NOW + 1_000))
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


def test_what_a_control_point_has_not_answered_is_not_outrun() -> None:
    rises = moving(**RISE)
    leads(rises, Tick(waits=True), ticked(rises, moved_ms=55_100))
    for since, begins in ((1_500, NOW - 300), (1_501, NOW)):
        slow = moving(**RISE | {"written_ms": NOW - since})
        leads(slow, Tick(waits=True), ticked(slow, moved_ms=55_100, ramp_ms=begins))
    falls = moving(**RISE | {"target_ckmh": 100})
    assert envelope.step(falls, Tick(waits=True), NOW)[1] == (Write(Admitted(Verb.SPEED, 240)),)
    tilts = moving(target_dpct=25, written_ms=NOW - 2_000)
    assert envelope.step(tilts, Tick(waits=True), NOW)[1] == ()


@pytest.mark.parametrize(
    "changes", [{"held_until_ms": NOW}, {"lease": replace(LEASE, renewed_ms=NOW - 1_500)}]
)
def test_the_last_moment_of_a_hold_is_over(changes: dict[str, object]) -> None:
    given = moving(**RISE | changes)
    _, effects = envelope.step(given, Tick(), NOW)
    assert effects == (Write(Admitted(Verb.SPEED, 320), given.lease.renewed_ms + 1_500),)


@pytest.mark.parametrize(("target", "deck"), [(25, 25), (45, 30), (0, 10), (20, None)])
def test_the_deck_follows_each_2_s_at_a_settled_speed(target: int, deck: int | None) -> None:
    given = moving(target_dpct=target, written_ms=NOW - 2_000)
    then = ticked(given, moved_ms=55_100)
    if deck is None:
        leads(given, Tick(), then)
        return
    then = replace(then, setpoint_dpct=deck, written_ms=NOW)
    leads(given, Tick(), then, Write(Admitted(Verb.INCLINE, deck), NOW + 1_000))
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
