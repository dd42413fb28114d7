"""Whose limits a claim runs under, and which beats a lease knows."""

from typing import Any

from envelope_rig import claim, limits

from device_adapters.safety.lease import NO_LEASE, Lease, drop, limits_of, order_refusal, take
from device_adapters.safety.limits import Goal, Level

FAST: dict[str, Any] = {"goal": Goal.ATHLETIC, "level": Level.ADVANCED}


def test_speed_is_capped_by_who_is_there() -> None:
    def speed(*, commissioned: bool = True, spotter: bool = False, harness: bool = False) -> int:
        given = claim(spotter=spotter, harness=harness, **FAST)
        return limits_of(given, commissioned=commissioned).speed_max_ckmh

    assert speed(commissioned=False) == 300
    assert speed(commissioned=False, spotter=True) == 600
    assert speed() == 600
    assert speed(spotter=True) == 790
    assert speed(spotter=True, harness=True) == 950
    assert speed(harness=True) == 600


def test_a_raise_needs_a_name_and_a_reason_and_something_to_raise() -> None:
    def speed(**changes: Any) -> int:
        return limits_of(claim(**changes), commissioned=True).speed_max_ckmh

    more = limits(speed_max_ckmh=400)
    assert speed(raised=more, raised_by="Kim", raised_why="trained") == 400
    assert speed(raised=more, raised_by="Kim", raised_why=" ") == 250
    assert speed(raised=more, raised_by=" ", raised_why="trained") == 250
    assert speed(raised_by="Kim", raised_why="trained") == 250


def test_a_new_lease_knows_no_beat_of_the_one_before() -> None:
    old = take(NO_LEASE, claim(7), 1_000)
    new = take(drop(old), claim(7, epoch=2), 60_000)
    assert new.beats == ((7, 60_000),)
    assert order_refusal(new, 2, 7, 61_000) == ""
    taken_over = take(old, claim(1, epoch=2), 60_000)
    assert taken_over.beats == ((1, 60_000),)
    assert take(old, claim(8), 2_000).beats == ((7, 1_000), (8, 2_000))


def test_no_lease_lets_nobody_move_anything() -> None:
    assert Lease(epoch=0, claim=None, renewed_ms=0, beats=()) == NO_LEASE == Lease()
