"""The heart-rate governor: both ladders with their times, what is no heart rate, and the slow way back up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.safety import heart as h
from device_adapters.safety.hazards import Cause

CEILING = h.Ceiling(limit_bpm=140, max_bpm=185)


class HeartPerson:
    """A heart read once a second, on a belt that is asked for `asked`."""

    def __init__(self, asked: int = 400) -> None:
        self.now, self.asked = 0, asked
        self.heart = h.begun(0)
        self.causes: list[tuple[int, Cause | None]] = []

    def live(self, seconds: int, bpm: int | None, *, contact: bool | None = True) -> "HeartPerson":
        for _ in range(seconds):
            self.now += 1_000
            wobble = self.now // 1000 % 2
            value = None if bpm is None else bpm + wobble
            self.heart = h.read(self.heart, value, contact=contact, now_ms=self.now)
            self.look()
        return self

    def look(self) -> None:
        self.heart = h.looked(self.heart, CEILING, asked_ckmh=self.asked, speed_max_ckmh=400, now_ms=self.now)
        if not self.causes or self.causes[-1][1] is not self.heart.cause:
            self.causes.append((self.now, self.heart.cause))
        if self.heart.cap_ckmh is not None:
            self.asked = min(self.asked, self.heart.cap_ckmh)


def test_lost_readings_climb_their_ladder_on_time() -> None:
    person = HeartPerson().live(10, 120)
    person.live(70, None)
    assert person.causes == [
        (1_000, None),
        (15_000, Cause.HR_STALE),
        (25_000, Cause.HR_MISSING),
        (40_000, Cause.HR_LOST),
        (70_000, Cause.HR_GONE),
    ]
    assert person.asked == 200


@pytest.mark.parametrize(("bpm", "contact"), [(120, False), (20, True), (240, False), (None, None)])
def test_what_is_no_heart_rate_is_a_lost_one(bpm: int | None, contact: bool | None) -> None:
    person = HeartPerson().live(10, 120).live(6, bpm, contact=contact)
    assert person.heart.cause is Cause.HR_STALE


@pytest.mark.parametrize("bpm", [231, 240, 300])
def test_above_the_maximum_counts_plausible_or_not(bpm: int) -> None:
    """A reading that no heart has for long is still a reason to stop, not one to wait for half a minute."""
    person = HeartPerson().live(10, 120).live(4, bpm, contact=True)
    assert person.heart.cause is None
    assert person.live(2, bpm, contact=True).heart.cause is Cause.HR_OVER_MAX


def test_a_pause_drains_the_ladder_and_resets_nothing() -> None:
    ceiling = h.Ceiling(limit_bpm=150, max_bpm=190)
    over = h.Heart(trusted_ms=100_000, bpm=160, over_ms=30_000, looked_ms=100_000)
    waited = h.waited(over, ceiling, 104_000)
    assert waited.over_ms == 34_000
    rested = h.read(waited, 120, contact=True, now_ms=104_000)
    rested = h.waited(rested, ceiling, 106_000)
    assert rested.over_ms == 33_000
    assert h.resumed(rested, 110_000).over_ms == 33_000
    assert h.waited(over, None, 104_000).over_ms == 30_000


def test_a_frozen_reading_is_a_lost_one() -> None:
    person = HeartPerson()
    for _ in range(70):
        person.now += 1_000
        person.heart = h.read(person.heart, 111, contact=None, now_ms=person.now)
        person.look()
    assert person.heart.cause is Cause.HR_STALE


def test_a_jump_is_not_believed_at_once() -> None:
    person = HeartPerson().live(5, 100)
    person.heart = h.read(person.heart, 150, contact=True, now_ms=person.now + 1_000)
    assert person.heart.bpm in (100, 101)


def test_a_heart_over_its_ceiling_climbs_its_ladder() -> None:
    person = HeartPerson().live(5, 120).live(5, 139).live(100, 145)
    over_from = 10_000
    assert person.causes == [
        (1_000, None),
        (over_from + h.HIGH_MS, Cause.HR_HIGH),
        (over_from + h.STILL_HIGH_MS, Cause.HR_STILL_HIGH),
        (over_from + h.TOO_HIGH_MS, Cause.HR_TOO_HIGH),
    ]
    assert person.asked == 170  # 15 % off 4.0 is 3.4, half of that is recovery


def test_over_the_maximum_stops_after_five_seconds() -> None:
    person = HeartPerson().live(5, 150).live(6, 188)
    assert person.heart.cause is Cause.HR_OVER_MAX


def test_at_the_ceiling_is_not_over_it() -> None:
    person = HeartPerson()
    for second in range(60):
        person.now += 1_000
        person.heart = h.read(person.heart, 140 - second % 2, contact=True, now_ms=person.now)
        person.look()
    assert person.heart.cause is None


def test_a_toggling_heart_still_climbs() -> None:
    person = HeartPerson().live(5, 130)
    for _ in range(40):
        person.live(2, 145).live(1, 138)
    assert any(cause is Cause.HR_HIGH for _, cause in person.causes)


def test_the_way_back_up_is_slow_and_only_under_the_ceiling() -> None:
    person = HeartPerson().live(5, 120).live(16, 145)
    assert person.heart.cap_ckmh == 340
    person.live(30, 138)
    assert person.heart.cap_ckmh == 340  # within 5 bpm of the ceiling nothing rises
    person.live(26, 130)
    assert person.heart.cap_ckmh == 360
    person.live(60, 130)
    assert person.heart.cap_ckmh is None


def test_the_lower_of_both_ceilings_and_of_both_formulae() -> None:
    assert h.ceiling_bpm(185, 760, None, 600) == 140
    assert h.ceiling_bpm(185, 760, 60, 600) == 135
    assert h.ceiling_bpm(185, 700, 60, 900) == 129
    assert [h.hr_max_by_age(age) for age in (25, 45, 65, 75)] == [190, 175, 155, 145]


readings = st.lists(
    st.tuples(st.integers(100, 5_000), st.none() | st.integers(0, 255), st.none() | st.booleans()),
    max_size=80,
)


@given(readings, st.integers(100, 400))
def test_the_governor_never_raises_what_is_asked(
    steps: list[tuple[int, int | None, bool | None]], asked: int
) -> None:
    heart, now = h.begun(0), 0
    for passed, bpm, contact in steps:
        now += passed
        heart = h.read(heart, bpm, contact=contact, now_ms=now)
        before = heart
        heart = h.looked(heart, CEILING, asked_ckmh=asked, speed_max_ckmh=400, now_ms=now)
        if heart.cause is not None and heart.cause is not before.cause:
            assert heart.cap_ckmh is not None
            assert heart.cap_ckmh <= asked
            assert before.cap_ckmh is None or heart.cap_ckmh <= before.cap_ckmh
        if heart.cause is not None:
            assert heart.cap_ckmh is None or before.cap_ckmh is None or heart.cap_ckmh <= before.cap_ckmh
        if now - heart.trusted_ms >= h.STALE_MS:
            assert heart.cause is not None
