"""A countdown before every start of the belt; leases of sessions that never moved; who hears what is refused."""

import pytest
from session_rig import EngineGym, programme, step

from device_adapters.contract.phrase import english
from services.programme.model import ForTime
from services.session.engine.events import ServiceStopping

PLAN = programme(step(200, ForTime(60)))


def counting(**changes: object) -> EngineGym:
    gym = EngineGym()
    assert gym.start(PLAN, countdown_ms=10_000, **changes).ok
    gym.run(600)
    assert gym.view.waits_for == "countdown"
    return gym


def test_the_belt_stands_still_until_the_countdown_is_over() -> None:
    gym = counting()
    assert gym.view.starts_in_s == pytest.approx(9.6, abs=0.4)
    gym.run(9_000)
    assert (gym.commands("start"), gym.unit.belt.speed_ckmh) == ([], 0)
    gym.run_until("running", within_ms=10_000)
    assert len(gym.commands("start")) == 1
    assert gym.view.starts_in_s is None


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_a_countdown_is_called_off(verb: str) -> None:
    gym = counting()
    assert gym.ask(verb).ok
    gym.run(60_000)
    assert gym.commands("start") == []
    if verb == "stop":
        assert (gym.session.phase, gym.session.outcome) == ("ended", "stopped")
        return
    assert (gym.session.phase, gym.view.waits_for) == ("paused", "resume")
    assert gym.ask("resume").ok
    gym.run(9_000)
    assert gym.commands("start") == []
    gym.run_until("running")


def test_a_resume_counts_down_too() -> None:
    gym = counting()
    gym.run_until("running")
    gym.run(8_000)
    gym.ask("pause")
    gym.run_until("paused")
    gym.ask("resume")
    gym.run(9_000)
    assert (len(gym.commands("start")), gym.unit.belt.speed_ckmh) == (1, 0)
    gym.ask("stop")
    gym.run_until("ended")
    assert len(gym.commands("start")) == 1
    assert gym.leases()[-1].ttl_ms == 0


@pytest.mark.parametrize("again", [False, True])
def test_a_belt_that_somebody_moves_during_a_countdown_ends_it(again: bool) -> None:
    gym = counting()
    if again:
        gym.run_until("running")
        gym.run(8_000)
        gym.ask("pause")
        gym.run_until("paused")
        gym.ask("resume")
        gym.run(1_000)
    starts = len(gym.commands("start"))
    gym.unit.belt.start()
    gym.unit.belt.set_speed(300)
    gym.run(5_000)
    assert not gym.session.live or gym.session.phase == "stopping"
    assert gym.session.outcome == ("interrupted" if again else "refused")
    gym.run(30_000)
    assert len(gym.commands("start")) == starts


def test_a_countdown_on_a_belt_that_is_not_known_to_be_still_gives_up() -> None:
    gym = counting()
    gym.unit.mute = True
    gym.run(20_000)
    assert (gym.session.phase, gym.commands("start")) == ("ended", [])


@pytest.mark.parametrize("way", ["stop", "journal", "service"])
def test_a_session_that_never_moved_releases_its_lease(way: str) -> None:
    """The next person need not wait until it has run out."""
    gym = EngineGym(keeps=False if way == "journal" else None)
    gym.start(PLAN)
    if way == "stop":
        gym.run(300)
        gym.ask("stop")
    if way == "service":
        gym.run(300)
        gym.feed(ServiceStopping())
    assert gym.session.phase == "ended"
    assert gym.leases()[-1].ttl_ms == 0
    gym.run(300)
    gym.keeps = True
    answer = gym.start(PLAN)
    assert answer.ok, english(answer.said)
    gym.run_until("running")
