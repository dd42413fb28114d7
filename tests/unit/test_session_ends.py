"""Every way a session is refused, stopped or lost: the belt is told to stop, and nothing resumes."""

from dataclasses import replace
from typing import Any

import pytest
from session_rig import EngineGym

from device_adapters.contract.messages import SessionPhase
from device_adapters.contract.neighbours import CONTRACT
from device_adapters.contract.phrase import english
from device_adapters.safety import events as unit_events
from device_adapters.safety.hazards import Cause
from device_adapters.safety.lease import Claim
from device_adapters.safety.limits import Goal, Level
from services.programme.library import find
from services.session.engine.events import (
    Ask,
    BeltMeasured,
    Event,
    HeartRate,
    RequestAnswer,
    SendStop,
    ServiceStopping,
    SessionTick,
    Start,
    StartKept,
    StopSeen,
)
from services.session.engine.state import Wanted

PHASES: tuple[SessionPhase, ...] = ("starting", "running", "pausing", "paused", "stopping", "ended")


def gym_in(phase: SessionPhase) -> EngineGym:
    """A gym whose session is in `phase`."""
    gym = EngineGym()
    if phase == "starting":
        gym.start()
        gym.run(400)
        assert gym.session.start_sent
    else:
        gym.moving()
    if phase in ("pausing", "paused"):
        gym.ask("pause")
    if phase in ("stopping", "ended"):
        gym.ask("stop")
    gym.run_until(phase)
    return gym


FITS = {
    ("pause", "running"),
    ("resume", "paused"),
    ("stop", "starting"),
    ("stop", "running"),
    ("stop", "pausing"),
    ("stop", "paused"),
    ("stop", "stopping"),
    ("clear", "ended"),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("verb", ["pause", "resume", "stop", "clear"])
def test_a_request_that_does_not_fit_changes_nothing_and_is_recorded(verb: Any, phase: SessionPhase) -> None:
    gym = gym_in(phase)
    before = gym.state
    effects = gym.feed(Ask(gym.asker(), verb))
    if (verb, phase) in FITS:
        assert gym.notes("request_refused") == []
        return
    assert gym.state == before
    assert len(effects) == 2
    (note,) = gym.notes("request_refused")
    assert english(note.said)
    assert note.after["phase"] == phase


@pytest.mark.parametrize("phase", PHASES[:-1])
def test_no_second_start_in_any_phase(phase: SessionPhase) -> None:
    gym = gym_in(phase)
    before = gym.state
    assert gym.start().cause == "busy"
    assert gym.state == before


def nothing_known(gym: EngineGym) -> None:
    gym.state = replace(gym.state, seen=None)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"online": False}, "unit_offline"),
        ({"speaks": CONTRACT + 2}, "release_apart"),
        ({"speaks": CONTRACT - 2}, "release_apart"),
        ({"connected": False}, "link_lost"),
        ({"latched": "stop_pressed"}, "latched"),
        ({"lease_holder": "session-b"}, "lease_taken"),
        ({"still": False}, "not_still"),
        ({"speed_min_ckmh": 260}, "machine_minimum_over_limit"),
    ],
)
def test_a_start_needs_a_linked_still_free_unlatched_belt(changes: dict[str, Any], cause: str) -> None:
    gym = EngineGym()
    gym.hear_state(**changes)
    before = gym.state
    answer = gym.start()
    assert (answer.ok, answer.cause) == (False, cause)
    assert english(answer.said).endswith(".")
    assert gym.state == before
    assert (gym.commands(), gym.leases()) == ([], [])


def test_a_start_needs_a_known_treadmill_and_a_free_strap() -> None:
    gym = EngineGym()
    wanted = Wanted(session="s", programme=find(Goal.MOBILITY, Level.NOVICE), strap="hr-01")
    gym.feed(Start(gym.asker(), wanted, strap_busy=True))
    assert gym.notes("request_refused")[0].cause == "strap_busy"
    nothing_known(gym)
    assert gym.start().cause == "unknown_treadmill"
    assert gym.ask("clear").cause == "unknown_treadmill"


def test_a_lease_that_another_was_granted_first_refuses_the_session() -> None:
    gym = EngineGym()
    other = Claim(
        epoch=1, beat=1, holder="session-b", boot="boot-1", session="s", goal=Goal.MOBILITY,
        level=Level.NOVICE, ttl_ms=3_000,
    )  # fmt: skip
    gym.unit.feed(unit_events.Claimed(other), gym.now)
    assert gym.start().ok, "the news of the other's lease is still on its way"
    gym.run_until("ended")
    assert (gym.session.outcome, gym.notes("session_phase")[-1].cause) == ("refused", "refused")
    assert "did not answer" in english(gym.session.why)
    assert gym.commands() == []


def test_a_unit_that_answers_nothing_refuses_the_session() -> None:
    gym = EngineGym()
    gym.start()
    gym.state = replace(gym.state, session=replace(gym.session, leased=False, start_sent=False))
    gym.unit.mute = True
    gym.sent.clear()
    gym.run_until("ended")
    assert gym.session.outcome == "refused"
    assert gym.commands() == []


LOSSES: list[tuple[dict[str, Any], str, str]] = [
    ({"online": False}, "interrupted", "unit_offline"),
    ({"boot": "boot-2"}, "interrupted", "unit_restarted"),
    ({"connected": False}, "interrupted", "link_lost"),
    ({"latched": "overspeed"}, "interrupted", "overspeed"),
    ({"latched": "safety_key"}, "stopped", "safety_key"),
    ({"latched": "stop_pressed", "latched_why": "Stop was pressed."}, "stopped", "stop_pressed"),
    ({"lease_holder": "session-b"}, "interrupted", "lease_lost"),
    ({"lease_epoch": 9}, "interrupted", "lease_lost"),
]


@pytest.mark.parametrize("phase", ["starting", "running", "pausing", "paused"])
@pytest.mark.parametrize(("changes", "outcome", "cause"), LOSSES)
def test_a_loss_stops_the_belt_and_lets_the_lease_run_out(
    phase: SessionPhase, changes: dict[str, Any], outcome: str, cause: str
) -> None:
    gym = gym_in(phase)
    gym.sent.clear()
    gym.hear_state(**changes)
    assert (gym.session.phase, gym.session.outcome) == ("stopping", outcome)
    assert gym.session.why
    assert gym.notes("session_phase")[0].cause == cause
    assert [c.verb for c in gym.commands()] == ["stop"]
    gym.run_until("ended", within_ms=40_000)
    assert gym.leases() == []
    assert {c.verb for c in gym.commands()} == {"stop"}
    gym.hear_state()
    gym.run(20_000)
    assert gym.session.phase == "ended"
    assert gym.unit.belt.speed_ckmh == 0
    assert {c.verb for c in gym.commands()} == {"stop"}


def test_silence_for_three_seconds_interrupts() -> None:
    gym = gym_in("running")
    gym.unit.mute = True
    gym.run(3_000)
    assert gym.view.phase == "running"
    gym.run(200)
    assert (gym.view.phase, gym.view.outcome) == ("stopping", "interrupted")
    gym.run_until("ended", within_ms=31_000)
    assert "not seen to stop" in english(gym.session.why)
    assert any(isinstance(e, SendStop) for _, e in gym.sent)
    assert all(lease.ttl_ms for lease in gym.leases())


@pytest.mark.parametrize("phase", ["starting", "running", "pausing", "paused"])
def test_a_stop_on_the_bus_stops_the_session(phase: SessionPhase) -> None:
    gym = gym_in(phase)
    gym.sent.clear()
    gym.feed(StopSeen("Ben"))
    assert (gym.session.phase, gym.session.outcome) == ("stopping", "stopped")
    assert english(gym.session.why) == "Stop was pressed by Ben."
    assert [c.verb for c in gym.commands()] == ["stop"]
    gym.run_until("ended")
    assert gym.leases() == []


def test_a_stop_before_the_belt_was_started_ends_at_once() -> None:
    gym = EngineGym(keeps=True)
    gym.unit.mute = True
    gym.start()
    assert not gym.session.start_sent
    gym.feed(StopSeen(""))
    assert (gym.session.phase, gym.session.outcome) == ("ended", "stopped")
    assert gym.commands() == []


@pytest.mark.parametrize("phase", ["starting", "running", "pausing", "paused"])
def test_a_service_that_ends_brings_its_belt_to_rest_first(phase: SessionPhase) -> None:
    gym = gym_in(phase)
    gym.feed(ServiceStopping())
    gym.run_until("ended", within_ms=9_000)
    assert (gym.session.outcome, english(gym.session.why)) == (
        "stopped",
        "The session service was shut down.",
    )
    assert gym.unit.belt.speed_ckmh == 0
    assert gym.leases()[-1].ttl_ms == 0


def test_a_belt_that_moves_during_a_pause_ends_the_session() -> None:
    gym = gym_in("paused")
    gym.feed(BeltMeasured(50))
    assert (gym.session.phase, gym.session.outcome) == ("stopping", "interrupted")
    assert gym.commands()[-1].verb == "stop"


def test_a_paused_session_does_not_resume_without_a_fresh_zero() -> None:
    gym = gym_in("paused")
    gym.now += 2_900
    assert gym.state.measured_ckmh == 0
    gym.state = replace(gym.state, zero_since_ms=None)
    assert gym.ask("resume").cause == "not_still"


def test_an_unanswered_target_is_sent_once_more_then_the_session_stops() -> None:
    gym = EngineGym()
    gym.start()
    gym.run_until("running")
    gym.unit.deaf = True
    gym.run(5_400)
    (first,) = gym.commands("target")
    gym.run(2_000)
    _, second = gym.commands("target")
    assert (second.speed_ckmh, second.grade_dpct) == (first.speed_ckmh, first.grade_dpct)
    assert second.id != first.id
    gym.run(2_000)
    assert len(gym.commands("target")) == 2
    assert (gym.session.phase, gym.session.outcome) == ("stopping", "stopped")
    assert english(gym.session.why) == "The treadmill's unit did not answer to target."


def test_an_unanswered_stop_takes_the_way_without_a_lease() -> None:
    gym = gym_in("running")
    gym.unit.deaf = True
    gym.ask("stop")
    gym.run(4_200)
    assert len(gym.commands("stop")) == 2
    assert any(isinstance(e, SendStop) for _, e in gym.sent)
    assert gym.notes("stop_escalated")[0].severity == "alarm"
    gym.run_until("ended")
    assert gym.unit.belt.speed_ckmh == 0


def test_an_unanswered_start_refuses_the_session() -> None:
    gym = EngineGym()
    gym.unit.deaf = True
    gym.start()
    gym.run(5_000)
    assert len(gym.commands("start")) == 2
    assert (gym.session.phase, gym.session.outcome) == ("stopping", "refused")


@pytest.mark.parametrize("cause", ["no_lease", "not_still", "no_control", "malformed"])
def test_a_refused_command_stops_the_session_with_the_cause(cause: str) -> None:
    gym = gym_in("running")
    gym.unit.deaf = True
    gym.run_until_pending()
    gym.refuse_next(cause)
    assert (gym.session.phase, gym.session.outcome) == ("stopping", "stopped")
    assert english(gym.session.why) == f"The treadmill's unit refused to target: {cause}."
    assert len(gym.commands("stop")) == 1


def test_a_command_that_overtook_its_beat_is_sent_again_once() -> None:
    gym = gym_in("running")
    gym.unit.deaf = True
    gym.run_until_pending()
    targets = len(gym.commands("target"))
    gym.refuse_next("stale")
    assert len(gym.commands("target")) == targets + 1
    gym.refuse_next("stale")
    assert gym.session.phase == "stopping"


def test_a_refused_stop_is_escalated_while_the_lease_is_ours() -> None:
    gym = gym_in("running")
    gym.unit.deaf = True
    gym.ask("stop")
    gym.refuse_next("no_lease")
    assert gym.notes("stop_escalated")[0].cause == "no_lease"
    gym = gym_in("running")
    gym.unit.deaf = True
    gym.feed(StopSeen(""))
    gym.refuse_next("no_lease")
    assert gym.notes("stop_escalated") == []


def test_a_belt_that_does_not_stop_is_said_loudly() -> None:
    gym = gym_in("running")
    gym.unit.deaf = True
    gym.ask("pause")
    gym.measure_by_hand(120, 30_000)
    assert (gym.session.phase, gym.session.outcome) == ("stopping", "interrupted")
    assert (
        english(gym.session.why)
        == "The belt did not come to rest for the pause. Use the red button or the cord."
    )
    gym.measure_by_hand(120, 30_000)
    assert gym.session.phase == "ended"
    assert "not seen to stop" in english(gym.session.why)
    assert {n.severity for n in gym.notes("stop_escalated")} == {"alarm"}
    assert all(lease.ttl_ms for lease in gym.leases())


def test_a_unit_that_finds_its_belt_disobedient_ends_the_session() -> None:
    gym = gym_in("running")
    gym.unit.belt.quirks.ignore_stop = True
    gym.ask("stop")
    gym.run_until("ended", within_ms=40_000)
    assert gym.session.outcome == "interrupted"
    assert "not seen to stop" in english(gym.session.why)


def test_a_journal_that_fails_refuses_before_the_belt_moves() -> None:
    gym = EngineGym(keeps=False)
    gym.start()
    gym.run(1_000)
    assert (gym.session.phase, gym.session.outcome) == ("ended", "refused")
    assert gym.commands() == []


@pytest.mark.parametrize("phase", ["running", "ended"])
@pytest.mark.parametrize(
    "event", [StartKept("other", ok=False), HeartRate(None), SessionTick(), StopSeen("x")]
)
def test_news_that_is_not_for_this_session_starts_nothing(phase: SessionPhase, event: Event) -> None:
    gym = gym_in(phase)
    gym.sent.clear()
    gym.feed(event)
    assert gym.commands("start") == gym.commands("target") == []


def test_a_result_of_somebody_else_s_command_changes_nothing() -> None:
    gym = gym_in("running")
    before = gym.state
    gym.feed_result("other-1", "refused", cause="no_lease")
    assert gym.state == before


def test_a_latch_is_cleared_by_a_named_person_on_a_still_belt() -> None:
    gym = gym_in("running")
    gym.unit.feed(unit_events.Hazard(Cause.STOP_PRESSED, "Ben"), gym.now)
    gym.run_until("ended")
    assert gym.start().cause == "latched"
    effects = gym.feed(Ask(gym.asker("Cara"), "clear"))
    gym.run(200)
    assert gym.commands("clear")[-1].by == "Cara"
    assert len(effects) == 1
    assert not gym.unit.state.latched
    assert gym.state.clearing is None
    assert gym.start().ok


def test_a_clear_on_a_moving_belt_is_refused_by_the_unit() -> None:
    gym = EngineGym()
    gym.unit.belt.start()
    gym.run(5_000)
    gym.feed(Ask(gym.asker(), "clear"))
    gym.sent.clear()
    gym.run(200)
    (answer,) = gym.answers()
    assert (answer.ok, answer.cause) == (False, "not_still")
    assert english(answer.said)


def test_an_unanswered_clear_is_told() -> None:
    gym = EngineGym()
    gym.unit.deaf = True
    gym.feed(Ask(gym.asker(), "clear"))
    assert gym.ask("clear").cause == "busy"
    gym.sent.clear()
    gym.run(2_000)
    (answer,) = gym.answers()
    assert (answer.ok, answer.cause) == (False, "no_answer")


def test_a_deck_that_was_left_uphill_is_refused_and_staff_are_told_to_lower_it() -> None:
    gym = EngineGym()
    gym.unit.belt.set_incline(30)
    gym.run(10_000)
    assert gym.start().ok
    gym.run_until("ended")
    assert gym.session.outcome == "refused"
    assert english(gym.session.why) == (
        "The treadmill's unit refused to start: the deck is steeper than the limit; lower it at the treadmill, "
        "then start again."
    )


def test_a_clear_names_the_latch_that_was_seen() -> None:
    gym = EngineGym()
    gym.hear_state(latched="stop_pressed", latched_why="Stop was pressed.")
    gym.feed(Ask(gym.asker("Cara"), "clear", latch="stop_pressed"))
    assert gym.commands("clear")[-1].latch == "stop_pressed"


def test_a_clear_without_a_latch_is_for_the_one_that_is_known_now() -> None:
    gym = EngineGym()
    gym.hear_state(latched="off_ramp", latched_why="Off.")
    gym.feed(Ask(gym.asker("Cara"), "clear"))
    assert gym.commands("clear")[-1].latch == "off_ramp"


def test_a_clear_for_an_earlier_stop_is_refused() -> None:
    gym = EngineGym()
    gym.hear_state(latched="stop_not_obeyed", latched_why="It does not obey.")
    (answer, *_) = gym.feed(Ask(gym.asker("Cara"), "clear", latch="stop_pressed"))
    assert isinstance(answer, RequestAnswer)
    assert (answer.ok, answer.cause) == (False, "another_latch")
    assert "It does not obey." in english(answer.said)
    assert gym.commands("clear") == []


def test_a_stop_that_the_session_itself_escalated_is_not_told_as_pressed() -> None:
    """A unit that answers nothing, and is heard again with the lock of our own process stop."""
    gym = EngineGym()
    gym.moving()
    gym.unit.deaf = True
    gym.ask("pause")
    gym.run(4_600)
    assert gym.notes("stop_escalated")
    gym.hear_state(latched="stop_pressed", latched_why="Stop was pressed. Check the member, then clear.")
    assert gym.session.outcome == "interrupted"
    assert (
        english(gym.session.why)
        == "The stop command came to nothing; a process stop was sent. Look at the belt."
    )
