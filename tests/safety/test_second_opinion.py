"""What a sensor of our own sees of a belt against what the machine tells, bound by bound."""

from dataclasses import replace

import pytest
from belt_states import NOW, belt, free, moving, ready

from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.hazards import Cause
from device_adapters.safety.pulses import Pulses
from device_adapters.safety.second_opinion import Opinion, judged


def told(state: State, speed_ckmh: int, now_ms: int) -> State:
    return replace(state, measured_ckmh=speed_ckmh, measured_ms=now_ms)


def first_said(state: State, tells: int, seen: int, *, after_ms: int = 60_000) -> tuple[Cause | None, int]:
    """The first cause, and how long it took, of a belt that tells and shows these for as long as needed."""
    opinion, cause = Opinion(), None
    for ms in range(0, after_ms, 100):
        opinion, cause = judged(opinion, told(state, tells, NOW + ms), seen, NOW + ms)
        if cause is not None:
            return cause, ms
    return None, after_ms


@pytest.mark.parametrize(("tells", "most"), [(100, 150), (300, 350), (600, 660), (1_000, 1_100)])
def test_faster_than_told_by_half_a_km_h_and_a_tenth_is_overspeed_after_a_second(
    tells: int, most: int
) -> None:
    assert first_said(moving(), tells, most) == (None, 60_000)
    assert first_said(moving(), tells, most + 1) == (Cause.OVERSPEED, 1_000)


def test_what_it_told_within_3_s_counts_so_that_no_ramp_is_one() -> None:
    opinion = Opinion()
    for ms in range(0, 6_000, 100):  # told falls by 2.0 km/h per second; what is seen is 1.5 s behind
        tells, seen = (max(0, 1_000 - 2 * late) // 10 * 10 for late in (ms // 10, max(0, ms - 1_500) // 10))
        state = told(belt(Phase.STOPPING, latched=Cause.STOP_PRESSED), tells, NOW + ms)
        opinion, cause = judged(opinion, state, seen, NOW + ms)
        assert cause is None, ms
    opinion, _ = judged(Opinion(), told(moving(), 300, NOW), 300, NOW)
    opinion, _ = judged(opinion, told(moving(), 100, NOW + 1), 300, NOW + 1)
    for ms in range(100, 6_000, 100):
        opinion, cause = judged(opinion, told(moving(), 100, NOW + ms), 300, NOW + ms)
        assert (cause is not None) is (ms >= 4_100), ms
        if cause is not None:
            break


def test_a_belt_that_stands_while_it_is_said_to_move() -> None:
    assert first_said(moving(), 300, 75) == (None, 60_000)
    assert first_said(moving(), 300, 74) == (Cause.BELT_STANDS, 3_000)
    assert first_said(moving(), 49, 0) == (None, 60_000)
    assert first_said(moving(), 50, 0) == (Cause.BELT_STANDS, 3_000)
    assert first_said(belt(Phase.STOPPING, latched=Cause.STOP_PRESSED), 300, 0) == (None, 60_000)


@pytest.mark.parametrize("state", [ready(), moving(), belt(Phase.STOPPING, latched=Cause.STOP_PRESSED)])
def test_a_belt_that_moves_while_it_is_said_to_stand(state: State) -> None:
    assert first_said(state, 0, 49) == (None, 60_000)
    assert first_said(state, 0, 50) == (Cause.BELT_MOVES, 4_000)


def test_a_locked_belt_that_moves_unseen_is_one_that_moves_while_it_is_locked() -> None:
    assert first_said(free(latched=Cause.STOP_PRESSED), 0, 50) == (Cause.MOVED_WHILE_LATCHED, 4_000)


@pytest.mark.parametrize(("tells", "seen"), [(0, 300), (300, 0), (300, 900)])
def test_of_a_belt_that_is_nobodys_or_tells_nothing_it_says_nothing(tells: int, seen: int) -> None:
    assert first_said(free(), tells, seen) == (None, 60_000)
    silent, opinion = moving(measured_ms=NOW - 3_001, measured_ckmh=tells), Opinion()
    for ms in range(0, 5_000, 100):
        opinion, cause = judged(opinion, silent, seen, NOW + ms)
        assert (opinion, cause) == (Opinion(), None)


def test_what_goes_on_is_said_again_each_5_s_and_what_is_over_is_forgotten() -> None:
    opinion, said = Opinion(), []
    for ms in range(0, 12_000, 100):
        opinion, cause = judged(opinion, told(moving(), 300, NOW + ms), 450, NOW + ms)
        said += [ms] * (cause is not None)
    assert said == [1_000, 6_000, 11_000]
    opinion, _ = judged(opinion, told(moving(), 300, NOW + 12_000), 300, NOW + 12_000)
    assert opinion.disagrees is None


def said_at(*steps: tuple[int, int, int]) -> list[tuple[int, Cause]]:
    """When what was said of a moving belt, by (ms, told, seen)."""
    opinion, said = Opinion(), []
    for ms, tells, seen in steps:
        opinion, cause = judged(opinion, told(moving(), tells, NOW + ms), seen, NOW + ms)
        said += [(ms, cause)] if cause is not None else []
    return said


def test_each_wait_ends_to_the_millisecond() -> None:
    fast, stands = Cause.OVERSPEED, Cause.BELT_STANDS
    assert said_at((0, 300, 450), (999, 300, 450)) == []
    assert said_at((0, 300, 450), (1_000, 300, 450)) == [(1_000, fast)]
    assert said_at((0, 300, 0), (2_999, 300, 0)) == []
    assert said_at((0, 300, 0), (3_000, 300, 0)) == [(3_000, stands)]
    again = ((0, 300, 450), (1_000, 300, 450), (5_999, 300, 450))
    assert said_at(*again) == [(1_000, fast)]
    assert said_at(*again, (6_000, 300, 450)) == [(1_000, fast), (6_000, fast)]


def test_another_disagreement_is_said_in_its_own_time() -> None:
    steps = ((0, 300, 450), (1_000, 300, 450), (1_100, 300, 0), (4_100, 300, 0))
    assert said_at(*steps) == [(1_000, Cause.OVERSPEED), (4_100, Cause.BELT_STANDS)]


def test_what_was_told_holds_for_3_s_to_the_millisecond() -> None:
    steps = ((0, 300, 300), (1, 100, 300))
    assert said_at(*steps, (3_000, 100, 300), (4_000, 100, 300)) == []
    assert said_at(*steps, (3_001, 100, 300), (4_001, 100, 300)) == [(4_001, Cause.OVERSPEED)]


# Pulses.


@pytest.mark.parametrize("kmh", [0.5, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("per_m", [2.0, 6.0, 50.0])
def test_even_pulses_show_their_speed(kmh: float, per_m: float) -> None:
    pulses, apart_ms = Pulses(per_m, NOW), 3_600_000 / (kmh * 1000 * per_m)
    at = [NOW + round(n * apart_ms) for n in range(1, 200)]
    for ms in at:
        pulses.came(ms)
    assert pulses.speed_ckmh(at[-1]) == pytest.approx(kmh * 100, rel=0.03, abs=1)


def test_pulses_that_stay_away_show_a_belt_that_slows_and_stands() -> None:
    pulses = Pulses(6, NOW)
    for n in range(20):
        pulses.came(NOW + 200 * n)  # 3.0 km/h
    last = NOW + 200 * 19
    assert pulses.speed_ckmh(last + 200) == 300
    assert pulses.speed_ckmh(last + 400) == 150
    assert pulses.speed_ckmh(last + 3_000) == 20


def test_without_a_pulse_it_stands_and_a_bounce_is_no_second_one() -> None:
    pulses = Pulses(6, NOW)
    assert pulses.speed_ckmh(NOW + 10_000) == 0
    for n in range(20):
        for bounce_ms in (0, 1, 2):
            pulses.came(NOW + 200 * n + bounce_ms)
    assert pulses.speed_ckmh(NOW + 200 * 19) == 300
