"""What client and broker agree on when they connect, and that both client libraries keep to it."""

import asyncio

import mqtt5
import pytest
from bus_clients import Client, by_each_client, running
from rogue_broker import BrokerVisit, polite, rogue_broker
from structlog.testing import capture_logs
from waiting import until

from device_adapters.bus import owed
from device_adapters.bus.endpoint import KEEPALIVE_S, PACKET_MAX_BYTES, RECEIVE_MAX
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Will
from device_adapters.bus.site import SiteBus
from device_adapters.config import Broker
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusLostError, BusRefusedError


def bus_at(url: str, client: Client, **more: object) -> MqttBus:
    return MqttBus(Broker(url=url, client=client), client_id="unit-01", jitter=lambda: 0.0, **more)  # type: ignore[arg-type]


def mute(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
    """Answer nothing once connected."""
    if isinstance(packet, mqtt5.ConnectPacket | mqtt5.SubscribePacket):
        polite(visit, packet)


@by_each_client
async def test_what_a_client_asks_for(client: Client) -> None:
    async with rogue_broker() as broker:
        bus = bus_at(broker.url, client, will=Will("w", b"gone"), session_expiry_s=60)
        bus.subscribe("t/+", lambda _message: None)
        bus.subscribe("newest", lambda _message: None, qos=0)
        async with running(bus):
            await until(lambda: bus.connected)
        visit = broker.visits[0]
    (connect,) = visit.all(mqtt5.ConnectPacket)
    assert connect.client_id == "unit-01"
    assert not connect.clean_start
    assert connect.session_expiry_interval == 60
    assert connect.keep_alive == KEEPALIVE_S
    assert connect.receive_max == RECEIVE_MAX
    assert connect.max_packet_size == PACKET_MAX_BYTES
    assert connect.topic_alias_max == 0
    assert connect.will == mqtt5.Will("w", payload=b"gone", qos=mqtt5.QoS.AT_LEAST_ONCE, retain=True)
    asked = [
        (s.subscription_id, [(f.pattern, f.max_qos.value) for f in s.topic_filters])
        for s in visit.all(mqtt5.SubscribePacket)
    ]
    assert asked == [(1, [("t/+", 1)]), (2, [("newest", 0)])]
    (goodbye,) = visit.all(mqtt5.DisconnectPacket)
    assert goodbye.reason_code == mqtt5.DisconnectReasonCode.NORMAL_DISCONNECTION


@by_each_client
async def test_a_client_without_a_session_starts_clean(client: Client) -> None:
    async with rogue_broker() as broker:
        bus = bus_at(broker.url, client)
        async with running(bus):
            await until(lambda: bus.connected)
        (connect,) = broker.visits[0].all(mqtt5.ConnectPacket)
    assert connect.clean_start
    assert connect.session_expiry_interval == 0
    assert connect.will is None


@by_each_client
async def test_a_request_tells_the_broker_for_how_long_it_may_wait(client: Client) -> None:
    """What could move a belt for 5 s, a stop for ever."""
    async with rogue_broker() as broker:
        bus = bus_at(broker.url, client)
        site = SiteBus(bus, "gym", lambda topic, error: pytest.fail(f"{topic}: {error}"))
        async with running(bus):
            await until(lambda: bus.connected)
            for verb in ("start", "stop"):
                asked = m.SessionRequest(id="r1", client="desk", verb=verb, treadmill="tm-01")
                await site.publish(registry.SESSION_REQUEST, asked)
        sent = broker.visits[0].all(mqtt5.PublishPacket)
    assert [packet.message_expiry_interval for packet in sent] == [5, None]


@by_each_client
async def test_no_more_is_under_way_than_the_broker_takes(client: Client) -> None:
    """Also when those who sent it have long given up: the broker still has it."""

    def answer(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
        visit.welcome = mqtt5.ConnAckPacket(receive_max=3)
        mute(visit, packet)

    async with rogue_broker(answer) as broker:
        bus = bus_at(broker.url, client)
        async with running(bus):
            await until(lambda: bus.connected)
            visit = broker.visits[0]
            given_up = [asyncio.create_task(bus.publish("t", b"1", urgent=True)) for _ in range(3)]
            await until(lambda: len(visit.all(mqtt5.PublishPacket)) == 3)
            for task in given_up:
                task.cancel()
            waiting = [asyncio.create_task(bus.publish("t", b"2", urgent=True)) for _ in range(3)]
            await bus.publish("t", b"newest", qos=0)
            await until(lambda: len(visit.all(mqtt5.PublishPacket)) == 4)
            visit.say(mqtt5.PubAckPacket(visit.all(mqtt5.PublishPacket)[0].packet_id or 0).write())
            await until(lambda: len(visit.all(mqtt5.PublishPacket)) == 5)
            await bus.publish("t", b"newest", qos=0)
            await until(lambda: len(visit.all(mqtt5.PublishPacket)) == 6)
            assert [packet.payload for packet in visit.all(mqtt5.PublishPacket)] == [
                b"1", b"1", b"1", b"newest", b"2", b"newest",
            ]  # fmt: skip
            visit.drop()
            assert all(
                isinstance(e, BusLostError) for e in await asyncio.gather(*waiting, return_exceptions=True)
            )


@by_each_client
@pytest.mark.parametrize(
    ("welcome", "lacks"),
    [
        (mqtt5.ConnAckPacket(max_qos=mqtt5.QoS.AT_MOST_ONCE), "QoS 1"),
        (mqtt5.ConnAckPacket(retain_available=False), "retained messages"),
        (mqtt5.ConnAckPacket(wildcard_subscription_available=False), "wildcards"),
        (mqtt5.ConnAckPacket(subscription_id_available=False), "subscription identifiers"),
        (mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED), "refuses this client"),
    ],
)
async def test_a_broker_that_does_not_do_is_named_with_what_it_lacks(
    client: Client, welcome: mqtt5.ConnAckPacket, lacks: str
) -> None:
    def answer(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
        visit.welcome = welcome
        polite(visit, packet)

    with capture_logs() as logs:
        async with rogue_broker(answer) as broker, running(bus_at(broker.url, client)):
            await until(lambda: bool(logs))
    assert logs[0]["code"] == BusRefusedError.code
    assert lacks in logs[0]["why"]


async def test_what_is_too_large_for_the_broker_is_refused_here() -> None:
    def answer(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
        visit.welcome = mqtt5.ConnAckPacket(max_packet_size=1_000)
        polite(visit, packet)

    async with rogue_broker(answer) as broker:
        bus = bus_at(broker.url, "mqtt5")
        async with running(bus):
            await until(lambda: bus.connected)
            for qos in (0, 1):
                with pytest.raises(BusRefusedError, match="t: 1000 bytes are more than the broker takes"):
                    await bus.publish("t", bytes(1_000), qos=qos)
            await bus.publish("t", bytes(900))
            with pytest.raises(BusRefusedError):
                await bus.publish("t", bytes(2**28))
        assert [len(packet.payload) for packet in broker.visits[0].all(mqtt5.PublishPacket)] == [900]


@by_each_client
async def test_what_cannot_be_said_is_refused_and_the_bus_goes_on(client: Client) -> None:
    async with rogue_broker() as broker:
        bus = bus_at(broker.url, client)
        async with running(bus):
            await until(lambda: bus.connected)
            for topic in ("", "a/+", "a/#", "a" * 70_000):
                with pytest.raises(BusRefusedError):
                    await bus.publish(topic, b"x")
            await bus.publish("t", b"x")
            assert len(broker.visits) == 1


@by_each_client
async def test_a_quiet_line_is_asked_whether_it_is_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that only sends, or only hears, may be half open as well; one without an answer is given up."""
    module = "mqtt5_link" if client == "mqtt5" else "paho_client"
    monkeypatch.setattr(f"device_adapters.bus.{module}.KEEPALIVE_S", 1)
    monkeypatch.setattr(owed, "TICK_S", 0.05)
    monkeypatch.setattr(owed, "ANSWER_MAX_S", 0.5)
    async with rogue_broker() as broker:
        bus = bus_at(broker.url, client)
        async with running(bus):
            await until(lambda: bus.connected)
            await until(lambda: len(broker.visits[0].all(mqtt5.PingReqPacket)) >= 2)
            assert len(broker.visits) == 1
            broker.answer = mute
            with capture_logs() as logs:
                await until(lambda: broker.visits[0].over)
            assert [entry["event"] for entry in logs] == ["bus_lost"]


async def test_the_brokers_own_keepalive_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owed, "TICK_S", 0.05)

    def answer(visit: BrokerVisit, packet: mqtt5.Packet) -> None:
        visit.welcome = mqtt5.ConnAckPacket(server_keep_alive=1)
        polite(visit, packet)

    async with rogue_broker(answer) as broker:
        bus = bus_at(broker.url, "mqtt5")
        async with running(bus):
            await until(lambda: bus.connected)
            began = asyncio.get_running_loop().time()
            await until(lambda: bool(broker.visits[0].all(mqtt5.PingReqPacket)))
            assert asyncio.get_running_loop().time() - began < KEEPALIVE_S - 1
            assert len(broker.visits) == 1


@by_each_client
async def test_a_line_that_takes_nothing_holds_its_senders_back(client: Client) -> None:
    """At QoS 0, where no window does."""
    done = 0

    async def send() -> None:
        nonlocal done
        for _ in range(40):
            await bus.publish("t", bytes(1_000_000), qos=0)
            done += 1

    async with rogue_broker() as broker:
        bus = bus_at(broker.url, client)
        async with running(bus):
            await until(lambda: bus.connected)
            broker.visits[0].deaf = True
            sending = asyncio.create_task(send())
            seen = -1
            while seen != done:
                seen = done
                await asyncio.sleep(0.3)
            assert done < 40
            urgent = asyncio.create_task(bus.publish("t", b"stop", urgent=True))
            broker.visits[0].deaf = False
            await sending
            await urgent
            assert len(broker.visits) == 1
