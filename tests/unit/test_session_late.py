"""What a person asked for long ago moves no belt; what slows or stops one is true however late."""

import asyncio

import pytest
from session_floor import unexpected
from virtual_time import virtual
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.phrase import Refusal
from device_adapters.contract.punctual import READING_MS, Punctual
from device_adapters.safety.limits import Goal, Level
from services.session.beats import Beats
from services.session.engine.events import Ask, Start
from services.session.request_parsing import StrapChoice, event_for, too_late


def request(verb: m.SessionVerb, **more: object) -> m.SessionRequest:
    values: dict[str, object] = {"id": "r1", "client": "desk", "verb": verb, "treadmill": "tm-01", **more}
    return m.SessionRequest(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", ["start", "resume", "skip", "repeat", "done", "adjust", "clear"])
def test_what_could_move_a_belt_expires(verb: m.SessionVerb) -> None:
    asked = request(verb)
    assert registry.SESSION_REQUEST.expires_s(asked) == 5
    assert too_late(asked, 5_000) is None
    declined = too_late(asked, 11_000)
    assert declined is not None
    assert declined.cause == "too_late"
    assert "11 s" in declined.text


@pytest.mark.parametrize(
    "verb", ["stop", "pause", "slower", "rpe", "present", "note", "near_miss", "feedback"]
)
def test_what_slows_stops_or_records_does_not(verb: m.SessionVerb) -> None:
    asked = request(verb)
    assert registry.SESSION_REQUEST.expires_s(asked) is None
    assert too_late(asked, 600_000) is None


@virtual
async def test_a_reader_that_was_away_hears_no_request_that_could_move_a_belt_later() -> None:
    """What slows or stops is as true as ever."""
    broker, heard = MemoryBroker(), []
    reader, desk = (
        MemoryBus(broker, client_id="session", session_expiry_s=60),
        MemoryBus(broker, client_id="desk"),
    )
    sites = [SiteBus(bus, "gym", unexpected) for bus in (reader, desk)]
    sites[0].subscribe(registry.SESSION_REQUEST, lambda _, asked: heard.append(asked.verb))
    running = [asyncio.create_task(bus.run()) for bus in (reader, desk)]
    await until(lambda: reader.connected and desk.connected)
    for away_s in (4.9, 5.1):
        reader.cut()
        for verb in ("start", "stop"):
            await sites[1].publish(registry.SESSION_REQUEST, request(verb))
        await asyncio.sleep(away_s)
        reader.mend()
        await until(lambda: heard[-1:] == ["stop"])
        assert heard == (["start", "stop"] if away_s < 5 else ["stop"])
        heard.clear()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def test_what_is_read_after_a_standstill_may_be_as_old_as_it_was_long() -> None:
    punctual = Punctual()
    for now_ms in range(0, 2_000, 200):
        punctual.awake(now_ms)
    assert punctual.came_ms(2_100) == 2_100
    assert punctual.came_ms(13_000) == 2_100
    assert punctual.came_ms(13_400) <= 2_500, "what waited is read in several goes"
    assert punctual.came_ms(13_000 + READING_MS + 1) == 13_000 + READING_MS + 1


def test_a_beat_tells_when_it_was_said_and_what_is_older_is_as_old_as_the_oldest() -> None:
    beats = Beats("session-1")
    said = [beats.next(1_000 * n) for n in range(1, 101)]
    assert len(set(said)) == 100
    assert [beats.since_ms(beat) for beat in said[-2:]] == [99_000, 100_000]
    assert beats.since_ms(said[0]) == beats.since_ms(said[40]) == 41_000
    for foreign in (
        "",
        "session-2:100",
        "session-1:101",
        "session-1:0",
        "session-1:-1",
        "session-1:\u0663",
        "100",
    ):
        assert beats.since_ms(foreign) is None


def test_a_beat_before_the_first_is_nobodys() -> None:
    assert Beats("session-1").since_ms("session-1:1") is None


def test_what_was_asked_of_another_service_is_refused_if_it_could_move_a_belt() -> None:
    declined = too_late(request("start"), None)
    assert declined is not None
    assert (declined.cause, "began anew" in declined.text) == ("too_late", True)
    assert too_late(request("slower"), None) is None


def test_a_process_that_has_just_begun_has_stood_still_for_no_time() -> None:
    assert Punctual().came_ms(90_000) == 90_000


@pytest.mark.parametrize(
    ("more", "strap", "waiver"),
    [
        ({"waiver": "It itches"}, "", "It itches"),
        ({}, "hr-01", ""),
        ({"waiver": "  "}, "hr-01", ""),
        ({"strap": "hr-02", "waiver": "It itches"}, "hr-02", ""),
    ],
)
def test_the_reason_why_no_strap_is_worn_is_not_thrown_away(
    more: dict[str, str], strap: str, waiver: str
) -> None:
    """A session judged by the strap that usually lies at that treadmill is paused after a minute."""
    asked = request("start", goal=Goal.MOBILITY, level=Level.NOVICE, by="Anna", **more)
    event = event_for(asked, "s-1", StrapChoice(more.get("strap", "") or "hr-01", busy=False))
    assert isinstance(event, Start)
    assert (event.wanted.strap, event.wanted.waiver) == (strap, waiver)


def test_a_clear_and_a_raise_have_a_person_and_nobody_is_made_up() -> None:
    assert request("clear").by == ""
    declined = event_for(request("clear"), "s-1", StrapChoice("", busy=False))
    assert isinstance(declined, Refusal)
    assert declined.cause == "no_person"
    raised = event_for(
        request("adjust", speed_max_kmh=5.0, why="fit", minutes=5), "s-1", StrapChoice("", busy=False)
    )
    assert raised.asker.by == ""  # type: ignore[union-attr]


def test_a_clear_says_which_stop_it_is_for() -> None:
    ask = event_for(request("clear", by="Anna", latch="off_ramp"), "s-1", StrapChoice("", busy=False))
    assert isinstance(ask, Ask)
    assert ask.latch == "off_ramp"
