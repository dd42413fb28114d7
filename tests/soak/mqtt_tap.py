"""Between units and broker: passes MQTT 5 on, byte for byte, and notes which frames the broker acknowledged."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

from device_adapters.errors import BusError

PUBLISH, PUBACK = 3, 4
QOS_1 = 0x02


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
    """A proxy on loopback. `acked`: keys of telemetry for which a PUBACK came from the broker."""

    def __init__(self) -> None:
        self.acked: set[tuple[str, str, int]] = set()
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
        sent: dict[int, bytes] = {}
        ways = [
            asyncio.create_task(self._from_unit(unit, to_broker, sent)),
            asyncio.create_task(self._from_broker(broker, to_unit, sent)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        to_unit.close()
        to_broker.close()

    async def _from_unit(
        self, unit: asyncio.StreamReader, broker: asyncio.StreamWriter, sent: dict[int, bytes]
    ) -> None:
        async for head, raw, body in _packets(unit):
            if head >> 4 == PUBLISH and head & QOS_1:
                after_topic = 2 + int.from_bytes(body[:2])
                topic, rest = body[2:after_topic], body[after_topic:]
                if topic.endswith(b"/telemetry"):
                    properties, size = _varint(rest[2:])
                    sent[int.from_bytes(rest[:2])] = rest[2 + size + properties :]
            broker.write(raw)
            await broker.drain()

    async def _from_broker(
        self, broker: asyncio.StreamReader, unit: asyncio.StreamWriter, sent: dict[int, bytes]
    ) -> None:
        async for head, raw, body in _packets(broker):
            if head >> 4 == PUBACK and (payload := sent.pop(int.from_bytes(body[:2]), None)):
                refused = len(body) > 2 and body[2] >= 0x80
                if not refused:
                    self.acked.add(key_in(payload))
            unit.write(raw)
            await unit.drain()


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
