"""`ble.link.Link` on devices that have things twice, offer one kind of write and take the other, or say no and live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError, BleakGATTProtocolError
from virtual_time import LoopClock, virtual
from waiting import until

from device_adapters.ble.failures import RefusedError
from device_adapters.ble.link import (
    IncompleteError,
    Link,
    NoAnswerError,
    NotifyRefusedError,
    WriteRefusedError,
    connect,
)
from device_adapters.ble.radio import Backends, Radio
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError
from device_adapters.sim.memory import Device, MemoryAdapter, MemoryClient, Value

POINT, DATA, RANGE = uuids.FITNESS_MACHINE_CONTROL_POINT, uuids.TREADMILL_DATA, uuids.SPEED_RANGE
ADDRESS = "C0:00:00:00:01:01"
NOT_PERMITTED, NOT_SUPPORTED, UNLIKELY = 0x03, 0x06, 0x0E
Properties = tuple[Any, ...]


class ImpoliteBelt(MemoryAdapter):
    """A belt whose characteristics come by hand. `errors`: what the next calls of an operation end in, in turn;
    `wrote`: value and way of each write that reached it; `asked`: operation and place of each call.
    """

    def __init__(self, *values: Value) -> None:
        self.values = values
        self.device = Device(ADDRESS, {uuids.FITNESS_MACHINE_SERVICE: list(values)}, name="Belt")
        super().__init__([self.device])
        self.errors: dict[str, list[Exception | None]] = {}
        self.wrote: list[tuple[bytes, bool]] = []
        self.asked: list[tuple[str, int]] = []

    @property
    def backends(self) -> Backends:
        """Its client, over the scanner of devices in memory."""
        return Backends(type("Client", (ImpoliteClient,), {"belt": self}), super().backends.scanner)

    def take(self, operation: str, characteristic: BleakGATTCharacteristic) -> None:
        """A call that arrives: noted, and refused if that is next."""
        self.asked.append((operation, self.values.index(characteristic.obj)))
        waiting = self.errors.get(operation, [])
        if waiting and (error := waiting.pop(0)) is not None:
            raise error


class ImpoliteClient(MemoryClient):
    """Asks its belt first."""

    belt: ImpoliteBelt

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **kwargs: Any) -> bytearray:
        self.belt.take("read", characteristic)
        return await super().read_gatt_char(characteristic, **kwargs)

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        self.belt.wrote.append((bytes(data), response))
        self.belt.take("write", characteristic)
        await super().write_gatt_char(characteristic, data, response)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: Any, **kwargs: Any
    ) -> None:
        self.belt.take("start", characteristic)
        await super().start_notify(characteristic, callback, **kwargs)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        self.belt.take("stop", characteristic)
        await super().stop_notify(characteristic)


@asynccontextmanager
async def linked(belt: ImpoliteBelt) -> AsyncIterator[Link]:
    radio = Radio("memory", 2, LoopClock(), belt.backends)
    scanning = asyncio.create_task(radio.run())
    try:
        async with connect(radio, ADDRESS) as link:
            yield link
    finally:
        scanning.cancel()
        await asyncio.wait([scanning])


def point(*properties: str) -> Value:
    return Value(POINT, properties, write=lambda _data: None)  # type: ignore[arg-type]  # names as bleak has them


def att(error: int) -> BleakGATTProtocolError:
    return BleakGATTProtocolError(error)


@pytest.mark.parametrize(
    ("offers", "asked", "response"),
    [
        (("write",), None, True),
        (("write-without-response",), None, False),
        (("write", "write-without-response"), None, True),
        (("indicate",), None, True),  # it says of no write at all, and takes one
        (("write", "write-without-response"), False, False),
        (("write-without-response",), True, True),
    ],
)
@virtual
async def test_it_writes_as_the_device_offers_or_as_is_wished(
    offers: Properties, asked: bool | None, response: bool
) -> None:
    belt = ImpoliteBelt(point(*offers))
    async with linked(belt) as link:
        await link.write(POINT, b"\x08\x01", response=asked)
    assert belt.wrote == [(b"\x08\x01", response)]


@pytest.mark.parametrize("error", [NOT_PERMITTED, NOT_SUPPORTED])
@virtual
async def test_a_kind_of_write_that_is_refused_gives_way_to_the_other_that_is_offered(error: int) -> None:
    belt = ImpoliteBelt(point("write", "write-without-response"))
    belt.errors["write"] = [att(error)]
    async with linked(belt) as link:
        await link.write(POINT, b"\x08\x01")
    assert belt.wrote == [(b"\x08\x01", True), (b"\x08\x01", False)]


@pytest.mark.parametrize(
    ("offers", "response", "error"),
    [
        (("write",), None, NOT_PERMITTED),
        (("write-without-response",), None, NOT_SUPPORTED),
        (("write", "write-without-response"), None, UNLIKELY),
        (("write", "write-without-response"), True, NOT_PERMITTED),
        (("write", "write-without-response"), False, NOT_SUPPORTED),
    ],
)
@virtual
async def test_what_is_refused_for_its_value_or_has_no_other_way_is_told(
    offers: Properties, response: bool | None, error: int
) -> None:
    belt = ImpoliteBelt(point(*offers))
    belt.errors["write"] = [att(error)]
    async with linked(belt) as link:
        with pytest.raises(WriteRefusedError) as refused:
            await link.write(POINT, b"\x08\x01", response=response)
        assert not link.gone.is_set()
    assert refused.value.att_error == error
    assert len(belt.wrote) == 1


@virtual
async def test_of_two_the_first_that_can_be_written_to_is() -> None:
    belt = ImpoliteBelt(point("indicate"), point("write"), point("write"))
    async with linked(belt) as link:
        assert link.count(POINT) == 3
        await link.write(POINT, b"\x07")
    assert belt.asked == [("write", 1)]


@virtual
async def test_a_write_to_what_is_not_there_names_it() -> None:
    async with linked(ImpoliteBelt(Value(DATA, ("notify",)))) as link:
        with pytest.raises(IncompleteError, match=r"^2ad9 is not in what the device offers$"):
            await link.write(POINT, b"\x07")


@virtual
async def test_a_no_without_an_att_error_is_no_refusal_of_the_value() -> None:
    belt = ImpoliteBelt(point("write"))
    belt.errors["write"] = [BleakError("operation failed")]
    async with linked(belt) as link:
        with pytest.raises(LinkError, match=r"^writing 2ad9: operation failed$") as refused:
            await link.write(POINT, b"\x07")
    assert not isinstance(refused.value, WriteRefusedError)


@pytest.mark.parametrize(
    "error", [BleakError("Not connected"), BleakError("device disconnected"), OSError(5, "io")]
)
@virtual
async def test_a_device_that_does_not_live_refuses_nothing(error: Exception) -> None:
    belt = ImpoliteBelt(Value(DATA, ("notify",)), Value(RANGE, ("read",), lambda: b"\x01"))
    belt.errors = {"start": [error], "read": [error]}
    async with linked(belt) as link:
        with pytest.raises(LinkError, match=r"^subscribing to 2acd: ") as lost:
            await link.subscribe(DATA, print)
        assert not isinstance(lost.value, (NotifyRefusedError, RefusedError))
        with pytest.raises(LinkError, match=r"^reading 2ad4: "):
            await link.read(RANGE)


@virtual
async def test_a_device_that_says_no_to_notifications_is_told_as_such() -> None:
    belt = ImpoliteBelt(Value(DATA, ("notify",)))
    belt.errors["start"] = [att(UNLIKELY), BleakError("busy")]
    async with linked(belt) as link:
        for _ in range(2):
            with pytest.raises(NotifyRefusedError, match=r"^subscribing to 2acd: "):
                await link.subscribe(DATA, print)
        assert not link.gone.is_set()
        await link.subscribe(DATA, print)


@virtual
async def test_what_cannot_be_read_in_one_place_is_read_in_the_other() -> None:
    twice = (Value(RANGE, ("read",), lambda: b"\x01"), Value(RANGE, ("read",), lambda: b"\x02"))
    belt = ImpoliteBelt(Value(RANGE, ("notify",)), *twice)
    belt.errors["read"] = [att(UNLIKELY), None, None, att(UNLIKELY), att(UNLIKELY)]
    async with linked(belt) as link:
        assert await link.read(RANGE) == b"\x02"
        assert await link.read(RANGE) == b"\x01"
        assert await link.read(RANGE) is None
    assert belt.asked == [("read", 1), ("read", 2), ("read", 1), ("read", 1), ("read", 2)]


@pytest.mark.parametrize("other", [False, True])
@virtual
async def test_a_second_subscription_leaves_the_first_and_may_take_the_other(other: bool) -> None:
    belt = ImpoliteBelt(Value(DATA, ("notify",)), Value(RANGE, ("read",)), Value(DATA, ("indicate",)))
    heard = list[bytes]()
    async with linked(belt) as link:
        await link.subscribe(DATA, heard.append)
        await link.resubscribe(DATA, other=other)
        await link.resubscribe(DATA, other=other)
        now = 2 if other else 0
        assert belt.asked == [
            ("start", 0), ("stop", 0), ("start", now), ("stop", now), ("start", 0),
        ]  # fmt: skip
        for value in belt.values:
            assert (value.subscriber is not None) is (value is belt.values[0])
        belt.device.notify(DATA, b"\x01\x02")
        await until(lambda: heard)
    assert heard == [b"\x01\x02"]


@virtual
async def test_a_device_that_forgot_its_subscription_gets_it_anew() -> None:
    belt = ImpoliteBelt(Value(DATA, ("notify",)))
    belt.errors["stop"] = [att(UNLIKELY)]
    async with linked(belt) as link:
        await link.subscribe(DATA, print)
        await link.resubscribe(DATA)
    assert [operation for operation, _ in belt.asked] == ["start", "stop", "start"]


@virtual
async def test_a_device_that_goes_at_the_leaving_is_not_subscribed_to() -> None:
    belt = ImpoliteBelt(Value(DATA, ("notify",)))
    belt.errors["stop"] = [BleakError("Not connected")]
    async with linked(belt) as link:
        await link.subscribe(DATA, print)
        with pytest.raises(LinkError, match=r"^leaving 2acd: Not connected$"):
            await link.resubscribe(DATA)
    assert [operation for operation, _ in belt.asked] == ["start", "stop"]


@virtual
async def test_what_cannot_notify_is_incomplete_for_both() -> None:
    belt = ImpoliteBelt(Value(DATA, ("read",), lambda: b""))
    async with linked(belt) as link:
        for ask in (link.subscribe(DATA, print), link.resubscribe(DATA)):
            with pytest.raises(IncompleteError, match=r"^2acd is not in what the device offers$"):
                await ask
        with pytest.raises(IncompleteError):
            link.need(DATA)
        with pytest.raises(IncompleteError):
            link.need(POINT)
    assert belt.asked == []


@virtual
async def test_what_a_handler_raises_ends_its_link_and_is_kept() -> None:
    belt, first = ImpoliteBelt(Value(DATA, ("notify",))), ValueError("first")
    faults = [first, ValueError("second")]

    def handler(_data: bytes) -> None:
        raise faults.pop(0)

    async with linked(belt) as link:
        await link.subscribe(DATA, handler)
        assert link.fault is None
        for _ in range(2):
            belt.device.notify(DATA, b"")
        await until(lambda: not faults)
        assert link.gone.is_set()
        assert link.fault is first


@virtual
async def test_no_answer_is_told_with_what_was_asked() -> None:
    belt = ImpoliteBelt(point("write", "indicate"), Value(RANGE, ("read",), lambda: b""))
    async with linked(belt) as link:
        belt.device.mute = True
        for ask, doing in (
            (link.read(RANGE), "reading 2ad4"),
            (link.write(POINT, b"\x07"), "writing 2ad9"),
            (link.subscribe(POINT, print), "subscribing to 2ad9"),
        ):
            with pytest.raises(NoAnswerError, match=f"^{doing}: no answer in 3 s$"):
                await ask
