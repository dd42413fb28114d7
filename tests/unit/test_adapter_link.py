"""`ble.link.Link` and the writes of a control point on a device in memory, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from bleak.exc import BleakGATTProtocolError
from virtual_time import LoopClock, virtual
from waiting import until

from device_adapters.ble.link import Link, Offered, WriteRefusedError, connect
from device_adapters.ble.radio import Radio
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError
from device_adapters.sim.memory import Device, MemoryAdapter, Value
from device_adapters.unit.control_writes import ControlWrites

POINT = uuids.FITNESS_MACHINE_CONTROL_POINT
ADDRESS = "C0:00:00:00:01:01"
BOUND_S = 3.0
"""No operation takes longer: ATT would allow 30 s, and a belt moves meanwhile."""


class LinkThing:
    """A device whose writes are kept, and refused with `error` if there is one."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.error = 0
        self.device = Device(
            ADDRESS,
            {
                uuids.FITNESS_MACHINE_SERVICE: [
                    Value(uuids.SPEED_RANGE, ("read",), lambda: b"\x50\x00\xd0\x07\x0a\x00"),
                    Value(uuids.TREADMILL_DATA, ("notify",)),
                    Value(POINT, ("write", "indicate"), write=self._write),
                ]
            },
            name="Belt",
        )

    def _write(self, data: bytes) -> None:
        if self.error:
            raise BleakGATTProtocolError(self.error)
        self.taken.append(data)


@asynccontextmanager
async def linked(thing: LinkThing) -> AsyncIterator[tuple[Link, Radio]]:
    adapter, clock = MemoryAdapter([thing.device]), LoopClock()
    radio = Radio("memory", 2, clock, adapter.backends)
    scanning = asyncio.create_task(radio.run())
    async with connect(radio, ADDRESS) as link:
        yield link, radio
    scanning.cancel()
    await asyncio.wait([scanning])


@virtual
async def test_a_link_knows_what_it_is_to() -> None:
    async with linked(LinkThing()) as (link, radio):
        assert (link.name, link.rssi, link.radio) == ("Belt", -60, "memory")
        assert link.has(POINT)
        assert not link.has(uuids.BATTERY_LEVEL)
        assert link.offered() == (
            Offered(uuids.FITNESS_MACHINE_SERVICE, uuids.SPEED_RANGE, ("read",)),
            Offered(uuids.FITNESS_MACHINE_SERVICE, uuids.TREADMILL_DATA, ("notify",)),
            Offered(uuids.FITNESS_MACHINE_SERVICE, POINT, ("indicate", "write")),
        )
        assert radio.used == 1
        assert not link.gone.is_set()


@virtual
async def test_it_reads_subscribes_and_writes() -> None:
    thing, heard = LinkThing(), list[bytes]()
    async with linked(thing) as (link, _):
        assert await link.read(uuids.SPEED_RANGE) == b"\x50\x00\xd0\x07\x0a\x00"
        assert await link.read(uuids.BATTERY_LEVEL) is None
        assert await link.read(POINT) is None
        await link.subscribe(uuids.TREADMILL_DATA, heard.append)
        thing.device.notify(uuids.TREADMILL_DATA, b"\x01\x02")
        await until(lambda: heard)
        assert heard == [b"\x01\x02"]
        await link.write(POINT, b"\x07")
        assert thing.taken == [b"\x07"]


@virtual
async def test_a_refused_write_says_with_which_error() -> None:
    thing = LinkThing()
    thing.error = 0x0E
    async with linked(thing) as (link, _):
        with pytest.raises(WriteRefusedError, match="0x0e") as refused:
            await link.write(POINT, b"\x07")
        assert refused.value.att_error == 0x0E
        assert not link.gone.is_set()


OPERATIONS: dict[str, Callable[[Link], Awaitable[object]]] = {
    "read": lambda link: link.read(uuids.SPEED_RANGE),
    "subscribe": lambda link: link.subscribe(uuids.TREADMILL_DATA, print),
    "write": lambda link: link.write(POINT, b"\x07"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@virtual
async def test_no_operation_waits_longer_than_its_bound(operation: str) -> None:
    thing = LinkThing()
    async with linked(thing) as (link, _):
        thing.device.mute = True
        began_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(60):
            with pytest.raises(LinkError):
                await OPERATIONS[operation](link)
        assert asyncio.get_running_loop().time() - began_s <= BOUND_S


@pytest.mark.parametrize("operation", OPERATIONS)
@virtual
async def test_a_link_that_goes_meanwhile_is_a_link_error(operation: str) -> None:
    thing = LinkThing()
    async with linked(thing) as (link, _):
        thing.device.mute = True
        asyncio.get_running_loop().call_later(0.5, thing.device.drop)
        with pytest.raises(LinkError):
            await OPERATIONS[operation](link)
        assert link.gone.is_set()
        with pytest.raises(LinkError):
            link.has(POINT)
        with pytest.raises(LinkError):
            link.offered()


@virtual
async def test_given_up_is_gone_and_the_end_disconnects() -> None:
    thing = LinkThing()
    async with linked(thing) as (link, radio):
        link.give_up()
        assert link.gone.is_set()
        assert link.gone in radio.links
    assert thing.device.client is None
    assert radio.used == 0
    assert link.gone not in radio.links


@virtual
async def test_a_device_that_is_heard_and_does_not_answer_is_a_link_error_in_time() -> None:
    thing = LinkThing()
    adapter, clock = MemoryAdapter([thing.device]), LoopClock()
    radio = Radio("memory", 2, clock, adapter.backends)
    scanning = asyncio.create_task(radio.run())
    thing.device.mute = True
    began_s = asyncio.get_running_loop().time()
    with pytest.raises(LinkError, match="memory"):
        async with asyncio.timeout(120), connect(radio, ADDRESS):
            raise AssertionError("there is no link")
    assert asyncio.get_running_loop().time() - began_s <= 30
    assert radio.used == 0
    scanning.cancel()
    await asyncio.wait([scanning])


@virtual
async def test_writes_go_out_in_order_and_what_fails_is_told() -> None:
    thing, failed = LinkThing(), list[tuple[bytes, int | None]]()
    writes = ControlWrites("tm-01", lambda data, error: failed.append((data, error)))
    writes.put(b"\x00")
    writes.put(b"\x07")
    async with linked(thing) as (link, _):
        writing = asyncio.create_task(writes.write_out(link))
        await until(lambda: len(thing.taken) == 2)
        writes.put(b"\x08\x01")
        await until(lambda: len(thing.taken) == 3)
        assert thing.taken == [b"\x00", b"\x07", b"\x08\x01"]
        assert failed == []
        thing.error = 0x0E
        writes.put(b"\x08\x02")
        await until(lambda: failed)
        assert failed == [(b"\x08\x02", 0x0E)]
        thing.error, thing.device.mute = 0, True
        writes.put(b"\x08\x01")
        await until(lambda: len(failed) == 2, seconds=BOUND_S + 0.1)
        assert failed[1] == (b"\x08\x01", None)
        thing.device.mute = False
        writes.put(b"\x08\x01")
        await until(lambda: len(thing.taken) == 4)
        writing.cancel()
        await asyncio.wait([writing])


@virtual
async def test_what_waits_when_a_link_goes_is_not_written_to_the_next() -> None:
    thing = LinkThing()
    writes = ControlWrites("tm-01", lambda _data, _error: None)
    async with linked(thing) as (link, _):
        thing.device.mute = True
        writing = asyncio.create_task(writes.write_out(link))
        for data in (b"\x02\x64\x00", b"\x02\xc8\x00", b"\x03\x14\x00"):
            writes.put(data)
        await asyncio.sleep(0.5)
        writing.cancel()
        await asyncio.wait([writing])
        writes.clear()
    thing.device.mute = False
    async with linked(thing) as (link, _):
        writing = asyncio.create_task(writes.write_out(link))
        await asyncio.sleep(5)
        assert thing.taken == []
        writes.put(b"\x02\x50\x00")
        await until(lambda: thing.taken)
        assert thing.taken == [b"\x02\x50\x00"]
        writing.cancel()
        await asyncio.wait([writing])
