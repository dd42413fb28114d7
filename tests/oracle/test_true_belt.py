"""Each promise on the true belt can be broken, and is not by what is allowed."""

from collections.abc import Callable

import pytest
from true_belt import Promise, TrueBelt

SPEED_300, SPEED_400, SPEED_200 = b"\x02\x2c\x01", b"\x02\x90\x01", b"\x02\xc8\x00"
START, STOP = b"\x07", b"\x08\x01"


class SeenBelt:
    """A belt that is shown to the oracle by hand: one step is 50 ms."""

    def __init__(self, *, obeys: bool = True) -> None:
        self.oracle = TrueBelt(obeys=obeys, frame_ms=250, decel_ckmh_s=200)
        self.now = 1_000
        self.oracle.linked(self.now, up=True)

    def belt(self, *speeds: int, under_way: bool | None = None) -> None:
        for speed in speeds:
            self.now += 50
            way = bool(speed) if under_way is None else under_way
            self.oracle.saw(self.now, speed, under_way=way)

    def write(self, *data: bytes) -> None:
        for each in data:
            self.oracle.wrote(self.now, each)

    def press(self, **how: bool) -> None:
        self.oracle.pressed(self.now, **how)

    def moving(self) -> "SeenBelt":
        self.oracle.started(self.now)
        self.write(START, SPEED_300)
        self.belt(0, 0, 100, 200, *[300] * 20)
        return self


def lawful_stop() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press(locks=True)
    seen.write(SPEED_200)
    seen.belt(*[300, 280, 260, 240, 220, 200] + [200] * 4)
    seen.write(STOP)
    seen.belt(150, 100, 50, *[0] * 80)
    return seen


def rises_after_a_stop() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press()
    seen.write(STOP)
    seen.belt(280, 250, 300, 350)
    return seen


def rises_after_slower() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press(stops=False)
    seen.write(SPEED_200)
    seen.belt(280, 250, 220, *[200] * 10, 260, 320, 340)
    return seen


def is_told_a_rise_after_slower() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press(stops=False)
    seen.write(SPEED_200)
    seen.belt(280, 250, 220, *[100] * 10)
    seen.write(SPEED_300)
    return seen


def starts_by_itself() -> SeenBelt:
    seen = SeenBelt()
    seen.belt(*[0] * 10, 40, 80)
    return seen


def starts_in_a_pause() -> SeenBelt:
    seen = lawful_stop()
    seen.belt(0, 40)
    return seen


def never_writes_08() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press()
    seen.write(SPEED_200)
    seen.belt(*[200] * 100)
    return seen


def waits_with_the_first_write() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press()
    seen.belt(*[300] * 16)
    return seen


def never_stops_a_standing_belt() -> SeenBelt:
    seen = SeenBelt()
    seen.belt(*[0] * 10)
    seen.press(locks=True)
    seen.belt(*[0] * 40)
    return seen


def writes_a_speed_after_08() -> SeenBelt:
    seen = lawful_stop()
    seen.press()
    seen.write(STOP)
    seen.belt(*[0] * 10)
    seen.write(SPEED_200)
    return seen


def starts_in_a_stop() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press()
    seen.belt(*[300] * 8)
    seen.write(START)
    return seen


def ends_with_a_speed() -> SeenBelt:
    seen = SeenBelt().moving()
    seen.press()
    seen.write(STOP)
    seen.belt(200)
    seen.write(b"\x02\x50\x00")
    seen.belt(*[0] * 80)
    return seen


def moves_under_a_lease() -> SeenBelt:
    seen = SeenBelt(obeys=False)
    seen.belt(*[0] * 10)
    seen.oracle.leased = True
    seen.belt(*[80] * 42)
    return seen


def moves_under_a_lock() -> SeenBelt:
    seen = SeenBelt(obeys=False)
    seen.press(locks=True)
    seen.write(STOP)
    seen.belt(*[0] * 80, *[80] * 42)
    return seen


BROKEN: list[tuple[Callable[[], SeenBelt], Promise]] = [
    (rises_after_a_stop, Promise.NEVER_FASTER),
    (rises_after_slower, Promise.NEVER_FASTER),
    (is_told_a_rise_after_slower, Promise.NEVER_FASTER),
    (starts_by_itself, Promise.NEVER_STARTS),
    (starts_in_a_pause, Promise.NEVER_STARTS),
    (never_writes_08, Promise.STOP_IN_TIME),
    (waits_with_the_first_write, Promise.STOP_IN_TIME),
    (never_stops_a_standing_belt, Promise.STOP_IN_TIME),
    (writes_a_speed_after_08, Promise.ENDS_WITH_STOP),
    (starts_in_a_stop, Promise.ENDS_WITH_STOP),
    (ends_with_a_speed, Promise.ENDS_WITH_STOP),
    (moves_under_a_lease, Promise.UNORDERED),
    (moves_under_a_lock, Promise.UNORDERED),
]


@pytest.mark.parametrize(("belt", "promise"), BROKEN, ids=[belt.__name__ for belt, _ in BROKEN])
def test_a_broken_promise_is_seen(belt: Callable[[], SeenBelt], promise: Promise) -> None:
    assert promise in belt().oracle.promises_broken


def test_a_lawful_session_breaks_nothing() -> None:
    seen = lawful_stop()
    seen.oracle.cleared()
    seen.moving()
    seen.oracle.raised()
    seen.write(SPEED_400)
    seen.belt(340, 380, 400)
    assert seen.oracle.broken == []
    assert seen.oracle.held[Promise.NEVER_FASTER] == 1
    assert seen.oracle.held[Promise.ENDS_WITH_STOP] == 1


@pytest.mark.parametrize(("moving", "owed"), [(3, False), (20, True)])
def test_a_clear_frees_a_belt_that_its_last_frame_told_still_and_no_other(moving: int, *, owed: bool) -> None:
    """In steps of 50 ms: a frame of 250 ms and the way of a message are 550 ms."""
    seen = lawful_stop()
    seen.belt(*[0] * 20)
    seen.belt(*[100] * moving)
    seen.oracle.cleared()
    seen.belt(*[100] * 60)
    assert (Promise.UNORDERED in seen.oracle.promises_broken) is owed


def test_a_rise_that_was_under_way_may_end_but_not_go_on() -> None:
    seen = SeenBelt().moving()
    seen.oracle.raised()
    seen.write(SPEED_400)
    seen.belt(305)
    seen.press(stops=False)
    seen.belt(312, 320)
    seen.write(SPEED_200)
    seen.belt(325, 310)
    assert seen.oracle.broken == []


@pytest.mark.parametrize(("taken_back", "broken"), [(True, False), (False, True)])
def test_a_press_of_plus_after_slower_is_to_be_taken_back(*, taken_back: bool, broken: bool) -> None:
    seen = SeenBelt().moving()
    seen.press(stops=False)
    seen.oracle.plus(seen.now)
    seen.belt(*[360] * 40)
    assert seen.oracle.broken == []
    seen.belt(*[300 if taken_back else 360] * 140)
    assert (Promise.NEVER_FASTER in seen.oracle.promises_broken) is broken


def test_a_press_of_plus_excuses_no_belt_that_is_stopped_after_it() -> None:
    seen = SeenBelt().moving()
    seen.oracle.plus(seen.now)
    seen.press()
    seen.belt(340)
    assert Promise.NEVER_FASTER in seen.oracle.promises_broken


def test_a_second_press_within_a_ramp_waits_for_no_first_write_of_its_own() -> None:
    seen = SeenBelt().moving()
    seen.press()
    seen.write(SPEED_200)
    seen.belt(*[280] * 2)
    seen.press()
    seen.belt(*[260] * 19)
    seen.write(STOP)
    assert seen.oracle.broken == []


def test_a_press_repeated_does_not_put_off_the_first_write() -> None:
    seen = SeenBelt().moving()
    for _ in range(3):
        seen.press()
        seen.belt(*[300] * 6)
    assert seen.oracle.promises_broken == (Promise.STOP_IN_TIME,)


@pytest.mark.parametrize("answered", [True, False])
def test_motion_that_nobody_ordered_is_answered_with_08_in_2_s(answered: bool) -> None:
    seen = SeenBelt(obeys=False)
    seen.belt(*[0] * 10)
    seen.oracle.leased = True
    seen.belt(*[80] * 30)
    if answered:
        seen.write(STOP)
    seen.belt(*[80] * 20)
    assert (Promise.UNORDERED in seen.oracle.promises_broken) is not answered


def test_a_free_belt_that_somebody_uses_is_nobodys_fault() -> None:
    seen = SeenBelt(obeys=False)
    seen.belt(*[0] * 10, *[80] * 100)
    assert seen.oracle.broken == []


def test_without_a_link_nothing_is_owed_until_it_is_back() -> None:
    seen = SeenBelt().moving()
    seen.oracle.linked(seen.now, up=False)
    seen.press()
    seen.belt(*[300] * 200)
    assert seen.oracle.broken == []
    seen.oracle.linked(seen.now, up=True)
    seen.belt(*[300] * 40)
    assert seen.oracle.broken == []
    seen.belt(*[300] * 20)
    assert Promise.STOP_IN_TIME in seen.oracle.promises_broken
