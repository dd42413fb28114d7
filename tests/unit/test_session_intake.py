"""Requests from the bus, and measurements that are not about now."""

from typing import Any

import pytest

from device_adapters.contract import registry
from device_adapters.contract.messages import SessionRequest
from device_adapters.contract.phrase import Refusal
from device_adapters.errors import MessageError
from services.session.engine.events import Adjust, Ask, Start
from services.session.request_parsing import StrapChoice, event_for, return_address

STRAP = StrapChoice("hr-01", busy=False)


def request(**changes: Any) -> SessionRequest:
    values: dict[str, Any] = {
        "id": "r1",
        "client": "desk",
        "verb": "start",
        "treadmill": "tm-01",
        "by": " Anna ",
        "goal": "mobility",
        "level": "novice",
        **changes,
    }
    return registry.SESSION_REQUEST.decode(registry.SESSION_REQUEST.encode(SessionRequest(**values)))


def test_a_start_is_resolved_to_its_programme() -> None:
    said = request(alias="Guest", hr_max_bpm=180, hold=True, language="fr")
    event = event_for(said, "s-1", STRAP)
    assert isinstance(event, Start)
    assert (event.wanted.hold, event.wanted.language) == (True, "fr")
    assert event.asker.by == "Anna"
    assert (event.wanted.session, event.wanted.strap, event.wanted.hr_max_bpm) == ("s-1", "hr-01", 180)
    assert event.wanted.programme.name == "Retro walk, 5 min"


@pytest.mark.parametrize(
    ("level", "asked_s", "every_s"),
    [("novice", None, 180), ("novice", 120, 120), ("intermediate", None, 0), ("advanced", 300, 300)],
)
def test_a_novices_staff_are_asked_by_whatever_door_the_start_came(
    level: str, asked_s: int | None, every_s: int
) -> None:
    event = event_for(request(level=level, presence_s=asked_s), "s-1", STRAP)
    assert isinstance(event, Start)
    assert event.wanted.presence_ms == every_s * 1000


@pytest.mark.parametrize("verb", ["pause", "resume", "stop", "clear"])
def test_other_verbs_need_no_goal(verb: str) -> None:
    event = event_for(request(verb=verb, goal=None, level=None), "s-1", STRAP)
    assert isinstance(event, Ask)
    assert event.verb == verb


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"goal": None}, "malformed"),
        ({"level": None}, "malformed"),
        ({"programme": "Sprint"}, "no_programme"),
        ({"verb": "clear", "by": "  "}, "no_person"),
        ({"verb": "clear", "by": "\u200b"}, "no_person"),
        ({"verb": "clear", "by": "Anna\u202e"}, "no_person"),
        ({"alias": "\u200b"}, "malformed"),
        ({"alias": "\u0410nna"}, "malformed"),
    ],
)
def test_what_cannot_be_asked_is_declined_in_words(changes: dict[str, Any], cause: str) -> None:
    event = event_for(request(**changes), "s-1", STRAP)
    assert isinstance(event, Refusal)
    assert event.cause == cause
    assert event.text


def test_nobody_raises_a_limit_by_a_name_that_cannot_be_read() -> None:
    event = event_for(request(verb="adjust", speed_max_kmh=3.0, by="\u200b"), "s-1", STRAP)
    assert isinstance(event, Adjust)
    assert event.asker.by == ""


@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_what_stops_a_belt_asks_nothing_of_a_name(verb: str) -> None:
    event = event_for(request(verb=verb, by="\u200b"), "s-1", STRAP)
    assert isinstance(event, Ask)


def test_nobody_in_particular_is_staff() -> None:
    event = event_for(request(verb="stop", by=""), "s-1", STRAP)
    assert isinstance(event, Ask)
    assert event.asker.by == "staff"


@pytest.mark.parametrize(
    ("payload", "address"),
    [
        (b'{"client":"desk","id":"r1","verb":"jump"}', ("desk", "r1")),
        (b'{"client":"desk"}', ("desk", "")),
        (b'{"client":"a/b","id":"r1"}', ("", "")),
        (b'{"client":7}', ("", "")),
        (b"\xff", ("", "")),
        (b"[]", ("", "")),
    ],
)
def test_a_malformed_request_is_answered_where_it_says_where(
    payload: bytes, address: tuple[str, str]
) -> None:
    with pytest.raises(MessageError):
        registry.SESSION_REQUEST.decode(payload)
    assert return_address(payload) == address
