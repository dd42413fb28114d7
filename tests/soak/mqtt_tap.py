"""Between units and broker: passes MQTT 5 on, byte for byte, and notes which frames the broker acknowledged.

What it takes before the unit could know of a store on this connection is noted apart: a unit does not count it as
delivered, and keeps it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec

from device_adapters.errors import BusError

PUBLISH, PUBACK = 3, 4
QOS_1 = 0x02


class StoreWord(msgspec.Struct):
    """What a store says of itself."""

    online: bool


@dataclass
class TappedLine:
    """One connection: whether the unit has been told of a store, and its frames that wait for an answer."""

    store_there: bool = False
    sent: dict[int, tuple[bool, bytes]] = field(default_factory=dict)


class FrameKey(msgspec.Struct):
    """What names a frame in a telemetry message."""

    boot: str
    seq: int
    treadmill: str = ""
    strap: str = ""


def key_in(payload: bytes) -> tuple[str, str, int]:
    """(device, boot, seq) of a telemetry message. Raises msgspec.DecodeError."""
    said = msgspec.json.decode(payload, type=FrameKey)
    return said.treadmill or said.strap, said.boot, said.seq


class MqttTap:
    """A proxy on loopback. Keys of telemetry for which a PUBACK came from the broker: `acked` with a store there when
    it was sent, `only_taken` without.
    """

    def __init__(self) -> None:
        self.acked: set[tuple[str, str, int]] = set()
        self.only_taken: set[tuple[str, str, int]] = set()
        self._server: asyncio.Server | None = None
        self._broker_port = 0

    async def open(self, broker_port: int) -> int:
        """Returns the port to connect to."""
        self._broker_port = broker_port
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """No new connections."""
        if self._server is None:
            raise BusError("the tap was never opened")
        self._server.close()

    async def _pass_on(self, unit: asyncio.StreamReader, to_unit: asyncio.StreamWriter) -> None:
        try:
            broker, to_broker = await asyncio.open_connection("127.0.0.1", self._broker_port)
        except OSError:
            to_unit.close()
            return
        line = TappedLine()
        ways = [
            asyncio.create_task(self._from_unit(unit, to_broker, line)),
            asyncio.create_task(self._from_broker(broker, to_unit, line)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        to_unit.close()
        to_broker.close()

    async def _from_unit(
        self, unit: asyncio.StreamReader, broker: asyncio.StreamWriter, line: TappedLine
    ) -> None:
        async for head, raw, body in _packets(unit):
            if head >> 4 == PUBLISH and head & QOS_1:
                topic, number, payload = _publish(body)
                if topic.endswith(b"/telemetry"):
                    line.sent[number] = line.store_there, payload
            broker.write(raw)
            await broker.drain()

    async def _from_broker(
        self, broker: asyncio.StreamReader, unit: asyncio.StreamWriter, line: TappedLine
    ) -> None:
        async for head, raw, body in _packets(broker):
            if head >> 4 == PUBACK and (sent := line.sent.pop(int.from_bytes(body[:2]), None)):
                refused = len(body) > 2 and body[2] >= 0x80
                if not refused:
                    (self.acked if sent[0] else self.only_taken).add(key_in(sent[1]))
            if head >> 4 == PUBLISH and head & QOS_1:
                topic, _, payload = _publish(body)
                if b"/store/" in topic:
                    line.store_there = msgspec.json.decode(payload, type=StoreWord).online
            unit.write(raw)
            await unit.drain()


def _publish(body: bytes) -> tuple[bytes, int, bytes]:
    """(topic, packet identifier, payload) of a PUBLISH with QoS 1, MQTT 5 §3.3."""
    after_topic = 2 + int.from_bytes(body[:2])
    topic, rest = body[2:after_topic], body[after_topic:]
    properties, size = _varint(rest[2:])
    return topic, int.from_bytes(rest[:2]), rest[2 + size + properties :]


async def _packets(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, bytes, bytes]]:
    """(first byte, whole packet, what follows the fixed header), MQTT 5 §2.1, until the connection ends."""
    with contextlib.suppress(asyncio.IncompleteReadError, OSError):
        while True:
            head = await reader.readexactly(1)
            length = b""
            while not length or length[-1] & 0x80:
                length += await reader.readexactly(1)
            body = await reader.readexactly(_varint(length)[0])
            yield head[0], head + length + body, body


def _varint(data: bytes) -> tuple[int, int]:
    """(value, bytes used), MQTT 5 §1.5.5."""
    value = 0
    for place, byte in enumerate(data):
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value, place + 1
    raise ValueError("a variable byte integer that does not end")
