"""What the envelope does, event by event, on an ideal belt."""

import pytest
from envelope_rig import MACHINE, EnvelopeRig, limits

from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import Machine, Phase, State
from device_adapters.safety.events import Hazard, Linked, Measured, Ordered, Unlinked
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement, Goal, Level


def test_it_starts_with_nothing_allowed() -> None:
    state = State(boot="b")
    assert state.phase is Phase.OBSERVING
    assert state.limits.speed_max_ckmh == 0
    assert state.lease.claim is None


def test_linking_and_a_lease_write_nothing() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.run(5_000)
    assert rig.writes == []
    assert rig.state.phase is Phase.READY


def test_a_start_needs_a_lease() -> None:
    rig = EnvelopeRig()
    rig.link()
    answer = rig.order("start")
    assert (answer.outcome, answer.cause) == ("refused", "no_lease")
    assert rig.writes == []


def test_a_start_begins_at_the_first_speed_and_holds_it() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    assert rig.order("start").speed_ckmh == 100
    rig.run(200)
    assert rig.order("target", 250).outcome == "accepted"
    rig.run(4_700)
    assert rig.verbs() == [Verb.BEGIN, Verb.SPEED]
    assert rig.speeds() == [100]
    rig.run(10_000)
    assert rig.speeds()[-1] == 250


def test_speed_rises_no_faster_than_the_limit() -> None:
    rig = EnvelopeRig().started()
    began = rig.now
    rig.order("target", 250)
    rig.run(12_000)
    rises = [(at, a.value) for at, a in rig.writes if at > began]
    assert rises[-1][1] == 250
    for at, value in rises:
        assert value <= 100 + 20 * (at - began) / 1000  # knee novice: 0.2 km/h per s
    assert rises[-1][0] - began == pytest.approx(7_500, abs=500)


def test_a_target_above_the_limit_is_clamped_and_recorded() -> None:
    rig = EnvelopeRig().started()
    answer = rig.order("target", 900, 50)
    assert (answer.outcome, answer.cause, answer.speed_ckmh, answer.grade_dpct) == (
        "clamped",
        "over_limit",
        250,
        0,
    )
    assert rig.notes[-1].kind == "clamped"
    rig.run(20_000)
    assert max(rig.speeds()) == 250


def test_the_lease_can_only_tighten() -> None:
    rig = EnvelopeRig().started(limits=limits(speed_max_ckmh=180))
    assert rig.order("target", 250).speed_ckmh == 180
    wide = EnvelopeRig().started(limits=limits(speed_max_ckmh=900))
    assert wide.order("target", 900).speed_ckmh == 250


def test_limits_lowered_in_a_renewal_lower_the_belt_and_nothing_rises_when_they_return() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(10_000)
    rig.run(5_000, limits=limits(speed_max_ckmh=150))
    assert rig.belt_ckmh == 150
    assert rig.order("target", 250).speed_ckmh == 150
    rig.run(5_000)
    assert rig.order("target", 250).speed_ckmh == 150  # a renewal that tells no limits widens nothing
    rig.run(5_000, limits=limits(speed_max_ckmh=250))
    assert rig.belt_ckmh == 150  # the limit is back; nothing rises before somebody orders it
    assert rig.order("target", 250).speed_ckmh == 250


def test_grade_waits_for_a_settled_speed_and_moves_in_steps() -> None:
    rig = EnvelopeRig().started(goal=Goal.ATHLETIC, level=Level.ADVANCED)
    rig.order("target", 300, 40)
    rig.run(20_000, goal=Goal.ATHLETIC, level=Level.ADVANCED)
    kinds = [a.verb for _, a in rig.writes]
    first_incline = kinds.index(Verb.INCLINE)
    assert Verb.SPEED not in kinds[first_incline:]
    inclines = [a.value for _, a in rig.writes if a.verb is Verb.INCLINE]
    assert inclines == [10, 20, 30, 40]


def test_effective_grade_has_the_other_sign_on_a_reversed_belt() -> None:
    machine = Machine(
        speed_min_ckmh=80, speed_max_ckmh=2000, speed_step_ckmh=10, incline_min_dpct=-30, incline_max_dpct=150,
        arrangement=Arrangement.BELT_REVERSED,
    )  # fmt: skip
    rig = EnvelopeRig()
    rig.do(Linked(machine))
    rig.do(Measured(0, 0))
    rig.lease(goal=Goal.ATHLETIC, level=Level.ADVANCED)
    rig.order("start")
    rig.run(6_000, goal=Goal.ATHLETIC, level=Level.ADVANCED)
    answer = rig.order("target", 300, 50)  # 5 % uphill would be -5 % on this deck: it has only -3 %
    assert (answer.outcome, answer.grade_dpct) == ("clamped", 30)


def test_a_stop_order_ramps_down_under_the_same_lease() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(10_000)
    before = len(rig.writes)
    began = rig.now
    assert rig.order("stop").outcome == "accepted"
    rig.run(4_000)
    stop = rig.writes[before:]
    assert stop[-1][1].verb is Verb.HALT
    assert [a.value for _, a in stop[:-1]] == sorted([a.value for _, a in stop[:-1]], reverse=True)
    for at, admitted in stop[:-1]:
        assert admitted.value >= 250 - 100 * (at - began + 200) / 1000 - 10  # no harder than 1.0 km/h per s
    assert rig.state.phase is Phase.READY
    assert rig.order("start").outcome == "accepted"


@pytest.mark.parametrize(
    "cause", [Cause.STOP_PRESSED, Cause.SAFETY_KEY, Cause.CONTROL_LOST, Cause.CONTROL_FAILED]
)
def test_every_hazard_stops_latches_and_takes_the_lease(cause: Cause) -> None:
    rig = EnvelopeRig().started()
    rig.do(Hazard(cause, "anybody"))
    assert rig.state.latched == cause
    rig.run(8_000)
    assert rig.belt_ckmh == 0
    assert rig.state.phase is Phase.OBSERVING
    rig.lease(epoch=2)
    answer = rig.order("start", epoch=2)
    assert answer.outcome == "refused"
    assert rig.belt_ckmh == 0


def test_a_stop_is_first_written_at_once() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(10_000)
    rig.do(Hazard(Cause.STOP_PRESSED))
    at, admitted = rig.writes[-1]
    assert at == rig.now
    assert admitted.verb is Verb.SPEED
    assert admitted.value < 250


def test_a_halt_is_asked_for_again_until_the_belt_is_measured_at_0() -> None:
    rig = EnvelopeRig().started()
    rig.obeys = False
    rig.do(Hazard(Cause.SAFETY_KEY))
    rig.run(10_000)
    assert rig.verbs().count(Verb.HALT) + rig.verbs().count(Verb.PAUSE) >= 9
    assert rig.notes[-1].cause == Cause.STOP_NOT_OBEYED
    assert [n.cause for n in rig.notes].count(Cause.STOP_NOT_OBEYED) == 1
    rig.belt_ckmh = 0
    rig.run(2_000)
    known = len(rig.writes)
    rig.run(5_000)
    assert len(rig.writes) == known
    assert rig.state.phase is Phase.OBSERVING


def test_a_latch_is_cleared_by_a_named_person_on_a_still_belt_only() -> None:
    rig = EnvelopeRig().started()
    rig.do(Hazard(Cause.STOP_PRESSED))
    assert rig.order("clear", by="Kim").cause == "not_still"
    rig.run(5_000)
    assert rig.order("clear").cause == "no_person"
    assert rig.order("clear", by="Kim").outcome == "accepted"
    assert rig.state.latched == ""
    rig.lease(epoch=2)
    assert rig.order("start", epoch=2).outcome == "accepted"


def test_no_renewal_freezes_then_ramps_down_and_latches() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(3_000)
    frozen_from = rig.now + 1_500
    rig.run(3_000, renew=False)
    rises = [at for (at, a), (_, b) in zip(rig.writes[1:], rig.writes, strict=False) if a.value > b.value]
    assert max(rises) <= frozen_from
    rig.run(6_000, renew=False)
    assert rig.belt_ckmh == 0
    assert rig.state.latched == Cause.LEASE_EXPIRED


def test_a_stop_during_the_countdown_is_not_done_before_the_countdown_can_be_over() -> None:
    rig = EnvelopeRig(obeys=False)
    rig.link()
    rig.lease()
    rig.order("start")
    rig.run(500)
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.run(3_000)
    assert rig.state.phase is Phase.STOPPING
    rig.belt_ckmh = 80  # the belt starts all the same
    known = len(rig.writes)
    rig.run(1_500)
    assert {a.verb for _, a in rig.writes[known:]} <= {Verb.HALT, Verb.PAUSE}
    assert len(rig.writes) > known


def test_overspeed_halts_at_once() -> None:
    rig = EnvelopeRig().started()
    rig.obeys = False
    rig.do(Measured(281))
    assert rig.writes[-1] == (rig.now, rig.writes[-1][1])
    assert rig.writes[-1][1].verb is Verb.HALT
    assert rig.state.latched == Cause.OVERSPEED


def test_speed_within_the_tolerance_is_no_overspeed() -> None:
    rig = EnvelopeRig().started()
    rig.do(Measured(280))
    assert rig.state.phase is Phase.MOVING


def test_silence_of_the_treadmill_stops_it() -> None:
    rig = EnvelopeRig().started()
    rig.run(3_500, measure=False)
    assert rig.state.latched == Cause.DATA_SILENT
    assert rig.verbs()[-1] is Verb.HALT


def test_a_lost_link_latches_and_nothing_resumes_when_it_returns() -> None:
    rig = EnvelopeRig().started()
    rig.do(Unlinked())
    assert rig.state.latched == Cause.LINK_LOST
    before = len(rig.writes)
    rig.run(3_000, measure=False)
    assert len(rig.writes) == before
    rig.link()
    rig.run(5_000)
    assert {a.verb for _, a in rig.writes[before:]} <= {Verb.SPEED, Verb.HALT}
    assert rig.belt_ckmh == 0
    assert rig.state.phase is Phase.OBSERVING
    assert rig.state.latched == Cause.LINK_LOST


@pytest.mark.parametrize("cause", [c for c in Cause if c is not Cause.MOVED_WHILE_LATCHED])
def test_a_belt_that_is_not_ours_is_left_alone_unless_stop_is_pressed(cause: Cause) -> None:
    rig = EnvelopeRig(belt_ckmh=500)
    rig.link()
    rig.do(Hazard(cause))
    pressed = cause in (Cause.STOP_PRESSED, Cause.UNIT_STOPPING, Cause.LEFT_FREE)
    assert bool(rig.writes) is pressed
    assert rig.notes


def test_stop_on_a_still_belt_that_nobody_holds_is_written_watched_and_cleared_by_a_person() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.do(Hazard(Cause.STOP_PRESSED))
    assert (rig.state.phase, rig.state.latched) == (Phase.STOPPING, "stop_pressed")
    assert rig.verbs() == [Verb.HALT]
    rig.run(9_500)
    assert rig.order("clear", by="Kim").outcome == "accepted"
    rig.lease()
    assert rig.order("start").outcome == "accepted"


def test_a_console_that_counts_down_while_stop_is_pressed_is_stopped_again() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.run(5_000)
    rig.obeys, rig.belt_ckmh = True, 300
    rig.run(2_000)
    assert rig.belt_ckmh == 0
    assert rig.state.phase is Phase.STOPPING


def test_duplicates_replays_and_stale_orders_are_refused() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 150)
    rig.do(rig_order := _order(rig, "o-same"))
    assert rig.answers[-1].outcome == "accepted"
    rig.do(rig_order)
    assert rig.answers[-1].cause == "duplicate"
    old_beat = rig.beat
    rig.run(4_000)
    assert rig.order("target", 200, beat=old_beat).cause == "stale"
    assert rig.order("target", 200, epoch=7).cause == "old_epoch"
    assert rig.order("target", 200, beat=99).cause == "stale"


def _order(rig: EnvelopeRig, id: str) -> Ordered:
    return Ordered(id=id, verb="target", epoch=1, beat=rig.beat, speed_ckmh=160)


def test_a_second_holder_is_fenced_off() -> None:
    rig = EnvelopeRig().started()
    rig.lease(holder="other", epoch=2)
    assert rig.notes[-1].cause == "lease_taken"
    rig.lease(holder="other", epoch=1)
    assert rig.notes[-1].cause == "old_epoch"
    assert rig.state.lease.claim is not None
    assert rig.state.lease.claim.holder == "hub"


def test_a_lease_of_another_boot_or_an_old_beat_is_refused() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease(boot="before")
    assert rig.notes[-1].cause == "wrong_boot"
    rig.lease()
    rig.beat -= 1
    rig.lease()
    assert rig.notes[-1].cause == "old_beat"


def test_a_belt_whose_minimum_is_above_the_limit_is_not_started() -> None:
    rig = EnvelopeRig()
    rig.do(Linked(Machine(speed_min_ckmh=160, speed_max_ckmh=1000, speed_step_ckmh=10)))
    rig.do(Measured(0))
    rig.lease(goal=Goal.MOBILITY)
    assert rig.order("start").cause == "machine_minimum_over_limit"


def test_releasing_the_lease_on_a_moving_belt_stops_it() -> None:
    rig = EnvelopeRig().started()
    rig.lease(ttl_ms=0)
    rig.run(5_000, renew=False)
    assert rig.belt_ckmh == 0
    assert MACHINE.speed_min_ckmh == 80


def test_a_stop_never_writes_a_rise_even_if_the_belt_runs_faster_than_it_was_told() -> None:
    rig = EnvelopeRig().started()
    rig.obeys = False
    rig.do(Measured(200))
    before = len(rig.writes)
    rig.order("stop")
    rig.run(1_000)
    assert all(a.verb is Verb.HALT or a.value <= 100 for _, a in rig.writes[before:])
