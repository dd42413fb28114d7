"""The simulated heart: it follows the work, stays in its range, and is the same for the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.sim.runner import NOISE_BPM, RR_KEPT, Person, Runner, oxygen_cost, person

TRAINED = Person(rest_bpm=60, max_bpm=190, vo2_max=56, retro_cost=1.35, tau_up_s=35, tau_down_s=60)
WALKS = st.lists(
    st.tuples(st.integers(10, 5000), st.floats(0, 20), st.floats(-10, 15), st.booleans()), max_size=50
)


@given(st.text(max_size=5), WALKS)
def test_stays_between_rest_and_maximum(seed: str, walk: list[tuple[int, float, float, bool]]) -> None:
    runner = Runner(person(seed), seed)
    for dt_ms, speed, grade, retro in walk:
        runner.step(dt_ms, speed, grade, retro=retro)
        assert runner.person.rest_bpm - 3 * NOISE_BPM - 1 <= runner.bpm
        assert runner.bpm <= runner.person.max_bpm + 3 * NOISE_BPM + 1


@given(st.text(max_size=5), WALKS)
def test_one_seed_is_one_person(seed: str, walk: list[tuple[int, float, float, bool]]) -> None:
    first, second = Runner(person(seed), seed), Runner(person(seed), seed)
    for dt_ms, speed, grade, retro in walk:
        first.step(dt_ms, speed, grade, retro=retro)
        second.step(dt_ms, speed, grade, retro=retro)
        assert first.bpm == second.bpm
        assert first.take_rr_1024() == second.take_rr_1024()


@given(st.floats(0.5, 15), st.floats(0, 10))
def test_backward_and_uphill_cost_more(speed: float, grade: float) -> None:
    forward = oxygen_cost(speed, grade, False, 1.35)
    assert oxygen_cost(speed, grade, True, 1.35) > forward
    assert oxygen_cost(speed, grade + 1, False, 1.35) > forward


@pytest.mark.parametrize(("speed_kmh", "share"), [(6.4, 0.60), (9.65, 0.84)])
def test_agrees_with_flynn_1994(speed_kmh: float, share: float) -> None:
    assert oxygen_cost(speed_kmh, 0, True, TRAINED.retro_cost) / TRAINED.vo2_max == pytest.approx(
        share, abs=0.04
    )


def test_rises_with_its_time_constant_and_falls_more_slowly() -> None:
    runner = Runner(TRAINED, "kinetics")
    steady = runner.steady_bpm(oxygen_cost(6.0, 0, True, TRAINED.retro_cost))
    for _ in range(350):
        runner.step(100, 6.0, 0)
    assert runner.bpm == pytest.approx(60 + 0.63 * (steady - 60), abs=5)
    for _ in range(3000):
        runner.step(100, 6.0, 0)
    assert runner.bpm == pytest.approx(steady, abs=4)
    for _ in range(350):
        runner.step(100, 0, 0)
    assert runner.bpm > 60 + 0.45 * (steady - 60)


def test_beats_agree_with_the_rate() -> None:
    runner = Runner(TRAINED, "beats")
    for _ in range(600):
        runner.step(100, 3.0, 0)
    runner.take_rr_1024()
    beats: list[int] = []
    for _ in range(60):
        for _ in range(10):
            runner.step(100, 3.0, 0)
        beats += runner.take_rr_1024()
    assert len(beats) == pytest.approx(runner.bpm, abs=4)
    assert sum(beats) / len(beats) == pytest.approx(60 * 1024 / runner.bpm, rel=0.05)
    for _ in range(300):
        runner.step(100, 3.0, 0)
    assert len(runner.take_rr_1024()) == RR_KEPT


def test_a_racing_heart_passes_its_maximum_but_does_not_jump() -> None:
    runner = Runner(TRAINED, "racing")
    runner.racing = True
    for _ in range(60):
        before = runner.bpm
        for _ in range(20):
            runner.step(100, 0, 0)
        assert runner.bpm - before < 40
    assert runner.bpm > TRAINED.max_bpm
