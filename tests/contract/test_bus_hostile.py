"""A broker that says what it may not: the connection ends and another is made, and nothing else ends with it."""

import asyncio
import os
from functools import partial

import mqtt5
import pytest
from bus_clients import Client, by_each_client, nothing_escapes, running
from hostile_packets import GOOD, HOSTILE
from rogue_broker import rogue_broker
from structlog.testing import capture_logs
from waiting import until

from device_adapters.bus import mqtt
from device_adapters.bus.endpoint import PACKET_MAX_BYTES, RECEIVE_MAX
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.mqtt5_link import Mqtt5Link
from device_adapters.config import Broker

# The codec panics at text that is no UTF-8, and tells Python's hook, of which pytest makes a failure.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
os.environ["RUST_BACKTRACE"] = "0"


@by_each_client
@pytest.mark.parametrize("said", HOSTILE)
async def test_after_anything_hostile_the_bus_goes_on(
    said: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "RETRY_FIRST_S", 0.01)
    heard: list[bytes] = []
    async with nothing_escapes(), rogue_broker() as broker:
        bus = MqttBus(Broker(url=broker.url, client=client), client_id="x", jitter=lambda: 0.0)
        bus.subscribe("t", lambda message: heard.append(message.payload))
        with capture_logs() as logs:
            async with running(bus):
                await until(lambda: bus.connected)
                broker.visits[0].say(HOSTILE[said])
                if client == "paho":  # bears most of it
                    broker.visits[0].drop()
                await until(lambda: len(broker.visits) == 2 and bus.connected)
                broker.visits[1].say(GOOD)
                await until(lambda: b"good" in heard)
                await bus.publish("t", b"answered")
    (lost,) = [entry for entry in logs if entry["event"] == "bus_lost"]
    assert lost["why"]


async def test_the_broker_is_told_what_was_wrong() -> None:
    wrong = {
        "a topic that is no text": mqtt5.DisconnectReasonCode.MALFORMED_PACKET,
        "a longer packet than anybody takes": mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE,
        "a topic alias": mqtt5.DisconnectReasonCode.TOPIC_ALIAS_INVALID,
        "QoS 2": mqtt5.DisconnectReasonCode.QOS_NOT_SUPPORTED,
        "a second welcome": mqtt5.DisconnectReasonCode.PROTOCOL_ERROR,
    }
    for said, reason in wrong.items():
        async with rogue_broker() as broker:
            bus = MqttBus(Broker(url=broker.url, client="mqtt5"), client_id="x")
            async with running(bus):
                await until(partial(getattr, bus, "connected"))
                broker.visits[0].say(HOSTILE[said])
                await until(partial(getattr, broker.visits[0], "over"))
        (goodbye,) = broker.visits[0].all(mqtt5.DisconnectPacket)
        assert goodbye.reason_code == reason


async def test_a_broker_that_sends_more_than_it_may_ahead_is_left() -> None:
    held: list[object] = []
    async with rogue_broker() as broker:
        bus = MqttBus(Broker(url=broker.url, client="mqtt5"), client_id="x")
        bus.subscribe("t", held.append, auto_ack=False)
        async with running(bus):
            await until(lambda: bus.connected)
            for mid in range(1, RECEIVE_MAX + 2):
                broker.visits[0].say(
                    mqtt5.PublishPacket("t", b"", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=mid).write()
                )
            await until(lambda: broker.visits[0].over)
            assert len(held) == RECEIVE_MAX


async def test_a_message_cut_anywhere_arrives_whole() -> None:
    message = mqtt5.PublishPacket("t/ä", bytes(range(256)), subscription_ids=[1]).write()
    heard: list[bytes] = []
    async with rogue_broker() as broker:
        bus = MqttBus(Broker(url=broker.url, client="mqtt5"), client_id="x")
        bus.subscribe("t/+", lambda message: heard.append(message.payload))
        async with running(bus):
            await until(lambda: bus.connected)
            for cut in range(len(message)):
                broker.visits[0].say(message[:cut])
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                broker.visits[0].say(message[cut:])
                while len(heard) == cut:
                    await asyncio.sleep(0)
    assert set(heard) == {bytes(range(256))}


async def test_the_largest_message_arrives_and_its_room_is_given_back() -> None:
    largest = mqtt5.PublishPacket("t", bytes(PACKET_MAX_BYTES - 9)).write()
    assert len(largest) == PACKET_MAX_BYTES
    sizes: list[int] = []
    async with rogue_broker() as broker:
        endpoint = mqtt.endpoint_of(Broker(url=broker.url), "x", None, 0)
        link = Mqtt5Link(endpoint, lambda message, _: sizes.append(len(message.payload)), lambda _: None)
        await link.open()
        usual = len(link.get_buffer(-1))
        broker.visits[0].say(largest + GOOD)
        await until(lambda: len(sizes) == 2)
        assert len(link.get_buffer(-1)) == usual
        link.abort("the end")
    assert sizes == [PACKET_MAX_BYTES - 9, 4]
