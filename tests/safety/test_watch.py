"""The watch on a moving belt, each judgement at its boundary: limit -1, 0 and +1."""

from dataclasses import replace
from itertools import pairwise

import pytest
from envelope_rig import MACHINE, EnvelopeRig, claim, limits

from device_adapters.safety import watch
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope import boot_state
from device_adapters.safety.envelope_state import Machine, Phase, State
from device_adapters.safety.events import Claimed, Linked, Measured, Tick
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement, Goal, Level, limits_for
from device_adapters.safety.settling import Settling


def moving(**changes: object) -> State:
    """A belt told 2.0 km/h, running at it, 60 s into a novice's knee session."""
    values: dict[str, object] = {
        "boot": "b",
        "phase": Phase.MOVING,
        "machine": MACHINE,
        "limits": limits_for(Goal.KNEE_STRENGTH, Level.NOVICE),
        "target_ckmh": 200,
        "setpoint_ckmh": 200,
        "expected_ckmh": 200,
        "expected_ms": 100_000,
        "began_ms": 40_000,
        "measured_ckmh": 200,
        "measured_dpct": 0,
        "measured_ms": 100_000,
        "moving_seen": True,
        **changes,
    }
    return State(**values)  # type: ignore[arg-type]


NOW = 100_000


def test_a_belt_that_does_what_it_is_told_is_not_judged() -> None:
    assert watch.judged(moving(), NOW) is None
    assert watch.judged(moving(measured_ckmh=None), NOW) is None
    assert watch.judged(moving(phase=Phase.STOPPING, measured_ckmh=900), NOW) is None


@pytest.mark.parametrize(
    ("setpoint", "expected", "measured", "cause"),
    [
        (200, 200, 280, None),  # limit 2.5 + 0.3
        (250, 250, 281, Cause.OVERSPEED),
        (200, 300, 330, None),  # it may still be slowing from 3.0
        (200, 300, 331, Cause.OVERSPEED),
        (200, 200, 322, Cause.OVERSPEED),  # 1.61 times what it was told: too fast all the same
        (0, 200, 400, Cause.OVERSPEED),
    ],
)
def test_overspeed_is_judged_at_once(
    setpoint: int, expected: int, measured: int, cause: Cause | None
) -> None:
    state = moving(setpoint_ckmh=setpoint, expected_ckmh=expected, measured_ckmh=measured)
    assert watch.judged(state, NOW) == cause


@pytest.mark.parametrize(
    ("setpoint", "measured", "cause"),
    [
        (170, 260, Cause.OFF_RAMP),  # 1.529
        (170, 261, Cause.MPH_FIRMWARE),  # 1.535
        (200, 306, Cause.OVERSPEED),
        (160, 270, Cause.MPH_FIRMWARE),  # 1.687
        (160, 271, Cause.OFF_RAMP),  # 1.693
        (100, 153, Cause.MPH_FIRMWARE),  # 1.530
        (100, 168, Cause.MPH_FIRMWARE),
        (100, 169, Cause.OFF_RAMP),  # 1.690
        (0, 161, Cause.OFF_RAMP),
    ],
)
def test_a_steady_ratio_of_miles_is_mph_firmware(setpoint: int, measured: int, cause: Cause) -> None:
    state = moving(setpoint_ckmh=setpoint, measured_ckmh=measured, above_since_ms=NOW - 2_000)
    assert watch.judged(state, NOW) is cause


@pytest.mark.parametrize(
    ("since", "cause"),
    [(0, None), (NOW - 1_999, None), (NOW - 2_000, Cause.OFF_RAMP), (NOW - 2_001, Cause.OFF_RAMP)],
)
def test_above_its_ramp_for_2_s_is_off_ramp(since: int, cause: Cause | None) -> None:
    assert watch.judged(moving(measured_ckmh=250, above_since_ms=since), NOW) == cause


def test_above_its_ramp_by_the_ratio_of_miles_is_mph_firmware() -> None:
    state = moving(setpoint_ckmh=100, measured_ckmh=161, above_since_ms=NOW - 2_000)
    assert watch.judged(state, NOW) is Cause.MPH_FIRMWARE


@pytest.mark.parametrize(("since", "cause"), [(0, None), (NOW - 2_999, None), (NOW - 3_000, Cause.GRADE_OUT)])
def test_a_deck_outside_its_limits_for_3_s_is_grade_out(since: int, cause: Cause | None) -> None:
    assert watch.judged(moving(grade_since_ms=since), NOW) == cause


@pytest.mark.parametrize(("began", "cause"), [(80_000, None), (79_999, Cause.NOT_STARTED)])
def test_a_belt_that_has_not_moved_20_s_after_its_start_is_taken_back(
    began: int, cause: Cause | None
) -> None:
    assert watch.judged(moving(moving_seen=False, began_ms=began, measured_ckmh=0), NOW) == cause
    assert watch.judged(moving(began_ms=began), NOW) is None


@pytest.mark.parametrize(("moved", "cause"), [(630_000, None), (630_001, Cause.TIME_UP)])
def test_a_session_ends_30_s_after_its_minutes(moved: int, cause: Cause | None) -> None:
    assert watch.judged(moving(moved_ms=moved), NOW) == cause


@pytest.mark.parametrize(("run_ms", "cause"), [(5_400_000, None), (5_400_001, Cause.TIME_UP)])
def test_a_belt_runs_for_90_minutes_on_end_at_most(run_ms: int, cause: Cause | None) -> None:
    now = 9_000_000
    assert watch.judged(moving(began_ms=now - run_ms, moved_ms=1), now) == cause


@pytest.mark.parametrize(
    ("expected", "measured", "above"),
    [(200, 240, False), (200, 241, True), (400, 460, False), (400, 461, True), (260, 300, False),
     (270, 310, False), (270, 311, True)],
)  # fmt: skip
def test_above_is_more_than_the_greater_of_0_4_and_15_percent(
    expected: int, measured: int, above: bool
) -> None:
    state = moving(setpoint_ckmh=expected, expected_ckmh=expected, measured_ckmh=measured)
    assert watch.followed(state, NOW).above_since_ms == (NOW if above else 0)


@pytest.mark.parametrize(
    ("setpoint", "measured", "below"),
    [(200, 160, False), (200, 159, True), (460, 400, False), (461, 400, True), (311, 270, True),
     (310, 270, False)],
)  # fmt: skip
def test_below_is_less_by_more_than_the_greater_of_0_4_and_15_percent(
    setpoint: int, measured: int, below: bool
) -> None:
    state = moving(setpoint_ckmh=setpoint, expected_ckmh=setpoint, measured_ckmh=measured)
    assert watch.followed(state, NOW).below_since_ms == (NOW if below else 0)
    assert watch.followed(replace(state, moving_seen=False), NOW).below_since_ms == 0
    assert watch.followed(replace(state, measured_ckmh=None), NOW).below_since_ms == 0


def test_a_mark_keeps_its_first_moment_and_goes_with_its_cause() -> None:
    state = watch.followed(moving(measured_ckmh=245, measured_dpct=6), NOW)
    assert (state.above_since_ms, state.grade_since_ms) == (NOW, NOW)
    state = watch.followed(state, NOW + 700)
    assert (state.above_since_ms, state.grade_since_ms) == (NOW, NOW)
    state = watch.followed(replace(state, measured_ckmh=150, measured_dpct=0), NOW + 900)
    assert (state.above_since_ms, state.below_since_ms, state.grade_since_ms) == (0, NOW + 900, 0)
    state = watch.followed(state, NOW + 1_900)
    assert state.below_since_ms == NOW + 900
    assert watch.followed(replace(state, measured_ckmh=200), NOW + 2_000).below_since_ms == 0


def test_the_expected_speed_follows_up_at_once_and_down_by_half_a_km_h_per_second() -> None:
    up = watch.followed(moving(setpoint_ckmh=250), NOW)
    assert (up.expected_ckmh, up.expected_ms) == (250, NOW)
    down = moving(setpoint_ckmh=100)
    assert watch.followed(down, NOW + 1_000).expected_ckmh == 150
    assert watch.followed(down, NOW + 1_999).expected_ckmh == 101
    assert watch.followed(down, NOW + 9_000).expected_ckmh == 100
    assert watch.followed(down, NOW + 1_000).expected_ms == NOW + 1_000
    assert watch.followed(down, NOW + 1_019).expected_ms == NOW + 1_000
    assert watch.followed(down, NOW + 1_999).expected_ms == NOW + 1_980
    assert watch.followed(down, NOW + 2_015).expected_ms == NOW + 2_015  # as slow as it was told


def test_a_steady_minute_before_a_lower_speed_earns_no_fall() -> None:
    """The belt may still be where it was for a while: that is not off its ramp."""
    steady = watch.followed(moving(), NOW + 60_000)
    after = watch.followed(replace(steady, setpoint_ckmh=100), NOW + 60_020)
    assert after.expected_ckmh == 199


def test_looking_often_does_not_keep_the_expected_speed_up() -> None:
    state, now = moving(setpoint_ckmh=100), NOW
    for _ in range(400):
        now += 5
        state = watch.followed(state, now)
    assert state.expected_ckmh == 100


@pytest.mark.parametrize(
    ("told", "deck", "arrangement", "out"),
    [
        (0, 5, Arrangement.MEMBER_TURNED, False),
        (0, 6, Arrangement.MEMBER_TURNED, True),
        (0, -5, Arrangement.MEMBER_TURNED, False),
        (0, -6, Arrangement.MEMBER_TURNED, True),
        (30, 35, Arrangement.MEMBER_TURNED, False),
        (30, 36, Arrangement.MEMBER_TURNED, True),
        (-30, -35, Arrangement.MEMBER_TURNED, False),
        (-30, -36, Arrangement.MEMBER_TURNED, True),
        (-30, -35, Arrangement.BELT_REVERSED, False),
        (-30, -36, Arrangement.BELT_REVERSED, True),
        (-30, 6, Arrangement.BELT_REVERSED, True),
    ],
)
def test_grade_is_out_beyond_half_a_percent(
    told: int, deck: int, arrangement: Arrangement, out: bool
) -> None:
    machine = replace(MACHINE, arrangement=arrangement)
    state = watch.followed(moving(machine=machine, setpoint_dpct=told, measured_dpct=deck), NOW)
    assert bool(state.grade_since_ms) is out


def test_a_grade_within_the_limits_is_not_out_wherever_it_was_told() -> None:
    inside = replace(limits_for(Goal.KNEE_STRENGTH, Level.ADVANCED), grade_min_dpct=-20)
    for deck, out in ((55, False), (56, True), (-25, False), (-26, True)):
        state = watch.followed(moving(limits=inside, measured_dpct=deck), NOW)
        assert bool(state.grade_since_ms) is out


def test_an_unknown_deck_or_machine_is_not_out() -> None:
    assert watch.followed(moving(measured_dpct=None), NOW).grade_since_ms == 0
    assert watch.followed(moving(machine=None, measured_dpct=90), NOW).grade_since_ms == 0


@pytest.mark.parametrize(("since", "speed"), [(0, None), (NOW - 4_999, None), (NOW - 5_000, 120)])
def test_slower_for_5_s_is_a_member_who_set_it_slower(since: int, speed: int | None) -> None:
    assert watch.slowed(moving(measured_ckmh=120, below_since_ms=since), NOW) == speed


@pytest.mark.parametrize(
    ("changes", "faster"),
    [
        ({"measured_ckmh": 219}, False),
        ({"measured_ckmh": 220}, True),
        ({"measured_ckmh": 240}, True),
        ({"measured_ckmh": 245, "above_since_ms": NOW}, False),  # off its ramp: another hazard
        ({"measured_ckmh": 220, "expected_ckmh": 201}, False),  # it may still be falling
        ({"measured_ckmh": 220, "target_ckmh": 201}, False),
        ({"measured_ckmh": 220, "target_ckmh": 199}, False),
        ({"measured_ckmh": 220, "settling": Settling(settled_ckmh=190, kept_ms=NOW - 1_999)}, False),
        ({"measured_ckmh": 220, "settling": Settling(settled_ckmh=190, kept_ms=NOW - 2_000)}, True),
        ({"measured_ckmh": 220, "settling": Settling(), "written_ms": NOW - 1_999}, False),
        ({"measured_ckmh": 220, "settling": Settling(), "written_ms": NOW - 2_000}, True),
        ({"measured_ckmh": None}, False),
    ],
)
def test_a_belt_a_little_above_was_pressed_faster(changes: dict[str, object], faster: bool) -> None:
    given = moving(**{"settling": Settling(settled_ckmh=200, kept_ms=NOW), **changes})
    assert watch.pressed_faster(given, NOW) is faster


@pytest.mark.parametrize("changes", [{"moving_seen": False}, {"measured_ckmh": None}])
def test_a_belt_that_was_not_seen_to_move_settles_at_nothing(changes: dict[str, object]) -> None:
    given = moving(**{"settling": Settling(kept_ckmh=200), **changes})
    assert watch.followed(given, NOW).settling == Settling(kept_ckmh=200)
    assert watch.followed(moving(settling=Settling(kept_ckmh=200)), NOW).settling.settled_ckmh == 200


# The same through the envelope, with a belt.


def test_a_small_press_of_plus_is_written_back_once_for_each_press() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 200)
    rig.run(12_000)
    known = len(rig.writes)
    rig.belt_ckmh = 220
    rig.run(300)
    assert [w.value for _, w in rig.writes[known:]] == [200]
    note = rig.notes[-1]
    assert (note.kind, note.cause, note.text) == (
        "hazard", "console_faster", "A little faster than it was told: its speed is set back.",
    )  # fmt: skip
    assert (note.before, note.after) == ({"speed_ckmh": 220}, {"setpoint_ckmh": 200, "action": "hold"})
    rig.run(5_000)
    assert len(rig.writes) == known + 1
    assert (rig.belt_ckmh, rig.state.latched) == (200, "")
    rig.obeys, rig.belt_ckmh = False, 230
    rig.run(10_000)
    assert [w.value for _, w in rig.writes[known:]] == [200, 200, 200]
    assert rig.notes[-1].key == "console_fights"


@pytest.mark.parametrize("waver", [0, 5])
def test_a_belt_pressed_faster_before_it_settled_is_set_back_too(waver: int) -> None:
    """Thrice within 0.3 s of *Slower*: it never had what it was told."""
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.order("target", 220)
    rig.run(300)
    rig.belt_ckmh = 255
    known = len(rig.writes)
    for step in range(30):
        rig.belt_ckmh += waver if step % 2 else -waver
        rig.run(100)
        if len(rig.writes) > known:
            break
    assert [w.value for _, w in rig.writes[known:]] == [220]
    assert (rig.belt_ckmh, rig.notes[-1].cause, rig.state.latched) == (220, "console_faster", "")
    rig.run(3_000)
    for _ in range(2):
        rig.belt_ckmh = 245
        rig.run(200)
        assert rig.belt_ckmh == 220
        rig.run(2_600)


def test_a_machine_that_goes_back_to_its_console_each_time_is_written_to_three_times() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 200)
    rig.run(12_000)
    known = len(rig.writes)
    for _ in range(8):
        rig.belt_ckmh = 220
        rig.run(2_600)
    assert [w.value for _, w in rig.writes[known:]] == [200, 200, 200]
    assert [n.key for n in rig.notes if n.cause == "console_faster"] == ["", "", "", "console_fights"]
    assert (rig.state.latched, rig.belt_ckmh) == ("", 220)
    rig.order("target", 190)
    rig.run(12_000)
    rig.belt_ckmh = 215
    rig.run(300)
    assert rig.writes[-1][1].value == 190, "another speed begins anew"


def test_a_start_begins_anew_too() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.state = replace(rig.state, settling=Settling(settled_ckmh=100, backs=4, doubts=3))
    assert rig.order("start").outcome == "accepted"
    assert rig.state.settling == Settling()


def test_a_machine_that_reckons_faster_is_written_to_three_times_a_session() -> None:
    rig = EnvelopeRig().started()
    rig.obeys = False
    for target in (200, 150, 230):
        rig.order("target", target)
        for _ in range(150):
            rig.belt_ckmh = rig.state.setpoint_ckmh + 25
            rig.run(100)
    again = [w.value for (_, was), (_, w) in pairwise(rig.writes) if w == was]
    assert len(again) == 3
    assert {n.key for n in rig.notes if n.cause == "console_faster"} == {""}, "it is not said to fight"
    assert (rig.state.setpoint_ckmh, rig.state.latched) == (230, "")


def test_a_belt_off_its_ramp_is_ramped_down_and_locked() -> None:
    rig = EnvelopeRig().started()
    rig.obeys, rig.belt_ckmh = False, 145
    rig.run(2_600)
    assert rig.state.latched == Cause.OFF_RAMP
    assert Verb.HALT in rig.verbs()


def test_a_belt_set_slower_at_its_console_stays_there() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.obeys, rig.belt_ckmh = False, 155
    known = len(rig.writes)
    rig.run(5_400)
    assert rig.state.cap_ckmh == 150
    assert rig.notes[-1].cause == Cause.CONSOLE_SLOWER
    assert rig.notes[-1].before == {"setpoint_ckmh": 250}
    assert rig.notes[-1].after == {"setpoint_ckmh": 150, "action": "hold"}
    assert len(rig.writes) == known
    rig.obeys = True
    assert rig.order("target", 250).speed_ckmh == 150
    rig.run(5_000)
    assert rig.order("target", 250).speed_ckmh == 150  # a renewal does not lift it
    assert rig.state.latched == ""
    rig.belt_ckmh = 90
    rig.run(6_000)
    assert rig.state.cap_ckmh == 90  # slower again


def test_a_belt_set_below_its_minimum_at_its_console_is_capped_at_the_minimum() -> None:
    rig = EnvelopeRig().started()
    rig.obeys, rig.belt_ckmh = False, 30
    rig.run(5_600)
    assert rig.state.cap_ckmh == 80


def test_a_belt_that_does_not_start_is_taken_back() -> None:
    rig = EnvelopeRig(obeys=False)
    rig.link()
    rig.lease()
    rig.order("start")
    rig.run(20_000)
    assert rig.state.phase is Phase.MOVING
    assert rig.speeds() == [100]
    rig.run(400)
    assert rig.state.latched == Cause.NOT_STARTED
    assert rig.verbs()[-1] is Verb.HALT


def test_a_belt_beyond_its_minutes_is_ramped_down() -> None:
    rig = EnvelopeRig().started(goal=Goal.MOBILITY)
    rig.run(330_000 - 5_500, goal=Goal.MOBILITY)
    assert rig.state.latched == ""
    rig.run(200, goal=Goal.MOBILITY)
    assert rig.state.latched == Cause.TIME_UP


def test_a_pause_does_not_give_the_minutes_back() -> None:
    rig = EnvelopeRig().started(goal=Goal.MOBILITY)
    rig.run(100_000, goal=Goal.MOBILITY)
    rig.order("stop")
    rig.run(3_000, goal=Goal.MOBILITY)
    assert rig.order("start").outcome == "accepted"
    rig.run(232_000, goal=Goal.MOBILITY)
    assert rig.state.latched == Cause.TIME_UP


@pytest.mark.parametrize(("gap", "latched"), [(2_000, ""), (2_001, Cause.UNIT_STALLED)])
def test_a_unit_that_stood_still_ramps_down(gap: int, latched: str) -> None:
    rig = EnvelopeRig().started()
    rig.now += gap
    rig.do(Measured(100, 0))
    rig.do(Tick())
    assert rig.state.latched == latched


@pytest.mark.parametrize(("before", "after", "cause"), [(50, 48, ""), (50, 47, Cause.MACHINE_REBOOT)])
def test_a_machine_whose_own_clock_runs_backward_has_restarted(before: int, after: int, cause: str) -> None:
    rig = EnvelopeRig().started()
    rig.do(Measured(100, 0, before))
    rig.do(Measured(100, 0, None))
    rig.do(Measured(100, 0, before))
    rig.do(Measured(100, 0, after))
    assert rig.state.latched == cause


def test_a_clock_from_before_the_start_is_no_reboot() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.do(Measured(0, 0, 900))
    rig.lease()
    rig.order("start")
    rig.do(Measured(0, 0, 900))
    rig.do(Measured(80, 0, 0))
    rig.do(Measured(80, 0, 0))
    assert rig.state.phase is Phase.MOVING


def test_a_locked_belt_that_moves_is_halted_again() -> None:
    rig = EnvelopeRig().started()
    rig.do(Measured(400))
    rig.run(4_000)
    assert (rig.state.phase, rig.state.latched) == (Phase.OBSERVING, Cause.OVERSPEED)
    known = len(rig.writes)
    rig.do(Measured(1))
    assert [a.verb for _, a in rig.writes[known:]] == [Verb.HALT]
    assert rig.state.phase is Phase.STOPPING
    assert (rig.notes[-1].cause, rig.state.latched) == (Cause.MOVED_WHILE_LATCHED, Cause.OVERSPEED)


def test_a_leased_belt_that_moves_without_an_order_is_stopped_and_locked() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.do(Measured(1))
    assert (rig.notes[-1].kind, rig.notes[-1].cause) == ("hazard", Cause.MOVED_UNORDERED)
    assert rig.state.phase is Phase.STOPPING
    assert rig.state.lease.claim is None
    assert rig.verbs() == [Verb.HALT]


def test_a_unit_that_restarts_stops_its_belt_and_locks() -> None:
    rig = EnvelopeRig(state=boot_state("b", was_moving=True), belt_ckmh=300)
    rig.run(1_000)
    assert rig.writes == []
    rig.do(Linked(MACHINE))
    rig.run(4_000)
    assert rig.speeds() == sorted(rig.speeds(), reverse=True)
    assert max(rig.speeds()) < 300
    assert rig.verbs()[-1] is Verb.HALT
    assert rig.belt_ckmh == 0
    assert (rig.state.phase, rig.state.latched) == (Phase.OBSERVING, Cause.UNIT_RESTARTED)
    assert boot_state("b") == State(boot="b")


def test_a_speed_above_a_lowered_limit_is_taken_down_before_it_is_judged() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.run(8_000, limits=limits(speed_max_ckmh=120))
    assert rig.state.latched == ""
    assert rig.belt_ckmh == 120


def test_a_limit_below_the_machines_minimum_stops_it_without_a_lock() -> None:
    rig = EnvelopeRig().started()
    rig.run(3_000, limits=limits(speed_max_ckmh=79))
    assert rig.belt_ckmh == 0
    assert (rig.state.phase, rig.state.latched) == (Phase.READY, "")
    assert rig.order("start").cause == "machine_minimum_over_limit"


def test_a_raise_needs_name_and_reason_and_is_recorded() -> None:
    rig = EnvelopeRig()
    rig.do(Linked(replace(MACHINE, commissioned=True)))
    rig.do(Measured(0, 0))
    rig.lease(raised=limits(speed_max_ckmh=400), raised_by="Kim", raised_why="trained")
    assert rig.state.limits.speed_max_ckmh == 400
    told = rig.notes[-1]
    assert (told.kind, told.cause, told.text) == ("limits_raised", "staff", "trained")
    assert told.after == {"speed_ckmh": 400, "by": "Kim"}
    rig.lease()
    assert rig.state.limits.speed_max_ckmh == 250
    assert rig.notes[-1].kind == "limits_changed"


def test_a_renewal_without_a_link_is_refused() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.state = replace(rig.state, machine=None)
    rig.do(Claimed(claim(2)))
    assert rig.notes[-1].cause == "link_lost"


def test_a_reversed_belt_starts_only_within_its_grade_limits() -> None:
    machine = Machine(
        speed_min_ckmh=80, speed_max_ckmh=2000, speed_step_ckmh=10, incline_min_dpct=-30, incline_max_dpct=150,
        arrangement=Arrangement.BELT_REVERSED,
    )  # fmt: skip
    rig = EnvelopeRig()
    rig.do(Linked(machine))
    rig.do(Measured(0, 10))
    rig.lease()
    assert rig.order("start").cause == "grade_out_of_limits"
