"""Requests from the bus, and measurements that are not about now."""

from typing import Any

import pytest

from device_adapters.contract import registry
from device_adapters.contract.messages import SessionRequest
from device_adapters.errors import MessageError
from services.session.events import Ask, Start
from services.session.freshness import Freshness
from services.session.intake import Declined, StrapChoice, event_for, return_address

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
    event = event_for(request(alias="Guest", hr_max_bpm=180), "s-1", STRAP)
    assert isinstance(event, Start)
    assert event.asker.by == "Anna"
    assert (event.wanted.session, event.wanted.strap, event.wanted.hr_max_bpm) == ("s-1", "hr-01", 180)
    assert event.wanted.programme.name == "Retro walk, 5 min"


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
    ],
)
def test_what_cannot_be_asked_is_declined_in_words(changes: dict[str, Any], cause: str) -> None:
    event = event_for(request(**changes), "s-1", STRAP)
    assert isinstance(event, Declined)
    assert event.cause == cause
    assert event.text


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


def test_measurements_count_once_and_in_order() -> None:
    fresh = Freshness()
    assert fresh.accept("b", 1, 1_000, 1_010)
    assert not fresh.accept("b", 1, 1_000, 1_020)
    assert not fresh.accept("b", 0, 900, 1_030)
    assert fresh.accept("b", 2, 1_250, 1_260)


def test_what_an_outbox_kept_is_not_about_now() -> None:
    fresh = Freshness()
    assert fresh.accept("b", 1, 1_000, 1_010)
    assert fresh.accept("b", 2, 2_000, 5_010)
    assert not fresh.accept("b", 3, 3_000, 6_011)
    assert fresh.accept("b", 4, 6_000, 6_020)


def test_clocks_that_disagree_make_nothing_old() -> None:
    fresh = Freshness()
    assert fresh.accept("b", 1, 9_000_000, 1_000)
    assert fresh.accept("b", 2, 9_000_250, 1_250)


def test_a_clock_that_is_set_back_or_a_new_boot_begins_anew() -> None:
    fresh = Freshness()
    assert fresh.accept("b", 5, 9_000_000, 1_000)
    assert fresh.accept("b", 6, 1_000, 1_250)
    assert fresh.accept("c", 1, 500, 60_000)


def test_a_clock_that_is_set_back_in_a_silence_is_got_used_to() -> None:
    fresh = Freshness()
    assert fresh.accept("b", 1, 100_000, 100_010)
    taken = [fresh.accept("b", n, 196_000 + 1_000 * n, 200_010 + 1_000 * n) for n in range(2, 12)]
    assert taken[:5] == [False] * 5
    assert taken[-1]


def test_a_backlog_that_is_worked_off_is_never_got_used_to() -> None:
    fresh = Freshness()
    assert fresh.accept("b", 1, 0, 10)
    late = [(n, 1_000 * n, 60_000 + 500 * n) for n in range(2, 100)]  # twice as fast as it was measured
    assert not any(fresh.accept("b", n, at, wall) for n, at, wall in late if wall - at > 3_010)


def test_what_a_unit_left_behind_before_its_last_start_is_not_about_now() -> None:
    fresh = Freshness()
    assert fresh.accept("a", 1, 1_000, 1_000)
    assert fresh.accept("b", 1, 9_000, 9_000)
    assert not fresh.accept("a", 2, 2_000, 9_010)
    assert fresh.accept("b", 2, 9_250, 9_250)
