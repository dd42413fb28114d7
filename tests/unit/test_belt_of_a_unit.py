"""The true belt under a whole unit, in virtual time: after a stop it is never faster, at rest it never moves."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from memory_gym import BEGIN, HALT, MemoryGym, MemoryMachine, Strap1, gym, kmh_of, record
from virtual_time import VirtualLoop, virtual
from waiting import until

from device_adapters import commissioning
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.belt import Belt, BeltSpec
from device_adapters.sim.memory import Value

STOP_S = 8.0
"""A whole stop takes no longer."""


async def watched(g: MemoryGym, seconds: float, machine: MemoryMachine | None = None) -> list[float]:
    """The true speed, ten times a second."""
    machine, speeds = machine or g.machine, []
    for _ in range(round(seconds * 10)):
        speeds.append(machine.kmh)
        await asyncio.sleep(0.1)
    return speeds


def halts(machine: MemoryMachine) -> list[bytes]:
    return [data for _, data in machine.taken if data[0] == OpCode.STOP_OR_PAUSE]


async def slowed_at_the_console(g: MemoryGym, kmh: float) -> None:
    """A hand on the minus key: the machine slows down and says so."""
    g.machine.say(g.machine.computer.press_speed(round(kmh * 100)))
    await until(lambda: g.machine.kmh == kmh)


async def stopped(g: MemoryGym) -> None:
    await g.press_stop()


async def paused(g: MemoryGym) -> None:
    await g.bus.publish(
        registry.COMMAND, m.Command(id="p", verb="stop", epoch=1, beat=g.beats["tm-01"]), "tm-01"
    )


async def lowered(g: MemoryGym) -> None:
    target = m.Command(id="t", verb="target", epoch=1, beat=g.beats["tm-01"], speed_kmh=2.5)
    await g.bus.publish(registry.COMMAND, target, "tm-01")


async def limited(g: MemoryGym) -> None:
    """Staff lower the limit under a running belt."""
    await g.let_go()
    now = g.states["tm-01"].limits
    assert now is not None
    await g.hold(
        limits=m.Limits(**{**{f: getattr(now, f) for f in now.__struct_fields__}, "speed_max_kmh": 2.5})
    )


async def cut_off(g: MemoryGym) -> None:
    g.broker.stop()


@pytest.mark.parametrize("press", [stopped, paused, lowered, limited, cut_off])
@pytest.mark.parametrize("after_s", [0.2, 2.0, 3.5])
@virtual
async def test_a_belt_slowed_at_its_console_is_sped_up_by_no_stop_and_nothing_lower(
    tmp_path: Path, press: Any, after_s: float
) -> None:
    async with gym(tmp_path) as g:
        await g.moving(3.0)
        await slowed_at_the_console(g, 1.0)
        await asyncio.sleep(after_s)
        await press(g)
        assert max(await watched(g, 10)) <= 1.0


@virtual
async def test_a_belt_slowed_at_its_console_on_its_way_down_is_told_nothing_faster(tmp_path: Path) -> None:
    commissioning.write(tmp_path, record())
    spec = BeltSpec(start_delay_ms=500, decel_ckmh_s=400)
    async with gym(tmp_path, [MemoryMachine(spec=spec)]) as g:
        await g.moving(5.5)
        assert (await g.command("target", speed_kmh=1.0)).outcome == "accepted"
        written = len(g.machine.taken)
        for _ in range(8):  # a hand that stays on the minus key
            g.machine.say(g.machine.computer.press_speed(120))
            await asyncio.sleep(0.1)
        await watched(g, 5)
        told = kmh_of(g.machine.taken[written:])
        assert told == sorted(told, reverse=True)
        assert g.machine.kmh == 1.0


@pytest.mark.parametrize("press", [stopped, paused, cut_off])
@virtual
async def test_a_stop_of_a_belt_that_stands_starts_nothing(tmp_path: Path, press: Any) -> None:
    """It was paused at its console, says nothing of it, and resumes on Set Target Speed."""
    spec = BeltSpec(start_delay_ms=500, speed_at_rest="starts")
    async with gym(tmp_path, [MemoryMachine(spec=spec)]) as g:
        await g.moving(2.5)
        g.machine.belt.halt(pause=True)
        await until(lambda: g.machine.kmh == 0)
        await asyncio.sleep(0.3)
        written = len(g.machine.taken)
        await press(g)
        assert max(await watched(g, 15)) == 0
        assert halts(g.machine)
        assert not any(data[0] in (2, 7) for _, data in g.machine.taken[written:])


@virtual
async def test_a_belt_that_starts_by_itself_under_a_lease_is_stopped(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        await asyncio.sleep(3)
        assert g.machine.belt.start()
        g.machine.belt.set_speed(800)
        await until(lambda: g.machine.kmh > 0)
        await until(lambda: HALT in halts(g.machine), seconds=2)
        await g.rest()
        await until(lambda: g.states["tm-01"].latched)
        assert BEGIN not in [data for _, data in g.machine.taken]


class HungDisk:
    """Whoever writes a mark waits until the test lets go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = threading.Event()
        touch, loop = Path.touch, asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)

        def slowly(path: Path, *args: Any, **kwargs: Any) -> None:
            if path.parent.name == "moving":
                loop.hung += 1
                self.free.wait(60)
                loop.hung -= 1
            touch(path, *args, **kwargs)

        monkeypatch.setattr(Path, "touch", slowly)


@virtual
async def test_a_disk_that_hangs_holds_up_no_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of a moving belt cannot be written: the belt is not started, or stops in time all the same."""
    async with gym(tmp_path, [MemoryMachine(1), MemoryMachine(2)]) as g:
        await g.ready("tm-02")
        await g.moving(2.0, "tm-02")
        disk = HungDisk(monkeypatch)
        await g.claim()
        await asyncio.sleep(0.5)
        started = await g.command("start")
        assert started.outcome == "refused"
        await g.let_go()
        await until(lambda: g.machine.kmh == 0 and g.machines[1].kmh == 0, seconds=STOP_S + 4)
        disk.free.set()


@virtual
async def test_a_link_that_comes_back_without_a_range_stops_the_belt(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(3.0)
        g.machine.range = replace(g.machine.range, min_ckmh=0, max_ckmh=0)
        written = len(g.machine.taken)
        g.machine.device.drop()
        await until(lambda: g.machine.kmh == 0, seconds=10)
        assert HALT in [data for _, data in g.machine.taken[written:]]


class Contrary(Belt):
    """It speeds up on each lower setpoint."""

    def set_speed(self, ckmh: int) -> bool:
        return super().set_speed(self.target_ckmh + 150 if ckmh < self.target_ckmh else ckmh)


@virtual
async def test_a_belt_that_speeds_up_on_each_lower_speed_is_halted(tmp_path: Path) -> None:
    commissioning.write(tmp_path, record())
    machine = MemoryMachine()
    machine.computer.belt = Contrary(machine.belt.spec)
    async with gym(tmp_path, [machine]) as g:
        await g.moving(5.5)
        await g.press_stop()
        await until(lambda: HALT in halts(machine), seconds=1.2)
        assert max(await watched(g, 10)) <= 8.5
        assert machine.kmh == 0


@virtual
async def test_leases_that_come_late_by_a_constant_time_stop_the_belt(tmp_path: Path) -> None:
    """The way back takes 4.5 s: the unit sees it by the nonce of its own words."""
    async with gym(tmp_path) as g:
        await g.moving(2.0)
        await g.let_go()

        async def late() -> None:
            while True:
                now_ms = g.clock.wall_ms()
                old = [said.nonce for said in g.said if said.at_ms <= now_ms - 4_500]
                await g.renew(nonce=old[-1])
                await asyncio.sleep(0.5)

        renewing = asyncio.create_task(late())
        await until(lambda: g.machine.kmh == 0, seconds=3 + STOP_S)
        renewing.cancel()


@virtual
async def test_a_lease_without_deceleration_stops_within_the_bound_all_the_same(tmp_path: Path) -> None:
    limits = m.Limits(
        speed_max_kmh=4, accel_max_kmh_s=0.5, decel_stop_kmh_s=0.01, grade_min_pct=0, grade_max_pct=0,
        session_max_s=600, bout_max_s=600, hr_max_pct=80,
    )  # fmt: skip
    async with gym(tmp_path) as g:
        await g.moving(3.0, limits=limits)
        await g.press_stop()
        await until(lambda: g.machine.kmh == 0, seconds=STOP_S + 0.5)


@virtual
async def test_nobody_walks_on_a_deck_that_nobody_has_seen(tmp_path: Path) -> None:
    """Somebody else left it at 8 %, and this belt tells no incline."""
    machine = MemoryMachine()
    machine.belt.set_incline(80)
    machine.belt.step(60_000)
    machine.tell = lambda: machine.frame(speed_ckmh=machine.belt.speed_ckmh)  # type: ignore[method-assign]
    commissioning.write(tmp_path, record())
    async with gym(tmp_path, [machine]) as g:
        await g.ready()
        await g.hold(goal=Goal.MOBILITY, level=Level.NOVICE)
        await g.command("start")
        for _ in range(200):
            assert machine.kmh == 0 or machine.belt.incline_dpct <= 20
            await asyncio.sleep(0.1)


# Odd devices.


def answering(g: MemoryGym, op: bytes, answer: Any) -> None:
    """The control point does with this one procedure as `answer` says, and with the others as it should."""
    point = g.machine.device.value(uuids.FITNESS_MACHINE_CONTROL_POINT)
    write = point.write
    assert write is not None

    def written(data: bytes) -> None:
        if data[:1] == op:
            g.machine.taken.append((0, data))
            answer()
        else:
            write(data)

    point.write = written


def answered(g: MemoryGym, op: bytes, result: bytes, after_s: float = 0.0) -> Any:
    """It is answered so, some time after it was written."""
    data = b"\x80" + op + result
    loop = asyncio.get_running_loop()
    tell = g.machine.device.notify
    return lambda: loop.call_later(after_s, tell, uuids.FITNESS_MACHINE_CONTROL_POINT, data)


@pytest.mark.parametrize("op", [b"\x02", b"\x03"])
@pytest.mark.parametrize("after_s", [None, 0.4, 0.8, 2.5])
@virtual
async def test_after_a_halt_nothing_that_waited_is_written(
    tmp_path: Path, op: bytes, after_s: float | None
) -> None:
    """A procedure is refused late or never answered, and another one waits behind it."""
    commissioning.write(tmp_path, record())
    async with gym(tmp_path) as g:
        await g.moving(2.0, goal=Goal.KNEE_STRENGTH)
        answering(g, op, (lambda: None) if after_s is None else answered(g, op, b"\x04", after_s))
        for n in range(4):
            target = m.Command(
                id=f"t{n}", verb="target", epoch=1, beat=g.beats["tm-01"], speed_kmh=2 + n % 2 * 0.6,
                incline_pct=2.0 + n,
            )  # fmt: skip
            await g.bus.publish(registry.COMMAND, target, "tm-01")
            await asyncio.sleep(0.5)
        await until(lambda: HALT in halts(g.machine))
        await asyncio.sleep(8)
        sent = [data for _, data in g.machine.taken]
        assert HALT in sent
        after = sent[sent.index(HALT) :]
        speeds = [int.from_bytes(data[1:], "little") for data in after if data[0] == 2]
        assert speeds == sorted(speeds, reverse=True)
        assert max(speeds, default=0) <= 200
        assert not any(data[0] in (3, 7) for data in after)
        assert g.machine.kmh == 0


@pytest.mark.parametrize("answered_s", [None, 0.1, 0.25])
@virtual
async def test_a_first_speed_that_waits_for_its_start_is_forgotten_by_a_stop(
    tmp_path: Path, answered_s: float | None
) -> None:
    """The machine is slow to answer its start, and Stop is pressed meanwhile."""
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        answering(
            g, b"\x07", (lambda: None) if answered_s is None else answered(g, b"\x07", b"\x01", answered_s)
        )
        start = m.Command(id="s", verb="start", epoch=1, beat=g.beats["tm-01"])
        await g.bus.publish(registry.COMMAND, start, "tm-01")
        await until(lambda: BEGIN in [data for _, data in g.machine.taken])
        await g.press_stop()
        await asyncio.sleep(10)
        sent = [data for _, data in g.machine.taken]
        after = sent[sent.index(HALT) :]
        assert {data[0] for data in after} <= {0, OpCode.STOP_OR_PAUSE}


@virtual
async def test_a_strap_with_two_batteries_ends_no_unit_and_no_stop(tmp_path: Path) -> None:
    strap = Strap1(1)
    strap.device.values[uuids.BATTERY_SERVICE] *= 2
    async with gym(tmp_path, straps=[strap]) as g:
        await g.moving(2.0)
        await asyncio.sleep(10)
        assert g.running is not None
        assert not g.running.done()
        assert g.machine.kmh == 2.0
        await g.press_stop()
        await g.rest()


@virtual
async def test_a_treadmill_with_a_doubled_characteristic_ends_no_unit(tmp_path: Path) -> None:
    odd = MemoryMachine(2)
    odd.device.values[uuids.FITNESS_MACHINE_SERVICE].append(Value(uuids.TREADMILL_DATA, ("notify",)))
    async with gym(tmp_path, [MemoryMachine(1), odd]) as g:
        await g.moving(2.0)
        await asyncio.sleep(10)
        assert g.running is not None
        assert not g.running.done()
        await g.press_stop()
        await g.rest()


@pytest.mark.parametrize("result", [None, b"\x02", b"\x04", b"\x05"])
@virtual
async def test_a_stop_goes_out_without_permission(tmp_path: Path, result: bytes | None) -> None:
    """The control point says that control is lost, and refuses each request for it, or answers none."""
    async with gym(tmp_path) as g:
        await g.moving(2.0)
        answering(g, b"\x00", (lambda: None) if result is None else answered(g, b"\x00", result))
        g.machine.say(g.machine.computer.revoke_control())
        await until(lambda: HALT in halts(g.machine), seconds=3)


@pytest.mark.parametrize("by_itself", [True, False])
@virtual
async def test_no_speed_is_written_to_a_belt_that_is_silent_at_rest(tmp_path: Path, by_itself: bool) -> None:
    spec = BeltSpec(start_delay_ms=500, speed_at_rest="starts")
    async with gym(tmp_path, [MemoryMachine(spec=spec)]) as g:
        await g.moving(2.0)
        tell = g.machine.tell
        g.machine.tell = lambda: tell() if g.machine.kmh else None  # type: ignore[method-assign]
        if by_itself:
            g.machine.belt.halt(pause=True)
            await g.rest()
        written = len(g.machine.taken)
        await g.press_stop()
        await g.rest()
        if not by_itself:
            written = len(g.machine.taken)
        assert max(await watched(g, 20)) == 0
        assert not kmh_of(g.machine.taken[written:])
