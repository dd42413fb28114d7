"""Beat intervals against the rate: a strap off the body, one that shows somebody else's rate, and real hearts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.link import plausibility
from device_adapters.link.plausibility import OFF_MS, RR_LEAST, RR_MOST, WITHOUT_MS, Signal


class PlausibleStrap:
    """A strap that measures once a second."""

    def __init__(self, *, always: bool = False) -> None:
        self.signal = Signal()
        self.always = always
        self.now = 5_000

    def tell(self, bpm: int, *rr: int, seconds: int = 1) -> bool:
        good = True
        for _ in range(seconds):
            self.now += 1_000
            self.signal, good = plausibility.step(
                self.signal, bpm, rr, always_sends_rr=self.always, now_ms=self.now
            )
        return good


def test_a_strap_without_beat_intervals_is_believed() -> None:
    assert PlausibleStrap().tell(120, seconds=100)


def test_a_strap_that_always_sends_them_is_not_on_a_body_5_s_after_the_last() -> None:
    strap = PlausibleStrap(always=True)
    assert strap.tell(60, 1024)
    assert strap.tell(60, seconds=WITHOUT_MS // 1000 - 1)
    assert not strap.tell(60)
    assert not strap.tell(60, seconds=60)
    assert strap.tell(60, 1024)


def test_one_that_never_sent_any_has_the_same_time() -> None:
    strap = PlausibleStrap(always=True)
    assert strap.tell(60, seconds=WITHOUT_MS // 1000)
    assert not strap.tell(60)


def test_intervals_that_no_heart_has_are_none() -> None:
    strap = PlausibleStrap(always=True)
    assert strap.tell(60, RR_LEAST - 1, seconds=5)
    assert not strap.tell(60, RR_MOST + 1)
    assert strap.tell(240, RR_LEAST)
    assert strap.signal.beats == (RR_LEAST,)
    assert strap.tell(60, RR_MOST)


def test_beats_that_tell_another_rate_for_10_s_are_not_believed() -> None:
    strap = PlausibleStrap()
    assert strap.tell(60, 512, seconds=4)  # 120 bpm; too few beats to judge
    assert strap.signal.off_since_ms is None
    assert strap.tell(60, 512, seconds=1 + OFF_MS // 1000 - 1)
    assert not strap.tell(60, 512)
    assert not strap.tell(60)  # nothing new: the last judgement stands
    assert strap.tell(120, 512)
    assert strap.signal.off_since_ms is None


@pytest.mark.parametrize(("bpm", "good"), [(100, True), (83, False), (84, True), (125, True), (126, False)])
def test_a_fifth_is_borne(bpm: int, good: bool) -> None:
    strap = PlausibleStrap()
    assert strap.tell(bpm, 614, seconds=30) is good  # 100 bpm


def test_missed_and_early_beats_are_borne() -> None:
    strap = PlausibleStrap()
    for beats in [(1024,), (2048,), (1024,), (600, 1024), (1024,), (1300,)] * 10:
        assert strap.tell(60, *beats)


@given(st.lists(st.tuples(st.integers(0, 255), st.lists(st.integers(0, 65535), max_size=9)), max_size=60))
def test_it_is_total_and_its_memory_bounded(told: list[tuple[int, list[int]]]) -> None:
    for always in (False, True):
        strap = PlausibleStrap(always=always)
        for bpm, rr in told:
            strap.tell(bpm, *rr)
            assert len(strap.signal.beats) <= plausibility.BEATS


@given(st.integers(35, 230), st.integers(1, 120))
def test_a_steady_heart_is_always_believed(bpm: int, seconds: int) -> None:
    strap = PlausibleStrap(always=True)
    beat_at, at = 0.0, 0
    for _ in range(seconds):
        at += 1024
        beats = []
        while beat_at + 61440 / bpm <= at:
            beat_at += 61440 / bpm
            beats.append(round(61440 / bpm))
        assert strap.tell(bpm, *beats)


@pytest.mark.parametrize(
    ("rr", "bpm", "agrees"),
    [(508, 100, True), (507, 100, False), (768, 100, True), (769, 100, False), (RR_MOST, 30, True)],
)
def test_a_rate_agrees_within_20_percent_of_the_beats(rr: int, bpm: int, agrees: bool) -> None:
    strap = PlausibleStrap()
    strap.tell(bpm, rr, seconds=5)
    assert strap.signal.beats == (rr,) * 5
    assert (strap.signal.off_since_ms is None) is agrees


@pytest.mark.parametrize(("rr", "kept"), [(245, False), (246, True), (2_048, True), (2_049, False)])
def test_a_beat_takes_between_0_24_and_2_s(rr: int, kept: bool) -> None:
    strap = PlausibleStrap()
    strap.tell(60, rr)
    assert strap.signal.beats == ((rr,) if kept else ())


def test_the_last_8_beats_count() -> None:
    strap = PlausibleStrap()
    strap.tell(60, *range(1_000, 1_009))
    assert strap.signal.beats == tuple(range(1_001, 1_009))
