"""A link that is lost in the middle of anything is a LinkError, whatever was being asked: a unit lives on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from device_adapters.ble.link import Link, connect
from device_adapters.ble.radio import Backends, Radio
from device_adapters.ble.radios import Radios
from device_adapters.clock import SystemClock
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout

CLOCK = SystemClock()
TREADMILL = dict(gym_layout(1, 0))["tm-01"]


@pytest.fixture
async def lost() -> AsyncIterator[Link]:
    """A link to a treadmill that has vanished."""
    async with Gym(GymConfig(treadmills=1, straps=0), CLOCK) as gym:
        adapter = await gym.radio()
        radio = Radio("hci0", 5, CLOCK, Backends(adapter.client_backend, adapter.scanner_backend))
        scanning = asyncio.create_task(radio.run())
        async with asyncio.timeout(60), connect(Radios([radio], CLOCK), TREADMILL) as link:
            assert link.has(uuids.FITNESS_MACHINE_STATUS)
            gym.inject("tm-01", b"link_lost")
            await link.gone.wait()
            yield link
        scanning.cancel()
        await asyncio.wait([scanning])
        await adapter.close()


async def test_every_question_to_a_lost_link_is_a_link_error(lost: Link) -> None:
    with pytest.raises(LinkError):
        lost.has(uuids.FITNESS_MACHINE_STATUS)
    with pytest.raises(LinkError):
        lost.offered()
    with pytest.raises(LinkError):
        await lost.read(uuids.SPEED_RANGE)
    with pytest.raises(LinkError):
        await lost.subscribe(uuids.TREADMILL_DATA, lambda _data: None)
    with pytest.raises(LinkError):
        await lost.write(uuids.FITNESS_MACHINE_CONTROL_POINT, b"\x00")
