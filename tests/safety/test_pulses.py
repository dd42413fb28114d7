"""The speed of a belt by its pulses, to the pulse and the millisecond."""

from device_adapters.safety.pulses import Pulses


def pulses(per_m: float, *at_ms: int) -> Pulses:
    made = Pulses(per_m, 0)
    for at in at_ms:
        made.came(at)
    return made


def test_none_is_no_speed_and_each_is_counted_once() -> None:
    assert (pulses(6).count, pulses(6).speed_ckmh(10_000)) == (0, 0)
    assert [pulses(6, *range(200, 200 * n + 1, 200)).count for n in (1, 2, 5)] == [1, 2, 5]


def test_edges_3_ms_apart_are_two_and_closer_ones_one() -> None:
    assert pulses(1, 3, 5, 6).count == 2
    assert pulses(1, 3, 5, 6).speed_ckmh(6) == 120_000
    assert pulses(1, 2).count == 0


def test_those_of_the_last_800_ms_tell_it() -> None:
    assert pulses(1, 200, 700, 1_000).speed_ckmh(1_003) == 900
    assert pulses(1, 199, 700, 1_000).speed_ckmh(1_003) == 1_200


def test_the_last_two_tell_it_where_they_are_further_apart() -> None:
    assert pulses(1, 5_000).speed_ckmh(5_003) == 72
    assert pulses(1, 5_000, 20_000).speed_ckmh(20_003) == 24
    assert pulses(1, 5_000, 20_000).speed_ckmh(50_000) == 12


def test_it_is_reckoned_in_hundredths_of_a_km_h() -> None:
    assert pulses(0.001, 800).speed_ckmh(803) == 450_000
