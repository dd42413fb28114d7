"""The true belt of a unit whose machine tells old words, takes only one kind of halt, or resumes by what is written."""

import asyncio
from pathlib import Path

import pytest
from memory_gym import HALT, PAUSE, MemoryMachine, gym, kmh_of, record
from virtual_time import virtual
from waiting import until

from device_adapters import commissioning
from device_adapters.codecs import uuids
from device_adapters.sim.belt import Belt, BeltSpec, Drive
from device_adapters.sim.memory import Value

STOP_S = 20.0
"""A machine that takes one kind of halt only has taken it by then."""


class PausedOnly(Belt):
    """Stop is answered with Success and not done; Pause is done. A speed resumes it; at its lowest it overshoots."""

    over_ckmh = 0

    def halt(self, *, pause: bool) -> bool:
        return super().halt(pause=True) if pause else True

    def set_speed(self, ckmh: int) -> bool:
        if self.drive in (Drive.PAUSING, Drive.PAUSED):
            self.drive = Drive.RUNNING
        return super().set_speed(ckmh + self.over_ckmh if ckmh == self.spec.speed_min_ckmh else ckmh)


@pytest.mark.parametrize("over_ckmh", [0, 2, 15])
@pytest.mark.parametrize("decel_ckmh_s", [50, 200, 3_000])
@virtual
async def test_a_pause_that_is_obeyed_is_taken_back_by_no_speed_of_ours(
    tmp_path: Path, over_ckmh: int, decel_ckmh_s: int
) -> None:
    commissioning.write(tmp_path, record())
    belt = PausedOnly(BeltSpec(start_delay_ms=500, decel_ckmh_s=decel_ckmh_s))
    belt.over_ckmh = over_ckmh
    machine = MemoryMachine()
    machine.computer.belt = belt
    async with gym(tmp_path, [machine]) as g:
        await g.moving(3.0)
        await g.press_stop()
        await until(lambda: machine.kmh == 0, seconds=STOP_S)
        written = len(machine.taken)
        for _ in range(100):
            assert machine.kmh == 0
            await asyncio.sleep(0.1)
        assert not kmh_of(machine.taken[written:])


class PausedFirst(Belt):
    """It refuses Stop while it moves."""

    def halt(self, *, pause: bool) -> bool:
        moves = self.drive in (Drive.RUNNING, Drive.PAUSING)
        return super().halt(pause=pause) if pause or not moves else False


@pytest.mark.parametrize("presses", [False, True])
@pytest.mark.parametrize("kind", [PausedFirst, PausedOnly])
@virtual
async def test_a_belt_whose_clock_ends_while_it_runs_is_stopped_by_what_it_takes(
    tmp_path: Path, kind: type[Belt], presses: bool
) -> None:
    """Its clock stands at 12 s and it tells no distance, so that its constant speed is taken for an old one."""
    commissioning.write(tmp_path, record())
    machine = MemoryMachine()
    belt = machine.computer.belt = kind(BeltSpec(start_delay_ms=500))
    machine.tell = lambda: machine.frame(  # type: ignore[method-assign]
        speed_ckmh=belt.speed_ckmh, incline_dpct=0, elapsed_s=min(12, belt.elapsed_s)
    )
    async with gym(tmp_path, [machine]) as g:
        await g.moving(4.0)
        if presses:
            await g.press_stop()
        await until(lambda: machine.kmh == 0, seconds=60)
        assert PAUSE in [data for _, data in machine.taken]
        await asyncio.sleep(5)
        assert machine.kmh == 0
        assert machine.taken[-1][1] == HALT


class ToldWords(Value):
    """From the first subscriber to its data on, nothing that the machine is asked is answered."""

    machine: MemoryMachine

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "subscriber" and value is not None:
            self.machine.device.mute = True


@virtual
async def test_what_a_lost_link_told_is_no_word_of_the_belt_on_the_next(tmp_path: Path) -> None:
    """Its frames wait while another question is not answered; the link goes, the belt rests, and a speed starts it."""
    commissioning.write(tmp_path, record())
    machine = MemoryMachine(spec=BeltSpec(start_delay_ms=1_000, decel_ckmh_s=2_000, speed_at_rest="starts"))
    device = machine.device
    async with gym(tmp_path, [machine]) as g:
        await g.moving(3.0)
        device.drop()
        values = device.values[uuids.FITNESS_MACHINE_SERVICE]
        at = next(n for n, value in enumerate(values) if value.uuid == uuids.TREADMILL_DATA)
        honest = values[at]
        hanging = values[at] = ToldWords(honest.uuid, honest.properties)
        hanging.machine = machine
        await until(lambda: device.mute, seconds=10)
        await asyncio.sleep(0.3)  # a frame or two
        values[at] = honest
        machine.tells = False
        machine.belt.halt(pause=True)
        device.drop()
        device.mute = False
        await until(lambda: machine.kmh == 0)
        written = len(machine.taken)
        for _ in range(100):
            assert machine.kmh == 0
            assert not machine.belt.under_way
            await asyncio.sleep(0.1)
        assert HALT in [data for _, data in machine.taken[written:]]
        assert not kmh_of(machine.taken[written:])
