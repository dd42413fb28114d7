"""A link that is up and says nothing is asked anew, then made anew, and ever more slowly."""

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


def test_a_strap_on_a_body_is_not_waited_for_long_and_a_silent_treadmill_does_not_flap() -> None:
    assert history(silence.STRAP, 30_000) == [(10_000, "resubscribe"), (30_000, "relink")]
    quarter = [s for s in history(silence.TREADMILL, 864_000) if s[1] == "relink"]
    assert len(quarter) <= 3
    assert silence.STRAP.relink_most_ms < silence.FOOTPOD.relink_most_ms
