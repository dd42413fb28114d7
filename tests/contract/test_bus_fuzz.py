"""A rogue broker at random: no packet it can say does more to a client than end its connection."""

import asyncio
import gc
import os
import random
import sys
from collections.abc import Callable
from contextlib import suppress

import mqtt5
import pytest
from bus_clients import nothing_escapes
from hostile_packets import GOOD, HOSTILE
from rogue_broker import BrokerVisit, polite, rogue_broker
from sampling import many

from device_adapters.bus.choosing import link_kind
from device_adapters.bus.endpoint import PACKET_MAX_BYTES
from device_adapters.bus.mqtt import endpoint_of
from device_adapters.bus.mqtt5_inbound import ROOM
from device_adapters.bus.mqtt5_link import Mqtt5Link
from device_adapters.bus.transport import Arrived
from device_adapters.config import Broker
from device_adapters.errors import BusError

os.environ["RUST_BACKTRACE"] = "0"

PACKETS = many(100_000, 10_000)
ENDED = many(2_000, 500)
AT_LEAST_ONCE = mqtt5.QoS.AT_LEAST_ONCE


@pytest.fixture(autouse=True)
def nothing_of_the_codec_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It panics at text that is no UTF-8, and tells a hook, where pytest keeps it with all that its frames hold."""
    told = sys.unraisablehook

    def hook(one: "sys.UnraisableHookArgs") -> None:
        if not isinstance(one.exc_value, UnicodeDecodeError):
            told(one)

    monkeypatch.setattr(sys, "unraisablehook", hook)


def packet_mill(chance: random.Random) -> Callable[[], bytes]:
    """Packets of every kind, some as they should be and out of place, most of them damaged."""
    long_text = "é" * 300
    sound = [
        *HOSTILE.values(),
        GOOD,
        mqtt5.PublishPacket("t/ü", b"{}", qos=AT_LEAST_ONCE, packet_id=9, subscription_ids=[1, 2, 3]).write(),
        mqtt5.PublishPacket(
            "t", bytes(300), retain=True, message_expiry_interval=9, content_type="json", response_topic="r",
            correlation_data=b"\x00" * 9, user_properties=[("a", "b"), (long_text, "")],
        ).write(),
        mqtt5.PubAckPacket(1, reason_code=mqtt5.PubAckReasonCode.NOT_AUTHORIZED, reason_str=long_text).write(),
        mqtt5.SubAckPacket(2, [mqtt5.SubAckReasonCode.NOT_AUTHORIZED] * 9, reason_str="no").write(),
        mqtt5.SubAckPacket(3, []).write(),
        mqtt5.ConnAckPacket(
            session_present=True, server_keep_alive=1, receive_max=1, max_packet_size=2, topic_alias_max=9,
            max_qos=mqtt5.QoS.AT_MOST_ONCE, assigned_client_id="y", reason_str="r", user_properties=[("a", "b")],
        ).write(),
        mqtt5.PingRespPacket().write(),
        mqtt5.DisconnectPacket(
            reason_code=mqtt5.DisconnectReasonCode.SERVER_MOVED, server_reference="elsewhere", reason_str=long_text
        ).write(),
        mqtt5.SubscribePacket(1, [mqtt5.TopicFilter("#")], subscription_id=1).write(),
        mqtt5.PubCompPacket(1).write(),
        mqtt5.AuthPacket(authentication_method="m", authentication_data=b"d").write(),
    ]  # fmt: skip

    def mill() -> bytes:
        packet = bytearray(chance.choice(sound))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 5))):
            place = chance.randrange(len(packet) or 1)
            match chance.randrange(6):
                case 0 if packet:
                    packet[place] ^= 1 << chance.randrange(8)
                case 1 if packet:
                    packet[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
                case 2:
                    del packet[place : place + chance.randrange(1, 9)]
                case 3:
                    packet[place:place] = chance.randbytes(chance.randrange(1, 9))
                case 4:
                    packet[place:place] = chance.choice(sound)[: chance.randrange(1, 40)]
                case _ if len(packet) > 2 and packet[1] < 0x80:
                    packet[1] = (len(packet) - 2) & 0x7F  # its length fits again: what is inside is judged
                case _:
                    pass
        return bytes(packet)

    return mill


@pytest.mark.timeout(1800)
async def test_hostile_packets(pytestconfig: pytest.Config) -> None:
    """After each, the line is lost and said to be, or the next message arrives, or the rest of it is waited for."""
    mill = packet_mill(random.Random(pytestconfig.getoption("randomly_seed")))
    counts = {"lost": 0, "went on": 0, "waits": 0}
    async with nothing_escapes(), rogue_broker() as broker:
        endpoint = endpoint_of(Broker(url=broker.url), "x", None, 0)
        link: Mqtt5Link | None = None
        lost: list[str] = []
        arrived: list[Arrived] = []

        def take(message: Arrived, done: Callable[[], None]) -> None:
            arrived.append(message)
            done()

        for _ in range(PACKETS):
            if link is None:
                lost.clear()
                broker.visits.clear()
                link = Mqtt5Link(endpoint, take, lost.append)
                await link.open()
            arrived.clear()
            broker.visits[0].say(mill() + GOOD)
            for turn in range(1, 1_000):
                await asyncio.sleep(0)
                if (
                    lost
                    or len(link.get_buffer(-1)) != ROOM
                    or any(message.payload == b"good" for message in arrived)
                ):
                    break
                if turn % 20 == 0:  # a packet made longer took the good one for its own
                    broker.visits[0].say(GOOD)
            else:
                raise AssertionError("neither lost, nor waiting, nor heard")
            for message in arrived:
                message.topic.encode()
            assert len(link.get_buffer(-1)) <= PACKET_MAX_BYTES
            if not lost and any(message.payload == b"good" for message in arrived):
                counts["went on"] += 1
                continue
            counts["lost" if lost else "waits"] += 1
            link.abort("the next one")
            assert len(lost) == 1
            with pytest.raises(BusError):
                await link.publish("t", b"", 1, retain=False, urgent=False)
            link = None
        if link is not None:
            link.abort("the end")
    assert min(counts.values()) > PACKETS // 100, counts
    gc.collect()
    assert sum(isinstance(one, Mqtt5Link) for one in gc.get_objects()) <= 1


async def test_paho_bears_hostile_packets_too(pytestconfig: pytest.Config) -> None:
    mill = packet_mill(random.Random(pytestconfig.getoption("randomly_seed")))

    def answer(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
        polite(visit, packet)
        if isinstance(packet, mqtt5.ConnectPacket):
            visit.say(mill())
            visit.end()

    lost: list[str] = []
    async with nothing_escapes(), rogue_broker(answer) as broker:
        settings = Broker(url=broker.url, client="paho")
        endpoint = endpoint_of(settings, "x", None, 0)
        for number in range(1, ENDED):
            broker.visits.clear()
            link = link_kind(settings)(endpoint, lambda _message, done: done(), lost.append)
            with suppress(BusError):
                await link.open()
            while len(lost) < number:
                await asyncio.sleep(0)
            link.abort("the next one")
            assert len(lost) == number
