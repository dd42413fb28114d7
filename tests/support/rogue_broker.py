"""A server on loopback that speaks MQTT 5 as a test wants it to: politely, wrongly, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import mqtt5

P = TypeVar("P", bound=mqtt5.Packet)


class BrokerVisit:
    """One client's connection: what it said, and what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard: list[mqtt5.Packet] = []
        self.welcome = mqtt5.ConnAckPacket()
        self.deaf = False
        """Does it leave what the client says unread?"""
        self.over = False
        """Is the connection at its end?"""
        self._reader = reader
        self._writer = writer

    def all(self, kind: type[P]) -> list[P]:
        """What it said of one kind."""
        return [packet for packet in self.heard if isinstance(packet, kind)]

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    def end(self) -> None:
        """Say no more."""
        if not self._writer.transport.is_closing():
            self._writer.write_eof()

    def drop(self) -> None:
        """Be gone."""
        self._writer.transport.abort()

    async def listen(self, answer: Callable[["BrokerVisit", mqtt5.Packet], None]) -> None:
        """Until the client is gone."""
        unread = b""
        try:
            while data := await self._reader.read(65_536):
                while self.deaf and not self._writer.transport.is_closing():
                    await asyncio.sleep(0.01)
                unread += data
                while unread:
                    try:
                        packet, size = mqtt5.read(memoryview(unread))
                    except IndexError:
                        break
                    unread = unread[size:]
                    self.heard.append(packet)
                    answer(self, packet)
        except ConnectionError:
            pass
        finally:
            self.over = True
            self._writer.transport.abort()


def polite(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
    """Answer as a broker does that has nothing else to say."""
    match packet:
        case mqtt5.ConnectPacket():
            visit.say(visit.welcome.write())
        case mqtt5.SubscribePacket():
            visit.say(
                mqtt5.SubAckPacket(
                    packet.packet_id, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]
                ).write()
            )
        case mqtt5.PublishPacket() if packet.packet_id is not None:
            visit.say(mqtt5.PubAckPacket(packet.packet_id).write())
        case mqtt5.PingReqPacket():
            visit.say(mqtt5.PingRespPacket().write())
        case mqtt5.DisconnectPacket():
            visit.drop()
        case _:
            pass


class RogueBroker:
    """Where it listens, who came, and how each is answered."""

    def __init__(self, answer: Callable[[BrokerVisit, mqtt5.Packet], None]) -> None:
        self.url = ""
        self.visits: list[BrokerVisit] = []
        self.answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        visit = BrokerVisit(reader, writer)
        self.visits.append(visit)
        await visit.listen(lambda visit, packet: self.answer(visit, packet))


@asynccontextmanager
async def rogue_broker(
    answer: Callable[[BrokerVisit, mqtt5.Packet], None] = polite,
) -> AsyncIterator[RogueBroker]:
    """It runs until the end of the block."""
    broker = RogueBroker(answer)
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.url = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield broker
    finally:
        server.close()
        for visit in broker.visits:
            visit.drop()
        while not all(visit.over for visit in broker.visits):
            await asyncio.sleep(0)
