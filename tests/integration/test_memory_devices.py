"""The same checks for a device in memory and for one on the virtual radio: what `Link` sees of both is the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from memory_gym import MemoryMachine

from device_adapters.ble.link import Link, WriteRefusedError, connect
from device_adapters.ble.radio import Backends, Radio
from device_adapters.clock import SystemClock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import ranges, treadmill_data
from device_adapters.errors import LinkError
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout
from device_adapters.sim.memory import MemoryAdapter

CLOCK = SystemClock()
POINT, STATUS = uuids.FITNESS_MACHINE_CONTROL_POINT, uuids.FITNESS_MACHINE_STATUS
BOUND_S = 60


class DevicesInMemory:
    """A machine in memory."""

    def __init__(self) -> None:
        self.machine = MemoryMachine()
        self.address = self.machine.device.address

    @asynccontextmanager
    async def backends(self) -> AsyncIterator[Backends]:
        telling = asyncio.create_task(self.machine.run())
        yield MemoryAdapter([self.machine.device]).backends
        telling.cancel()
        await asyncio.wait([telling])

    def vanish(self) -> None:
        self.machine.device.present = False
        self.machine.device.drop()


class OnTheRadio:
    """A machine of the virtual gym."""

    address = dict(gym_layout(1, 0))["tm-01"]

    @asynccontextmanager
    async def backends(self) -> AsyncIterator[Backends]:
        async with Gym(GymConfig(treadmills=1, straps=0), CLOCK) as self.gym:
            running = asyncio.create_task(self.gym.run())
            adapter = await self.gym.radio()
            yield Backends(adapter.client_backend, adapter.scanner_backend)
            await adapter.close()
            running.cancel()
            await asyncio.wait([running])

    def vanish(self) -> None:
        self.gym.inject("tm-01", b"link_lost")


World = DevicesInMemory | OnTheRadio


@pytest.fixture(params=[DevicesInMemory, OnTheRadio])
async def linked(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Link, World]]:
    world: World = request.param()
    async with world.backends() as backends, asyncio.timeout(BOUND_S):
        radio = Radio("hci0", 5, CLOCK, backends)
        scanning = asyncio.create_task(radio.run())
        async with connect(radio, world.address) as link:
            yield link, world
        scanning.cancel()
        await asyncio.wait([scanning])


async def test_what_it_has_and_may_be_read(linked: tuple[Link, World]) -> None:
    link, _ = linked
    assert link.has(POINT)
    assert not link.has(uuids.HEART_RATE_MEASUREMENT)
    offered = {each.uuid: each for each in link.offered()}
    assert offered[POINT].service == uuids.FITNESS_MACHINE_SERVICE
    assert offered[POINT].properties == ("indicate", "write")
    assert offered[uuids.TREADMILL_DATA].properties == ("notify",)
    assert ranges.decode_speed(await link.read(uuids.SPEED_RANGE) or b"").max_ckmh == 2000
    assert await link.read(POINT) is None
    assert await link.read(uuids.HEART_RATE_MEASUREMENT) is None


async def test_a_conversation(linked: tuple[Link, World]) -> None:
    link, _ = linked
    frames, answers = asyncio.Queue[bytes](), asyncio.Queue[bytes]()
    await link.subscribe(uuids.TREADMILL_DATA, frames.put_nowait)
    await link.subscribe(POINT, answers.put_nowait)
    await link.write(POINT, b"\x00")
    assert await answers.get() == b"\x80\x00\x01"
    await link.write(POINT, b"\x07")
    assert await answers.get() == b"\x80\x07\x01"
    while not treadmill_data.decode(await frames.get()).speed_ckmh:
        pass
    await link.write(POINT, b"\x08\x01")
    assert await answers.get() == b"\x80\x08\x01"
    while treadmill_data.decode(await frames.get()).speed_ckmh:
        pass


async def test_errors(linked: tuple[Link, World]) -> None:
    link, _ = linked
    with pytest.raises(WriteRefusedError):
        await link.write(uuids.SPEED_RANGE, b"\x00")
    with pytest.raises(LinkError):
        await link.subscribe(uuids.SPEED_RANGE, print)


async def test_a_device_that_goes(linked: tuple[Link, World]) -> None:
    link, world = linked
    world.vanish()
    await link.gone.wait()
    with pytest.raises(LinkError):
        link.has(STATUS)
    with pytest.raises(LinkError):
        await link.read(uuids.SPEED_RANGE)
    with pytest.raises(LinkError):
        await link.subscribe(uuids.TREADMILL_DATA, print)
    with pytest.raises(LinkError):
        await link.write(POINT, b"\x00")
