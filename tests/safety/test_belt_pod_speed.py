"""What a pod on a belt shows of its speed: a CSC sensor's revolutions and an RSC pod's word, late, lost and false."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from belt_states import NOW, moving, ready
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs import cycling_speed_cadence, running_speed_cadence
from device_adapters.codecs.cycling_speed_cadence import CscMeasurement
from device_adapters.codecs.running_speed_cadence import RscMeasurement
from device_adapters.errors import DecodeError
from device_adapters.link.belt_pod import ByRevolutions, BySpeed
from device_adapters.safety.envelope_state import State
from device_adapters.safety.hazards import Cause
from device_adapters.safety.second_opinion import Opinion, judged

PER_M = 5.0
Course = Callable[[int], int]
"""The belt's speed (0.01 km/h) by ms."""


def csc(turns: int, event: int) -> bytes:
    value = CscMeasurement(wheel_revolutions=turns % 2**32, last_wheel_event_1024ths=event % 2**16)
    return cycling_speed_cadence.encode(value)


def rsc(speed_256ths: int) -> bytes:
    return running_speed_cadence.encode(RscMeasurement(speed_256ths=speed_256ths, cadence_per_min=0))


class Roller:
    """A CSC sensor on a roller, which tells each `every_ms`, first after `first_ms`; its counts begin anywhere."""

    def __init__(
        self, per_m: float = PER_M, every_ms: int = 1_000, first_ms: int = 0, count: int = 0
    ) -> None:
        self.pod = ByRevolutions(per_m)
        self.muted = False
        self.step = 1
        self.rate = 1.0
        self._per_m, self._every_ms, self._first_ms = per_m, every_ms, first_ms
        self._count = self._event = count
        self._way_m = 0.0
        self.ms = 0

    def live(self, ms: int, course: Course) -> int | None:
        """So many ms later: what the pod shows."""
        for _ in range(0, ms, 10):
            self.ms += 10
            before = int(self._way_m * self._per_m)
            self._way_m += course(self.ms) / 36_000
            if int(self._way_m * self._per_m) > before:
                self._count += self.step
                self._event = round(self.ms * 1.024 * self.rate) + 60_000
            if (self.ms - self._first_ms) % self._every_ms == 0 and not self.muted:
                self.pod.told(csc(self._count, self._event), NOW + self.ms)
        return self.pod.speed_ckmh(NOW + self.ms)


def always(ckmh: int) -> Course:
    return lambda _ms: ckmh


@given(
    speed=st.integers(50, 1_000),
    per_m=st.floats(3, 20),
    every_ms=st.sampled_from((250, 500, 1_000, 1_500)),
    first_ms=st.integers(0, 99),
    count=st.integers(0, 2**32 - 1),
)
def test_an_even_belt_shows_its_speed_wherever_its_counters_are(
    speed: int, per_m: float, every_ms: int, first_ms: int, count: int
) -> None:
    roller = Roller(per_m, every_ms, first_ms * 10, count)
    roller.live(8_000, always(speed))
    for _ in range(80):  # past the 64 s of the event time
        assert roller.live(1_000, always(speed)) == pytest.approx(speed, rel=0.06, abs=2)


def test_a_sensor_that_counts_down_in_reverse_shows_the_same() -> None:
    roller = Roller()
    roller.step = -1
    assert roller.live(10_000, always(300)) == pytest.approx(300, rel=0.03)


@pytest.mark.parametrize("rate", [0.9995, 1.0005])
def test_a_clock_that_goes_wrong_by_500_ppm_changes_nothing_in_a_session(rate: float) -> None:
    roller = Roller()
    roller.rate = rate
    for _ in range(90):
        assert roller.live(10_000, always(300)) == pytest.approx(300, rel=0.03)
    assert (roller.live(2_100, always(0)) or 0) <= 75


def test_nothing_is_known_before_two_measurements_and_then_a_still_roller_stands() -> None:
    roller = Roller(first_ms=500)
    assert roller.live(400, always(0)) is None
    assert roller.live(200, always(0)) is None
    assert roller.live(1_000, always(0)) == 0


@pytest.mark.parametrize("stood_ms", [1_000, 29_000, 31_000, 63_500, 64_000, 70_000, 200_000])
def test_a_roller_that_stood_however_long_never_shows_more_than_it_turns(stood_ms: int) -> None:
    roller = Roller()
    roller.live(5_000, always(300))
    roller.live(stood_ms, always(0))
    shown = [roller.live(100, always(300)) for _ in range(60)]
    assert max(each or 0 for each in shown) <= 310
    assert shown[-1] == pytest.approx(300, rel=0.03)


@pytest.mark.parametrize("stood_ms", [10_000, 70_000, 200_000])
def test_a_roller_that_turns_again_is_seen_by_its_second_measurement(stood_ms: int) -> None:
    roller = Roller()
    roller.live(5_000, always(300))
    roller.live(stood_ms, always(0))
    assert roller.live(2_500, always(300)) == pytest.approx(300, rel=0.1)


def test_a_pod_that_is_linked_and_silent_shows_a_belt_that_stands() -> None:
    roller = Roller()
    roller.live(10_000, always(300))
    roller.muted = True
    assert roller.live(1_900, always(300)) == pytest.approx(300, rel=0.03)
    assert (roller.live(1_500, always(300)) or 0) <= 30


def test_a_roller_that_stops_is_seen_by_the_next_measurement_but_one() -> None:
    roller = Roller()
    roller.live(10_000, always(300))
    assert (roller.live(2_000, always(0)) or 0) <= 50
    assert (roller.live(1_000, always(0)) or 0) <= 25


def test_what_a_pod_told_holds_for_less_than_two_of_its_seconds() -> None:
    roller = Roller()
    roller.live(10_000, always(300))
    roller.muted = True
    assert roller.live(1_990, always(300)) == pytest.approx(300, rel=0.03)
    assert (roller.live(10, always(300)) or 0) <= 40


@pytest.mark.parametrize(("speed_256ths", "shown"), [(2_133, 3_000), (2_134, None)])
def test_no_pod_tells_more_than_30_km_h(speed_256ths: int, shown: int | None) -> None:
    pod = BySpeed()
    pod.told(rsc(speed_256ths), NOW)
    assert pod.speed_ckmh(NOW) == shown


def twice_told(turns: int, ticks: int, passed_ms: int) -> ByRevolutions:
    """A pod of which one revolution is known, and then so many more, so much later by its clock and by ours."""
    pod = ByRevolutions(PER_M)
    pod.told(csc(0, 0), NOW)
    pod.told(csc(1, 1_024), NOW + 1_000)
    pod.told(csc(1 + turns, 1_024 + ticks), NOW + 1_000 + passed_ms)
    return pod


@pytest.mark.parametrize(
    ("turns", "ticks", "passed_ms", "plausible"),
    [
        (1, 2_560, 0, True),  # 2,500 ms by its clock
        (1, 2_561, 0, False),
        (125, 3_072, 3_000, True),  # 25 m in 3 s
        (126, 3_072, 3_000, False),
    ],
)
def test_what_two_clocks_and_a_belt_cannot_do_shows_nothing_until_it_turned_anew(
    turns: int, ticks: int, passed_ms: int, *, plausible: bool
) -> None:
    pod, now_ms, event = twice_told(turns, ticks, passed_ms), NOW + 1_000 + passed_ms, 1_024 + ticks
    assert (pod.speed_ckmh(now_ms) is not None) is plausible
    for second in range(1, 5):
        pod.told(csc(1 + turns + 5 * second, event + 1_024 * second), now_ms + 1_000 * second)
    assert pod.speed_ckmh(now_ms + 4_000) == pytest.approx(360, rel=0.03)


@pytest.mark.parametrize(
    ("per_m", "ticks", "passed_ms", "shown"),
    [
        (2.0, 102, 100, 1_800),  # 0.5 m in 100 ms
        (1.0, 512, 1_101, 600),  # it came 601 ms late, of which 1 ms may be drift: 600 ms of silence
        (1.0, 30_720, 30_000, 12),
        (1.0, 30_720, 30_001, 0),  # counted from here
    ],
)
def test_a_revolution_shows_its_speed_to_the_number(
    per_m: float, ticks: int, passed_ms: int, shown: int
) -> None:
    pod = ByRevolutions(per_m)
    pod.told(csc(0, 0), NOW)
    pod.told(csc(1, 1_024), NOW + 1_000)
    pod.told(csc(2, 1_024 + ticks), NOW + 1_000 + passed_ms)
    assert pod.speed_ckmh(NOW + 1_000 + passed_ms) == shown


@given(st.lists(st.tuples(st.integers(0, 3_000), st.binary(max_size=12)), max_size=40))
def test_hostile_bytes_are_refused_or_show_a_speed_that_a_belt_can_have(
    frames: list[tuple[int, bytes]],
) -> None:
    for pod in (ByRevolutions(PER_M), BySpeed()):
        now_ms = NOW
        for after_ms, data in frames:
            now_ms += after_ms
            try:
                pod.told(data, now_ms)
            except DecodeError:
                continue
            assert 0 <= (pod.speed_ckmh(now_ms) or 0) <= 3_300


@pytest.mark.parametrize("jump", [1, 50, 2**31, 2**32 - 1])
@pytest.mark.parametrize("later_ms", [0, 5_000, 20_000, 60_000])
def test_a_count_that_was_set_anew_shows_nothing_until_it_is_known_again(jump: int, later_ms: int) -> None:
    pod = ByRevolutions(PER_M)
    for second in range(8):
        pod.told(csc(4 * second, 1_024 * second), NOW + 1_000 * second)
    pod.told(csc(28 + jump, 1_024 * 7 + later_ms), NOW + 8_000)
    shown = pod.speed_ckmh(NOW + 8_000)
    assert shown is None or shown <= 300
    for second in range(9, 12):
        pod.told(csc(28 + jump + 4 * second, 1_024 * (second - 1) + later_ms), NOW + 1_000 * second)
    assert pod.speed_ckmh(NOW + 11_000) == pytest.approx(288, rel=0.03)


def test_a_pod_that_tells_speeds_is_believed_for_two_seconds() -> None:
    pod = BySpeed()
    assert pod.speed_ckmh(NOW) is None
    pod.told(rsc(213), NOW)
    assert pod.speed_ckmh(NOW + 1_999) == 300
    assert pod.speed_ckmh(NOW + 2_000) == 0
    pod.told(rsc(0xFFFF), NOW + 2_000)
    assert pod.speed_ckmh(NOW + 2_000) is None
    with pytest.raises(DecodeError):
        pod.told(b"\0", NOW)


# With what the machine tells.


def contradicted(
    roller: Roller, told: Course, true: Course, ms: int, state: State
) -> list[tuple[int, Cause]]:
    """What is said of a belt that tells and does this, from its first second on."""
    opinion, said = Opinion(), []
    began_ms = roller.ms
    for at_ms in range(began_ms, began_ms + ms, 100):
        seen = roller.live(100, true)
        now_ms = NOW + roller.ms
        told_now = replace(state, measured_ckmh=told(roller.ms), measured_ms=now_ms)
        opinion, cause = judged(opinion, told_now, seen, now_ms)
        said += [(at_ms - began_ms, cause)] if cause is not None else []
    return said


@given(
    per_m=st.floats(3, 12),
    every_ms=st.sampled_from((250, 500, 1_000)),
    first_ms=st.integers(0, 99),
    fastest=st.integers(50, 600),
)
def test_an_honest_belt_is_never_contradicted_over_a_start_a_rise_a_stop_and_a_rest(
    per_m: float, every_ms: int, first_ms: int, fastest: int
) -> None:
    def belt(ms: int) -> int:
        return max(0, min((ms - 3_000) * 80 // 1_000, fastest, (30_000 - ms) * 200 // 1_000))

    roller = Roller(per_m, every_ms, first_ms * 10)
    assert contradicted(roller, belt, belt, 60_000, moving()) == []


@pytest.mark.parametrize(
    ("true", "state", "cause", "within_ms"),
    [
        (450, moving(), Cause.OVERSPEED, 4_000),
        (0, moving(), Cause.BELT_STANDS, 6_000),
    ],
)
def test_a_belt_that_lies_is_contradicted(true: int, state: State, cause: Cause, within_ms: int) -> None:
    roller = Roller()
    roller.live(10_000, always(300))
    (at_ms, found), *_ = contradicted(roller, always(300), always(true), 10_000, state)
    assert found is cause
    assert at_ms <= within_ms


def test_a_belt_that_moves_while_it_is_said_to_stand() -> None:
    roller = Roller()
    roller.live(10_000, always(0))
    (at_ms, found), *_ = contradicted(roller, always(0), always(300), 10_000, ready())
    assert (found, at_ms <= 6_000) == (Cause.BELT_MOVES, True)


def test_a_pod_of_which_nothing_is_known_says_nothing_and_forgets_no_speed_that_was_told() -> None:
    opinion = Opinion()
    for ms, tells, seen in ((0, 300, None), (1_000, 100, None), (2_000, 100, 300), (3_000, 100, 300)):
        state = replace(moving(), measured_ckmh=tells, measured_ms=NOW + ms)
        opinion, cause = judged(opinion, state, seen, NOW + ms)
        assert cause is None
    opinion, cause = judged(opinion, state, None, NOW + 10_000)
    assert (cause, opinion.disagrees) == (None, None)
