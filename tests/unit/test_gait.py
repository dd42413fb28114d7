"""Cadence and step length out of what a treadmill told: what is reckoned, how sure, and when nothing is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.past.walked import walked_bounds, walked_facts
from services.history.gait import Gait, gait
from services.history.model import TreadmillFrame


def walk(
    seconds: int, kmh: float, *, since_s: int = 0, spm: int | None = None, **more: int
) -> list[TreadmillFrame]:
    """A frame a second."""
    return [
        TreadmillFrame(at_ms=(since_s + s) * 1000, speed_kmh=kmh, cadence_spm=spm, boot="b", **more)
        for s in range(seconds)
    ]


def test_a_step_is_speed_divided_by_cadence() -> None:
    found = gait(walk(120, 3.0, spm=100, step_cm=49))
    assert found is not None
    assert (found.source, found.cadence_spm, found.step_cm, found.pod_cm) == ("pod", 100, 50, 49)
    assert found.step_off_cm == pytest.approx(0.5)
    assert found.minutes == pytest.approx((120 - 11) / 60, abs=0.02)


def test_what_is_told_while_the_speed_changes_is_left_out() -> None:
    changing = [
        TreadmillFrame(at_ms=s * 1000, speed_kmh=1 + s * 0.05, cadence_spm=200, boot="b") for s in range(90)
    ]
    assert gait(changing) is None
    found = gait(changing + walk(120, 3.0, since_s=90, spm=100))
    assert found is not None
    assert (found.low_cm, found.step_cm, found.high_cm) == (50, 50, 50)


def test_the_middle_half_tells_how_much_steps_differ() -> None:
    halves = [*walk(200, 3.0, spm=100), *walk(200, 3.0, since_s=200, spm=120)]
    found = gait(halves)
    assert found is not None
    assert (found.low_cm, found.high_cm) == (42, 50)


def test_without_a_pod_the_machines_own_steps_count_from_one_zero() -> None:
    frames = [
        TreadmillFrame(at_ms=s * 1000, speed_kmh=3.0, steps=7_000 + 2 * s, boot="b") for s in range(121)
    ]
    found = gait(frames)
    assert found is not None
    assert (found.source, found.cadence_spm, found.step_cm) == ("machine", 120, 42)
    begun_anew = [
        *frames[:40],
        *(TreadmillFrame(at_ms=s * 1000, speed_kmh=3.0, steps=s, boot="b") for s in range(40, 60)),
    ]
    assert gait(begun_anew) is None


@pytest.mark.parametrize(
    "frames",
    [
        [],
        walk(300, 0.0, spm=100),
        walk(60, 3.0, spm=100),
        walk(300, 3.0),
        walk(300, 3.0, spm=0),
        walk(300, 3.0, spm=400),
        walk(300, 3.0, steps=5),
        [TreadmillFrame(at_ms=s * 60_000, speed_kmh=3.0, cadence_spm=100, boot="b") for s in range(300)],
    ],
)
def test_where_too_little_is_known_nothing_is_said(frames: list[TreadmillFrame]) -> None:
    assert gait(frames) is None
    assert walked_facts(None) == []
    assert walked_bounds(None) == ""


FRAMES = st.lists(
    st.builds(
        TreadmillFrame,
        at_ms=st.integers(0, 10_000_000),
        speed_kmh=st.none() | st.floats(0, 25),
        cadence_spm=st.none() | st.integers(0, 500),
        steps=st.none() | st.integers(0, 100_000),
        step_cm=st.none() | st.integers(0, 300),
        boot=st.sampled_from("ab"),
    ),
    max_size=200,
).map(lambda all_: sorted(all_, key=lambda one: one.at_ms))


@given(frames=FRAMES)
def test_whatever_came_the_numbers_hold_together(frames: list[TreadmillFrame]) -> None:
    found = gait(frames)
    if found is not None:
        assert found.low_cm <= found.step_cm <= found.high_cm
        assert found.minutes >= 1
        assert 20 <= found.cadence_spm <= 300


def test_words_say_the_source_the_bounds_and_nothing_of_sides() -> None:
    found = Gait(
        source="pod",
        cadence_spm=100,
        step_cm=50,
        low_cm=48,
        high_cm=52,
        minutes=5.0,
        cadence_off_spm=1.0,
        pod_cm=60,
    )
    assert dict(walked_facts(found)) == {
        "Cadence": "100 steps a minute",
        "Step length": "50 cm, half of all between 48 and 52",
    }
    said = walked_bounds(found)
    for told in (
        "counts one foot",
        "leaves 0.5 cm open",
        "The pod itself says 60 cm",
        "nothing of left against right",
    ):
        assert told in said
