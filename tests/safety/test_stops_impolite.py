"""Stops whose link, data, lease or start go while they are under way; each on the belt itself."""

from dataclasses import replace

import pytest
from belt_states import DROPPED, HALT, LEASE, NOW, belt, free, leads, lease_claim, moving, ready
from envelope_rig import MACHINE, EnvelopeRig

from device_adapters.safety import envelope
from device_adapters.safety.admit import Verb
from device_adapters.safety.alarm import QUIET, Alarm, alarm
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import (
    Claimed,
    Hazard,
    Linked,
    Measured,
    Note,
    Reachable,
    Tick,
    Unlinked,
    Untaken,
)
from device_adapters.safety.hazards import Cause


def walking(belt_ckmh: int = 200) -> EnvelopeRig:
    """A belt that moves as it likes from now on."""
    rig = EnvelopeRig().started()
    rig.obeys, rig.belt_ckmh = False, belt_ckmh
    rig.do(Measured(belt_ckmh))
    return rig


# The link.


@pytest.mark.parametrize("stopped_before", [False, True])
def test_no_word_clears_a_belt_whose_link_went_before_a_stop_was_written(stopped_before: bool) -> None:
    rig = EnvelopeRig().started()
    if stopped_before:
        assert rig.order("stop").outcome == "accepted"
        rig.run(8_000)
        assert rig.order("start").outcome == "accepted"
        rig.run(8_000)
    rig.do(Unlinked())
    for waited_ms in (500, 60_000):
        rig.now += waited_ms
        answer = rig.order("clear", by="Kim", latch="link_lost")
        assert (answer.outcome, answer.cause) == ("refused", "link_lost")
    rig.writes.clear()
    rig.do(Linked(MACHINE))
    rig.run(500, measure=False)
    assert rig.verbs() == [Verb.HALT]
    rig.belt_ckmh = 0
    rig.run(3_000)
    assert rig.order("clear", by="Kim", latch="link_lost").outcome == "accepted"


def test_a_belt_that_did_not_say_on_this_link_what_it_can_do_is_not_leased() -> None:
    claim = Claimed(lease_claim(8, epoch=2))
    refused = Note(kind="lease_refused", cause="range_unknown", severity="warning", after={"epoch": 2})
    reached = free(introduced=False)
    leads(reached, claim, reached, refused)
    assert envelope.step(free(), claim, NOW)[0].phase is Phase.READY
    again = envelope.step(free(), Unlinked(), NOW)[0]
    again = envelope.step(again, Reachable(), NOW)[0]
    again = envelope.step(again, Measured(0, 0), NOW)[0]
    assert again.machine == free().machine, "it can be stopped as before"
    assert envelope.step(again, claim, NOW)[1] == (refused,)


# What the belt tells.


@pytest.mark.parametrize("each", [2, 3])
def test_empty_frames_do_not_hide_that_stop_is_not_obeyed(each: int) -> None:
    rig = walking()
    rig.do(Hazard(Cause.SAFETY_KEY))
    rig.writes.clear()
    for number in range(40):
        rig.now += 250
        rig.do(Measured(0 if number % each == 0 else 200))
        rig.do(Tick())
    assert Verb.PAUSE in rig.verbs()
    assert [note.cause for note in rig.notes if note.kind == "hazard"][-1] == Cause.STOP_NOT_OBEYED
    assert alarm(rig.state) == Alarm(light=True, sound=True)


@pytest.mark.parametrize("refuses", [False, True])
def test_data_that_end_in_a_stop_are_an_alarm_until_a_person_clears_it(refuses: bool) -> None:
    rig = walking()
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.run(3_000, measure=False)
    assert alarm(rig.state) == QUIET
    rig.run(5_000, measure=False)
    assert set(rig.verbs()[-5:]) == {Verb.HALT, Verb.PAUSE}, "nothing tells which of the two it takes"
    assert (rig.state.latched, alarm(rig.state)) == ("data_silent", Alarm(light=True, sound=True))
    if refuses:
        rig.do(Untaken(Verb.HALT, "operation_failed", answered=True))
        assert rig.verbs()[-1] is Verb.PAUSE
    rig.belt_ckmh = 0
    rig.run(4_000)
    assert (rig.verbs()[-1], alarm(rig.state)) == (Verb.HALT, Alarm(light=True, sound=False))
    assert rig.order("clear", by="Kim", latch="data_silent").outcome == "accepted"
    assert alarm(rig.state) == QUIET


@pytest.mark.parametrize("cause", [Cause.STOP_PRESSED, Cause.OVERSPEED, Cause.CONTROL_FAILED])
@pytest.mark.parametrize("silent_ms", [8_000, 9_000])
def test_a_stop_that_may_have_paused_its_belt_ends_with_stop(cause: Cause, silent_ms: int) -> None:
    rig = walking()
    rig.do(Hazard(cause))
    rig.run(silent_ms, measure=False)
    rig.writes.clear()
    rig.belt_ckmh = 0
    rig.run(4_000)
    assert rig.state.phase is Phase.OBSERVING
    assert rig.verbs()[-1] is Verb.HALT


def test_a_belt_that_told_rest_and_then_nothing_is_locked_by_what_stopped_it() -> None:
    rig = walking()
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.belt_ckmh = 0
    rig.run(600)
    rig.run(20_000, measure=False)
    assert (rig.state.latched, alarm(rig.state)) == ("stop_pressed", QUIET)


def test_a_belt_that_did_not_obey_stop_stays_locked_for_that() -> None:
    rig = walking()
    rig.do(Hazard(Cause.STOP_PRESSED))
    rig.run(8_000)
    rig.belt_ckmh = 0
    rig.run(3_000)
    assert (rig.state.phase, rig.state.latched) == (Phase.OBSERVING, "stop_not_obeyed")
    assert alarm(rig.state) == Alarm(light=True, sound=False)
    assert rig.order("clear", by="Kim", latch="stop_pressed").cause == "other_latch"
    assert rig.order("clear", by="Kim", latch="stop_not_obeyed").outcome == "accepted"


# The lease.


@pytest.mark.parametrize(("age_ms", "expires"), [(3_000, False), (3_001, True)])
def test_a_lease_that_runs_out_in_a_stop_locks_the_belt(age_ms: int, expires: bool) -> None:
    lease = replace(LEASE, renewed_ms=NOW - age_ms)
    given = belt(Phase.STOPPING, lease=lease, written_ms=NOW)
    after, effects = envelope.step(given, Tick(), NOW)
    assert (after.latched, after.lease.claim) == (("lease_expired", None) if expires else ("", lease.claim))
    assert [effect.cause for effect in effects if isinstance(effect, Note)] == ["lease_expired"] * expires
    assert envelope.step(after, Tick(), NOW)[1] == ()


def test_a_lease_that_was_handed_back_in_a_stop_locks_nothing() -> None:
    given = belt(Phase.STOPPING, lease=DROPPED, written_ms=NOW)
    leads(given, Tick(), replace(given, ticked_ms=NOW))


# The start.


def test_a_start_that_never_went_out_is_taken_back() -> None:
    started = moving(moving_seen=False, measured_ckmh=0, setpoint_ckmh=100, target_ckmh=100, halts=0)
    after, effects = envelope.step(started, Untaken(Verb.BEGIN, "too_late", answered=False), NOW)
    assert effects == (HALT,)
    assert (after.phase, after.stop_cause, after.latched, after.lease) == (
        Phase.STOPPING, "too_late", "", started.lease,
    )  # fmt: skip
    assert after.setpoint_ckmh == 0


@pytest.mark.parametrize("given", [ready(), free(), belt(Phase.STOPPING)])
def test_a_start_that_never_went_out_changes_nothing_of_a_belt_that_is_not_started(given: State) -> None:
    leads(given, Untaken(Verb.BEGIN, "too_late", answered=False), given)


@pytest.mark.parametrize(("verb", "why"), [(Verb.BEGIN, "no_answer"), (Verb.SPEED, "too_late")])
def test_a_start_that_may_have_gone_out_is_none_that_is_taken_back(verb: Verb, why: str) -> None:
    started = moving(moving_seen=False, measured_ckmh=0)
    leads(started, Untaken(verb, why, answered=False), started)


@pytest.mark.parametrize("verb", [Verb.SPEED, Verb.INCLINE])
def test_what_came_too_late_to_a_belt_that_moves_is_no_hazard(verb: Verb) -> None:
    leads(moving(), Untaken(verb, "too_late", answered=False), moving())
