"""The virtual belt keeps its physics under any commands."""

from hypothesis import given
from hypothesis import strategies as st

from device_adapters.sim.belt import OVERSPEED_CKMH, Belt, BeltSpec, Drive

SPEC = BeltSpec()

COMMANDS = st.one_of(
    st.tuples(st.just("start")),
    st.tuples(st.just("halt"), st.booleans()),
    st.tuples(st.just("set_speed"), st.integers(-100, 65535)),
    st.tuples(st.just("set_incline"), st.integers(-500, 500)),
    st.tuples(st.just("pull_key")),
    st.tuples(st.just("insert_key")),
    st.tuples(st.just("step"), st.integers(1, 3000)),
)


def obey(belt: Belt, command: tuple[object, ...]) -> None:
    name, *arguments = command
    if name == "halt":
        belt.halt(pause=bool(arguments[0]))
    else:
        getattr(belt, str(name))(*arguments)


def running(ckmh: int = SPEC.speed_min_ckmh) -> Belt:
    belt = Belt()
    belt.start()
    belt.step(SPEC.start_delay_ms)
    belt.set_speed(ckmh)
    belt.step(60_000)
    return belt


@given(st.lists(COMMANDS, max_size=60), st.booleans(), st.booleans(), st.booleans())
def test_never_backward_and_never_beyond_its_motor(
    commands: list[tuple[object, ...]], mph: bool, deaf: bool, runaway: bool
) -> None:
    belt = Belt()
    belt.quirks.mph_firmware, belt.quirks.ignore_stop, belt.quirks.overspeed = mph, deaf, runaway
    highest = SPEC.speed_max_ckmh + (OVERSPEED_CKMH if runaway else 0)
    distance = -1
    for command in commands:
        if command[0] == "start" and belt.drive is Drive.IDLE:
            distance = -1
        obey(belt, command)
        assert 0 <= belt.speed_ckmh <= highest
        assert SPEC.incline_min_dpct <= belt.incline_dpct <= SPEC.incline_max_dpct
        assert belt.distance_m >= distance
        distance = belt.distance_m


@given(st.lists(COMMANDS, max_size=60))
def test_changes_no_faster_than_its_motor(commands: list[tuple[object, ...]]) -> None:
    belt = Belt()
    for command in commands:
        before = belt.speed_ckmh
        obey(belt, command)
        dt_ms = command[1] if command[0] == "step" else 0
        assert isinstance(dt_ms, int)
        assert belt.speed_ckmh - before <= SPEC.accel_ckmh_s * dt_ms / 1000 + 1
        assert before - belt.speed_ckmh <= SPEC.coast_ckmh_s * dt_ms / 1000 + 1


@given(st.lists(COMMANDS, max_size=60))
def test_moves_only_after_a_start(commands: list[tuple[object, ...]]) -> None:
    belt = Belt()
    for command in commands:
        if command[0] != "start":
            obey(belt, command)
    assert belt.speed_ckmh == 0
    assert belt.distance_m == 0


@given(st.integers(SPEC.speed_min_ckmh, SPEC.speed_max_ckmh), st.booleans(), st.lists(st.integers(1, 500)))
def test_a_stop_falls_steadily_to_rest(ckmh: int, pause: bool, steps: list[int]) -> None:
    belt = running(ckmh)
    assert belt.speed_ckmh == ckmh
    assert belt.halt(pause=pause)
    for dt_ms in steps:
        before = belt.speed_ckmh
        belt.step(dt_ms)
        assert belt.speed_ckmh <= before
    belt.step(SPEC.speed_max_ckmh * 1000 // SPEC.decel_ckmh_s)
    assert belt.speed_ckmh == 0
    assert belt.drive is (Drive.PAUSED if pause else Drive.IDLE)


@given(st.lists(COMMANDS, max_size=40), st.integers(1, 2000), st.integers(1, 2000))
def test_time_may_be_cut_as_one_likes(commands: list[tuple[object, ...]], first: int, second: int) -> None:
    whole, cut = Belt(), Belt()
    for command in commands:
        obey(whole, command)
        obey(cut, command)
    whole.step(first + second)
    cut.step(first)
    cut.step(second)
    assert whole.speed_ckmh == cut.speed_ckmh
    assert whole.incline_dpct == cut.incline_dpct


def test_starts_after_its_countdown_at_its_minimum() -> None:
    belt = Belt()
    assert belt.start()
    belt.step(SPEC.start_delay_ms)
    assert belt.speed_ckmh == 0
    belt.step(5000)
    assert belt.speed_ckmh == SPEC.speed_min_ckmh
    assert not belt.start()


def test_totals_survive_a_pause_and_end_with_a_stop() -> None:
    belt = running(360)
    belt.step(100_000)
    metres, seconds = belt.distance_m, belt.elapsed_s
    assert metres == 158
    belt.halt(pause=True)
    belt.step(10_000)
    belt.start()
    assert belt.distance_m >= metres
    assert belt.elapsed_s >= seconds
    belt.halt(pause=False)
    belt.step(10_000)
    assert belt.distance_m >= metres
    belt.start()
    assert (belt.distance_m, belt.elapsed_s) == (0, 0)


def test_takes_kilometres_for_miles() -> None:
    belt = running(500)
    belt.quirks.mph_firmware = True
    belt.step(10_000)
    assert belt.speed_ckmh == 804


def test_a_runaway_belt_still_stops_and_one_that_ignores_stops_does_not() -> None:
    runaway = running(500)
    runaway.quirks.overspeed = True
    runaway.step(10_000)
    assert runaway.speed_ckmh == 500 + OVERSPEED_CKMH
    runaway.halt(pause=False)
    runaway.step(10_000)
    assert runaway.speed_ckmh == 0

    deaf = running(500)
    deaf.quirks.ignore_stop = True
    assert deaf.halt(pause=False)
    deaf.step(10_000)
    assert deaf.speed_ckmh == 500
    deaf.pull_key()
    deaf.step(10_000)
    assert deaf.speed_ckmh == 0


def test_without_the_key_nothing_starts() -> None:
    belt = running(500)
    belt.pull_key()
    belt.step(10_000)
    assert not belt.start()
    belt.insert_key()
    belt.step(10_000)
    assert belt.speed_ckmh == 0
    assert belt.start()


def test_the_deck_moves_slowly_and_counts_the_climb() -> None:
    belt = running(360)
    assert belt.set_incline(100)
    belt.step(10_000)
    assert belt.incline_dpct == 50
    belt.step(10_000)
    assert belt.incline_dpct == 100
    before = belt.climbed_dm
    for _ in range(100):
        belt.step(1000)
    assert belt.climbed_dm - before == 100
