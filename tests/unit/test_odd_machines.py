"""Each oddity of a treadmill does what its line says; a machine without any is the polite one."""

import pytest

from device_adapters.clock import ManualClock
from device_adapters.codecs.ftms.control_point import OpCode, Request, ResultCode, StopOrPause
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig
from device_adapters.sim.odd_computer import OddComputer
from device_adapters.sim.odd_machines import BY_NAME, MACHINES, combined, named
from device_adapters.sim.oddities import BY_CELL, EMPTY, ODDITIES, OddityError, Step, Way, by_seed
from device_adapters.sim.traits import POLITE, both

ME = "me"


def odd(name: str) -> OddComputer:
    computer = OddComputer(BY_NAME[name].traits)
    computer.request(ME, Request(OpCode.REQUEST_CONTROL, ()))
    return computer


def ask(computer: OddComputer, op: OpCode, *numbers: int) -> int:
    response, _ = computer.request(ME, Request(op, numbers))
    return response.result


def run(computer: OddComputer, seconds: float) -> int:
    for _ in range(round(seconds * 20)):
        computer.step(50)
    return computer.belt.speed_ckmh


def moving(name: str, ckmh: int = 300) -> OddComputer:
    computer = odd(name)
    ask(computer, OpCode.START_OR_RESUME)
    run(computer, computer.traits.count_down_ms / 1000 + 1)
    ask(computer, OpCode.SET_TARGET_SPEED, ckmh)
    run(computer, 4)
    return computer


def stop(computer: OddComputer) -> int:
    return ask(computer, OpCode.STOP_OR_PAUSE, StopOrPause.STOP)


def pause(computer: OddComputer) -> int:
    return ask(computer, OpCode.STOP_OR_PAUSE, StopOrPause.PAUSE)


def test_the_polite_machine_starts_obeys_stops_and_stands() -> None:
    belt = moving("polite")
    assert belt.belt.speed_ckmh == 300
    assert stop(belt) == ResultCode.SUCCESS
    assert run(belt, 60) == 0
    assert ask(belt, OpCode.SET_TARGET_SPEED, 300) == ResultCode.OPERATION_FAILED
    assert stop(belt) == ResultCode.OPERATION_FAILED


@pytest.mark.parametrize("name", ["resumes_on_speed", "resumes_untold", "silent_untold", "repeats_resumes"])
def test_a_speed_starts_a_standing_belt(name: str) -> None:
    belt = moving(name)
    stop(belt)
    assert run(belt, 5) == 0
    assert ask(belt, OpCode.SET_TARGET_SPEED, 200) == ResultCode.SUCCESS
    assert run(belt, 5) == 200


def test_start_goes_to_the_speed_it_remembers() -> None:
    belt = moving("remembers_speed")
    pause(belt)
    run(belt, 5)
    ask(belt, OpCode.START_OR_RESUME)
    assert run(belt, 6) == 300
    assert moving("polite", 80).belt.speed_ckmh == 80


@pytest.mark.parametrize(
    ("name", "result"),
    [("counts_refusing", ResultCode.CONTROL_NOT_PERMITTED), ("counts_failing", ResultCode.OPERATION_FAILED)],
)
def test_a_count_down_refuses_a_speed(name: str, result: ResultCode) -> None:
    belt = odd(name)
    ask(belt, OpCode.START_OR_RESUME)
    assert ask(belt, OpCode.SET_TARGET_SPEED, 100) == result
    assert run(belt, 6) == 80
    assert ask(belt, OpCode.SET_TARGET_SPEED, 100) == ResultCode.SUCCESS


def test_a_count_down_is_as_long_as_it_says() -> None:
    belt = odd("counts_long")
    ask(belt, OpCode.START_OR_RESUME)
    assert run(belt, 9.9) == 0
    assert run(belt, 1) > 0


def test_a_stop_in_the_count_down_is_not_heeded() -> None:
    belt = odd("counts_on")
    ask(belt, OpCode.START_OR_RESUME)
    assert stop(belt) == ResultCode.SUCCESS
    assert run(belt, 6) == 80
    assert stop(belt) == ResultCode.SUCCESS
    assert run(belt, 3) == 0


def test_it_wants_pause_before_stop() -> None:
    belt = moving("pause_before_stop")
    assert stop(belt) == ResultCode.OPERATION_FAILED
    assert run(belt, 1) == 300
    assert pause(belt) == ResultCode.SUCCESS
    assert run(belt, 4) == 0


def test_a_standing_belt_takes_stop() -> None:
    assert stop(odd("stop_always_taken")) == ResultCode.SUCCESS


def test_it_never_tells_its_status() -> None:
    belt = moving("no_status")
    assert belt.press_speed(100) == ()
    assert belt.press_pause() == ()
    assert belt.revoke_control() == ()
    assert moving("polite").press_pause() != ()


def test_fields_are_not_told() -> None:
    told, polite = moving("bare").record(), moving("polite").record()
    assert (told.incline_dpct, told.elapsed_s, told.distance_m) == (None, None, None)
    assert None not in (polite.incline_dpct, polite.elapsed_s, polite.distance_m)
    assert told.speed_ckmh == polite.speed_ckmh == 300


def test_its_data_end_when_it_comes_to_rest() -> None:
    belt = odd("silent_at_rest")
    assert not belt.mute
    belt = moving("silent_at_rest")
    assert not belt.mute
    stop(belt)
    run(belt, 5)
    assert belt.mute


def test_it_repeats_its_last_speed_at_rest() -> None:
    belt = moving("repeats")
    pause(belt)
    assert run(belt, 5) == 0
    assert (belt.record().speed_ckmh or 0) > 0
    assert belt.record().elapsed_s == belt.belt.elapsed_s


def test_it_restarts_and_goes_on() -> None:
    belt = moving("restarts")
    run(belt, 6)
    assert belt.controller is None
    assert (belt.record().elapsed_s or 0) < 5
    assert belt.belt.speed_ckmh == 300


def test_it_restarts_and_goes_on_faster() -> None:
    belt = moving("restarts_faster")
    assert run(belt, 9) == 400


def test_it_is_faster_after_each_lower_speed() -> None:
    belt = moving("speeds_up")
    assert ask(belt, OpCode.SET_TARGET_SPEED, 290) == ResultCode.SUCCESS
    assert run(belt, 4) == 350
    stop(belt)
    assert run(belt, 4) == 0


def test_it_ignores_stop() -> None:
    belt = moving("ignores_stop")
    assert stop(belt) == ResultCode.SUCCESS
    assert run(belt, 4) == 300


def test_it_goes_on_after_a_stop_once() -> None:
    belt = moving("goes_on")
    stop(belt)
    assert run(belt, 3) == 0
    assert run(belt, 8) == 300
    stop(belt)
    assert run(belt, 4) == 0


def test_it_starts_by_itself() -> None:
    belt = moving("starts_itself")
    pause(belt)
    assert run(belt, 5) == 0
    assert run(belt, 9) > 0


@pytest.mark.parametrize("name", ["lies_speed", "lies_stop", "lies_start"])
def test_it_says_success_and_does_nothing(name: str) -> None:
    belt = moving(name)
    assert stop(belt) == (ResultCode.OPERATION_FAILED if name == "lies_start" else ResultCode.SUCCESS)
    assert run(belt, 4) == {"lies_speed": 0, "lies_stop": 300, "lies_start": 0}[name]


def test_it_takes_km_for_miles() -> None:
    assert moving("miles").belt.speed_ckmh == 482


def test_answers_are_late_or_never_and_links_are_dropped() -> None:
    assert [odd(name).answer_ms for name in ("polite", "answers_1s", "answers_30s", "never_answers")] == [
        45, 1_000, 30_000, None,
    ]  # fmt: skip
    assert odd("hangs_up").hung_up
    assert not odd("polite").hung_up


def test_every_machine_has_words_a_source_and_an_oddity_of_its_own() -> None:
    assert all(machine.words and machine.source for machine in MACHINES)
    assert len({machine.traits for machine in MACHINES}) == len(MACHINES)
    assert [machine.name for machine in MACHINES if not machine.traits.odd] == ["polite"]


def test_machines_combine_by_seed() -> None:
    assert combined(7) == combined(7)
    assert len({combined(seed).name for seed in range(20)}) > 15
    two = both(BY_NAME["repeats"].traits, BY_NAME["miles"].traits)
    assert set(two.odd) == {"repeats", "no_status", "miles"}
    assert both(POLITE, POLITE) == POLITE


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_machine_that_obeys_stands_still_without_orders(machine: object) -> None:
    computer = OddComputer(machine.traits)  # type: ignore[attr-defined]
    assert run(computer, 60) == 0


def test_what_is_odd_is_named_by_machine_or_by_step() -> None:
    traits, oddities = named(("repeats", "miles", "set speed: late"))
    assert set(traits.odd) == {"repeats", "no_status", "miles"}
    assert [(oddity.step, oddity.way) for oddity in oddities] == [(Step.SPEED, Way.LATE)]
    assert named(()) == (POLITE, ())


@pytest.mark.parametrize("name", ["repeat", "set speed: sometimes", "set: late", ""])
def test_a_name_that_nobody_knows_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(OddityError, match="there are"):
        named((name,))


def test_every_cell_of_step_and_way_has_an_oddity_or_a_reason() -> None:
    cells = {(step, way) for step in Step for way in Way}
    assert BY_CELL.keys() | EMPTY.keys() == cells
    assert not BY_CELL.keys() & EMPTY.keys()
    assert len(BY_CELL) == len(ODDITIES)
    assert all(oddity.words for oddity in ODDITIES)
    assert all(EMPTY.values())


def test_oddities_come_by_seed_at_most_one_for_each_step() -> None:
    assert by_seed(3) == by_seed(3)
    for seed in range(50):
        steps = [oddity.step for oddity in by_seed(seed)]
        assert len(steps) == len(set(steps)) > 1


async def test_a_gym_furnishes_the_odd_treadmills_that_its_settings_name() -> None:
    config = GymConfig(treadmills=3, straps=0, odd={"tm-02": ("no_status",), "tm-03": ("stop: silent",)})
    stations = Gym(config, ManualClock()).stations
    assert [type(s.computer).__name__ for s in stations] == ["Computer", "OddComputer", "Computer"]
    assert [type(s.treadmill).__name__ for s in stations] == [
        "VirtualTreadmill",
        "VirtualTreadmill",
        "OddTreadmill",
    ]
