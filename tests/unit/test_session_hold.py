"""Hold-to-run in a session: its start names it, a hand is asked for before each start, and letting go ends it."""

import msgspec
import pytest
from session_rig import EngineGym, programme, step

from device_adapters.contract import registry
from device_adapters.contract.phrase import english
from device_adapters.safety.events import Held
from services.programme.model import ForTime
from services.session import wire
from services.session.engine import start_rules
from services.session.engine.events import Answered, Seen, SendLease

PLAN = programme(step(200, ForTime(60)))


def hand(gym: EngineGym, held: bool | None) -> None:
    gym.unit.feed(Held(held), gym.now)
    gym.run(200)


def asked(**changes: object) -> EngineGym:
    """A session of hold-to-run on a treadmill whose button nobody holds yet."""
    gym = EngineGym()
    hand(gym, False)
    assert gym.start(PLAN, hold=True, **changes).ok
    gym.run(600)
    return gym


def test_its_start_names_it_and_so_does_each_lease() -> None:
    gym = asked()
    assert gym.view.hold
    leases = [effect for _, effect in gym.sent if isinstance(effect, SendLease)]
    assert {lease.hold for lease in leases} == {True}
    requested = next(n for n in gym.notes("session_phase") if n.cause == "requested")
    assert requested.after["hold"] == "to run"


@pytest.mark.parametrize("says", ["no button", "an earlier release"])
def test_a_treadmill_that_tells_of_no_button_is_not_started_so(says: str) -> None:
    """What an older unit says has no such field: nothing is asked of it that it would take for something else."""
    gym = EngineGym()
    if says == "an earlier release":
        said = msgspec.json.decode(registry.TREADMILL_STATE.encode(gym.unit.said(gym.now)))
        payload = msgspec.json.encode({name: value for name, value in said.items() if name != "hold"})
        gym.feed(Seen(wire.treadmill_from(registry.TREADMILL_STATE.decode(payload), online=True)))
    answer = gym.start(PLAN, hold=True)
    assert (answer.ok, answer.cause) == (False, "nothing_to_hold")
    assert not gym.leases()
    assert gym.start(PLAN).ok, "without it as ever"


def test_without_a_countdown_it_waits_for_the_hand_and_a_person() -> None:
    gym = asked()
    assert (gym.session.phase, gym.view.waits_for) == ("paused", "hold")
    refused = gym.ask("resume")
    assert (refused.cause, english(refused.said)) == (
        "not_held",
        "Hold to run: the member holds the button of the treadmill; then resume.",
    )
    hand(gym, True)
    assert gym.view.waits_for == "resume"
    assert "resume" in gym.view.can
    gym.run(30_000)
    assert gym.commands("start") == [], "a grip alone starts nothing"
    assert gym.ask("resume").ok
    gym.run_until("running")


def test_who_holds_at_the_end_of_the_countdown_starts() -> None:
    gym = asked(countdown_ms=5_000)
    assert gym.view.waits_for == "countdown"
    hand(gym, True)
    gym.run_until("running")


def test_who_does_not_calls_the_countdown_off() -> None:
    gym = asked(countdown_ms=5_000)
    gym.run(10_000)
    assert (gym.session.phase, gym.view.waits_for, gym.commands("start")) == ("paused", "hold", [])
    assert gym.session.why is not None
    assert gym.session.why.key == "hold_first"


def test_letting_go_ends_the_session_at_rest() -> None:
    gym = asked(countdown_ms=5_000)
    hand(gym, True)
    gym.run_until("running")
    gym.run(10_000)
    hand(gym, False)
    gym.run_until("ended")
    assert (gym.session.outcome, gym.unit.state.latched) == ("stopped", "hold_released")
    gym.run(10_000)
    assert gym.unit.belt.speed_ckmh == 0


def test_after_a_pause_the_button_is_held_anew() -> None:
    gym = asked(countdown_ms=5_000)
    hand(gym, True)
    gym.run_until("running")
    gym.run(10_000)
    gym.ask("pause")
    gym.run_until("paused")
    gym.run(3_000)
    refused = gym.ask("resume")
    assert refused.cause == "not_held"
    assert refused.said is not None
    assert refused.said.key == "hold_anew"
    hand(gym, False)
    hand(gym, True)
    assert gym.ask("resume").ok
    gym.run_until("running")
    assert len(gym.commands("start")) == 2


def test_the_unit_asks_once_more_so_that_a_hand_that_has_just_let_go_moves_nothing() -> None:
    gym = asked()
    hand(gym, True)
    gym.unit.feed(Held(False), gym.now)
    assert gym.ask("resume").ok, "what the session knows is a moment old"
    assert gym.unit.results[-1].cause == "not_held"
    gym.run_until("ended")
    assert (gym.session.outcome, gym.unit.belt.speed_ckmh) == ("refused", 0)


@pytest.mark.parametrize("cause", ["not_held", "nothing_to_hold"])
def test_a_start_that_the_unit_refuses_for_want_of_a_hand_says_what_to_do(cause: str) -> None:
    said = start_rules.said(Answered(id="1", outcome="refused", cause=cause))
    assert english(said).startswith("Hold to run")
