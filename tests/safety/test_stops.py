"""Stops and the watch on whether they are obeyed; and orders and leases at the edges of their time."""

from dataclasses import replace

import pytest
from envelope_rig import MACHINE, EnvelopeRig, claim, limits

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import Answer, Claimed, Hazard, Linked, Measured, Note, Unlinked
from device_adapters.safety.hazards import Cause


def halting(belt_ckmh: int = 200) -> EnvelopeRig:
    """Just halted; the belt stays at its speed whatever is written."""
    rig = EnvelopeRig().started()
    rig.obeys, rig.belt_ckmh = False, belt_ckmh
    rig.do(Measured(belt_ckmh))
    rig.do(Hazard(Cause.SAFETY_KEY))
    rig.writes.clear()
    rig.notes.clear()
    return rig


def test_a_belt_that_ignores_stop_is_told_to_pause_and_to_go_slow_in_turn() -> None:
    rig = halting()
    rig.counts = True
    rig.run(6_200)
    assert [(a.verb, a.value) for _, a in rig.writes] == [
        (Verb.HALT, 0),
        (Verb.PAUSE, 0),
        (Verb.SPEED, 80),
        (Verb.HALT, 0),
        (Verb.HALT, 0),
        (Verb.PAUSE, 0),
    ]
    gaps = [b - a for (a, _), (b, _) in zip(rig.writes, rig.writes[1:], strict=False)]
    assert set(gaps) == {1_000}
    (note,) = [n for n in rig.notes if n.kind == "hazard"]
    assert (note.cause, note.severity) == (Cause.STOP_NOT_OBEYED, "alarm")
    assert note.before == {"measured_ckmh": 200}
    assert note.after == {"action": "stop_now"}
    assert note.text == "The treadmill does not obey Stop. Use the red button or the cord."


def test_a_belt_that_repeats_its_last_speed_is_told_no_other() -> None:
    rig = halting()
    rig.run(6_200)
    assert rig.speeds() == []
    assert Verb.PAUSE in rig.verbs()


def test_a_belt_that_is_paused_first_and_ignores_it_is_told_to_stop_in_turn() -> None:
    rig = EnvelopeRig().started()
    rig.do(Linked(replace(MACHINE, pause_before_stop=True)))
    rig.obeys, rig.belt_ckmh, rig.counts = False, 200, True
    rig.do(Measured(200))
    rig.writes.clear()
    rig.do(Hazard(Cause.SAFETY_KEY))
    rig.run(3_200)
    assert [a.verb for _, a in rig.writes] == [
        Verb.PAUSE, Verb.PAUSE, Verb.HALT, Verb.SPEED,
    ]  # fmt: skip
    rig.belt_ckmh = 0
    rig.run(1_500)
    assert rig.writes[-1][1] == Admitted(Verb.HALT, 0)
    assert rig.state.phase is Phase.OBSERVING


@pytest.mark.parametrize(("slower", "obeyed"), [(20, True), (19, False)])
def test_a_belt_that_slows_by_0_2_in_2_s_obeys(slower: int, obeyed: bool) -> None:
    rig = halting()
    rig.belt_ckmh -= slower
    rig.run(2_200)
    assert (rig.notes == []) is obeyed


def test_a_belt_that_first_obeys_and_then_does_not_is_told_of() -> None:
    rig = halting()
    rig.belt_ckmh = 150
    rig.run(2_200)
    rig.run(2_200)
    assert [n.cause for n in rig.notes] == [Cause.STOP_NOT_OBEYED]
    assert rig.notes[0].before == {"measured_ckmh": 150}


def test_the_lowest_speed_is_not_written_to_a_belt_that_is_at_it_or_unknown() -> None:
    rig = halting(80)
    rig.run(6_000)
    assert {a.verb for _, a in rig.writes} == {Verb.HALT, Verb.PAUSE}
    rig = halting()
    rig.run(8_000, measure=False)
    assert rig.writes[-1][1].verb in (Verb.HALT, Verb.PAUSE)
    assert [(a.verb, a.value) for at, a in rig.writes if at > rig.now - 4_000].count((Verb.SPEED, 80)) == 0


def test_an_ordered_stop_that_is_not_obeyed_locks() -> None:
    rig = EnvelopeRig().started()
    rig.obeys = False
    rig.order("stop")
    assert not rig.state.latched
    rig.run(5_000)
    assert (rig.state.latched, rig.state.lease.claim) == (Cause.STOP_NOT_OBEYED, None)


def test_a_stop_now_in_a_controlled_stop_halts_and_keeps_its_first_cause() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.do(Hazard(Cause.TIME_UP))
    rig.do(Hazard(Cause.SAFETY_KEY))
    assert rig.verbs()[-2:] == [Verb.SPEED, Verb.HALT]
    assert rig.state.latched == Cause.STOP_PRESSED


def test_a_stop_during_an_ordered_stop_takes_the_lease_and_locks() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.order("stop")
    rig.do(Hazard(Cause.STOP_PRESSED))
    assert (rig.state.latched, rig.state.lease.claim) == (Cause.STOP_PRESSED, None)
    assert rig.writes[-1][1].verb is Verb.SPEED


@pytest.mark.parametrize(("belt", "first"), [(500, Verb.SPEED), (None, Verb.HALT)])
def test_a_pressed_stop_brings_down_a_belt_that_nobody_leased(belt: int | None, first: Verb) -> None:
    rig = EnvelopeRig()
    rig.do(Linked(MACHINE))
    if belt is not None:
        rig.belt_ckmh = belt
        rig.do(Measured(belt))
    rig.do(Hazard(Cause.STOP_PRESSED))
    assert rig.writes[0][1].verb is first
    if belt is not None:
        assert rig.writes[0][1].value == 460  # 2.0 km/h per s for 0.2 s
        rig.run(4_500)
        assert rig.belt_ckmh == 0
        assert rig.state.latched == Cause.STOP_PRESSED


def test_a_belt_has_stopped_after_1_s_at_0_and_not_before() -> None:
    rig = EnvelopeRig().started()
    rig.do(Hazard(Cause.SAFETY_KEY))
    for at, phase in ((0, 3), (999, 3), (1_000, 0)):
        rig.now = 100_000 + at
        if at == 0:
            rig.do(Measured(1))
            rig.do(Measured(0))
        rig.do(Measured(0))
        assert rig.state.phase == phase
    assert rig.state.latched == Cause.SAFETY_KEY


# Leases and orders.


@pytest.mark.parametrize(("ttl", "cause"), [(-1, "bad_ttl"), (3_000, ""), (3_001, "bad_ttl")])
def test_a_lease_lives_3_s_at_most(ttl: int, cause: str) -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease(ttl_ms=ttl)
    assert [n.cause for n in rig.notes] == ([cause] if cause else [])
    if cause:
        assert rig.notes[0] == Note(kind="lease_refused", cause=cause, severity="warning", after={"epoch": 1})


def test_a_lease_that_ran_out_is_not_renewed() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.now += 3_000
    rig.do(Measured(0))
    rig.lease()
    assert rig.notes == []
    rig.now += 3_001
    rig.lease()
    assert rig.notes[-1].cause == "lease_expired"


def test_a_lease_is_of_one_session() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.lease(session="another")
    assert rig.notes[-1].cause == "other_session"


def test_a_lease_needs_a_linked_machine_even_if_its_last_speed_is_fresh() -> None:
    rig = EnvelopeRig()
    rig.lease()
    assert rig.notes[-1].cause == "not_free"


def test_a_released_lease_needs_a_higher_epoch_and_a_release_is_no_command() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.lease(ttl_ms=0)
    assert (rig.state.phase, rig.state.lease.epoch) == (Phase.OBSERVING, 1)
    rig.lease()
    assert rig.notes[-1].cause == "old_epoch"
    rig.lease(epoch=2)
    assert rig.state.phase is Phase.READY
    assert rig.writes == []


def test_a_release_under_way_to_rest_changes_nothing_but_the_lease() -> None:
    rig = EnvelopeRig().started()
    rig.order("stop")
    rig.lease(ttl_ms=0)
    assert rig.state.phase is Phase.STOPPING
    rig.run(4_000, renew=False)
    assert (rig.state.phase, rig.state.latched) == (Phase.OBSERVING, "")
    assert rig.notes[-1] == Note(kind="stopped", cause="ordered")


def test_a_ready_belt_whose_lease_ran_out_is_observed_again() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.run(3_000, renew=False)
    last = rig.state
    rig.run(100, renew=False)
    assert (last.phase, rig.state.phase) == (Phase.READY, Phase.OBSERVING)
    assert rig.state.limits.speed_max_ckmh == 0


@pytest.mark.parametrize(("late", "cause"), [(1_500, ""), (1_501, "no_lease")])
def test_a_start_needs_a_fresh_lease(late: int, cause: str) -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.now += late
    assert rig.order("start").cause == cause


@pytest.mark.parametrize(("late", "cause"), [(3_000, ""), (3_001, "stale")])
def test_an_order_names_a_beat_of_the_last_3_s(late: int, cause: str) -> None:
    rig = EnvelopeRig().started()
    beat = rig.beat + 1
    rig.lease()
    for _ in range(3):
        rig.now += 990
        rig.lease()
    rig.now += late - 2_970
    assert rig.order("target", 120, beat=beat).cause == cause


def test_an_order_of_an_ended_lease_is_refused() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.lease()
    rig.now += 3_001
    assert rig.order("start").cause == "no_lease"


def test_the_last_8_beats_are_known() -> None:
    rig = EnvelopeRig().started()
    for _ in range(8):
        rig.lease()
    assert rig.order("target", 110, beat=rig.beat - 7).cause == ""
    assert rig.order("target", 110, beat=rig.beat - 8).cause == "stale"


def test_the_last_64_ids_are_known() -> None:
    rig = EnvelopeRig()
    for i in range(65):
        rig.order("start", id=f"id{i}")
    assert rig.order("start", id="id1").cause == "duplicate"
    assert rig.order("start", id="id0").cause == "no_lease"


def test_orders_that_do_not_fit_are_answered_with_why() -> None:
    rig = EnvelopeRig()
    assert rig.order("clear", by=" ").cause == "no_person"
    rig.link()
    assert rig.order("clear", by="Kim") == Answer(id="o2", outcome="accepted", cause="not_latched")
    rig.lease()
    assert rig.order("target", 100).cause == "not_moving"
    assert rig.order("stop") == Answer(id="o4", outcome="accepted", cause="not_moving")
    rig.run(9_500)  # a belt that stood may have been counting down
    assert rig.state.phase is Phase.READY
    assert rig.order("start") == Answer(id="o5", outcome="accepted", speed_ckmh=100)
    assert rig.order("start").cause == "not_still"
    rig.run(2_000)
    assert rig.order("stop", epoch=0, beat=0).outcome == "accepted"  # a stop is never stale


def test_a_lost_link_under_way_is_an_alarm_and_takes_the_lease() -> None:
    rig = EnvelopeRig().started()
    rig.do(Unlinked())
    text = "Link lost: assume the belt still moves. Use the red button or the cord."
    assert rig.notes == [Note(kind="hazard", cause=Cause.LINK_LOST, text=text, severity="alarm")]
    assert rig.state.lease.claim is None
    assert rig.state.measured_ckmh is None
    rig.do(Linked(MACHINE))
    assert rig.state.measured_ckmh is None
    first = EnvelopeRig().started()
    first.do(Hazard(Cause.STOP_PRESSED))
    first.do(Unlinked())
    assert first.state.latched == Cause.STOP_PRESSED


def test_a_clear_makes_the_belt_free_and_is_recorded() -> None:
    rig = EnvelopeRig().started()
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.run(4_000)
    answer = rig.order("clear", by="Kim")
    assert answer == Answer(id=answer.id, outcome="accepted")
    assert rig.notes[-1] == Note(
        kind="cleared", cause="stop_pressed", before={"latched": "stop_pressed"}, after={"by": "Kim"}
    )
    assert rig.state.phase is Phase.OBSERVING


def test_limits_under_way_are_recorded_once() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.lease(limits=limits(speed_max_ckmh=185))
    assert rig.notes == [
        Note(
            kind="limits_changed",
            cause="lease",
            before={"speed_ckmh": 250, "grade_dpct": 0},
            after={"speed_ckmh": 185, "grade_dpct": 0},
        )
    ]
    assert rig.state.target_ckmh == 180
    rig.lease(limits=limits(speed_max_ckmh=185))
    assert len(rig.notes) == 1


def test_an_event_changes_nothing_of_the_state_it_was_given() -> None:
    before = State(boot="b")
    envelope.step(before, Linked(MACHINE), 5)
    assert before == State(boot="b")
    after, effects = envelope.step(before, Claimed(claim()), 5)
    assert after == before
    assert len(effects) == 1
