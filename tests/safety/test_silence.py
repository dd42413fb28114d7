"""A link that is up and says nothing is asked anew, then made anew, and ever more slowly."""

import pytest

from device_adapters.link import silence
from device_adapters.link.silence import Patience, Silence, step

P = Patience(resubscribe_ms=10, relink_ms=30, relink_most_ms=100)


def history(patience: Patience, until_ms: int) -> list[tuple[int, str]]:
    state, steps = Silence(since_ms=0), list[tuple[int, str]]()
    for now_ms in range(until_ms + 1):
        state, todo = step(state, patience, now_ms)
        if todo:
            steps.append((now_ms, todo))
        if todo == "relink":
            state = silence.linked(state, now_ms)
    return steps


def test_it_is_asked_anew_then_linked_anew_with_a_patience_that_doubles_up_to_its_most() -> None:
    assert history(P, 400) == [
        (10, "resubscribe"), (30, "relink"), (40, "resubscribe"), (90, "relink"), (100, "resubscribe"),
        (190, "relink"), (200, "resubscribe"), (290, "relink"), (300, "resubscribe"), (390, "relink"),
        (400, "resubscribe"),
    ]  # fmt: skip


def test_a_word_begins_it_all_again() -> None:
    state, _ = step(Silence(since_ms=0, relinks=5), P, 50)
    assert silence.heard(60) == Silence(since_ms=60)
    assert step(silence.heard(60), P, 69) == (Silence(since_ms=60), "")
    assert state.relinks == 5


def test_a_new_link_is_given_its_own_time_and_the_patience_that_has_grown() -> None:
    asked = Silence(since_ms=0, relinks=2, asked=True)
    assert silence.linked(asked, 95) == Silence(since_ms=95, relinks=2, asked=False)


def test_a_link_that_is_being_made_anew_is_not_given_up_again_at_once() -> None:
    state, todo = step(Silence(since_ms=0, asked=True), P, 30)
    assert (state, todo) == (Silence(since_ms=30, relinks=1, asked=True), "relink")
    assert step(state, P, 31) == (state, "")


@pytest.mark.parametrize(
    ("kind", "asked_s", "linked_s", "most_s"),
    [("STRAP", 10, 30, 600), ("TREADMILL", 20, 120, 3_600), ("FOOTPOD", 30, 120, 3_600)],
)
def test_what_each_kind_of_device_is_waited_for(kind: str, asked_s: int, linked_s: int, most_s: int) -> None:
    patience = getattr(silence, kind)
    fresh, asked = Silence(since_ms=0), Silence(since_ms=0, asked=True)
    assert step(fresh, patience, asked_s * 1_000 - 1) == (fresh, "")
    assert step(fresh, patience, asked_s * 1_000) == (asked, "resubscribe")
    for relinks, after_s in ((0, linked_s), (1, 2 * linked_s), (10, most_s), (1_000, most_s)):
        often = Silence(since_ms=0, relinks=relinks, asked=True)
        assert step(often, patience, after_s * 1_000 - 1) == (often, "")
        assert step(often, patience, after_s * 1_000)[1] == "relink"
