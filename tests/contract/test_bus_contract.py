"""What every bus promises, shown on Mosquitto, on the embedded broker and on the in-memory twin alike."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from device_adapters.bus import owed
from device_adapters.bus.port import Incoming, Will
from device_adapters.errors import BusLostError, BusRefusedError

if TYPE_CHECKING:
    from device_adapters.bus.memory import MemoryBus
    from device_adapters.bus.mqtt import MqttBus
    from tests.contract.conftest import BusWorld

T = "backstride/v1/gym/"


class TopicInbox:
    """Everything one handler was given."""

    def __init__(self) -> None:
        self.messages: list[Incoming] = []

    def __call__(self, message: Incoming) -> None:
        self.messages.append(message)

    @property
    def payloads(self) -> list[bytes]:
        return [m.payload for m in self.messages]

    def has(self, *payloads: bytes) -> Callable[[], bool]:
        return lambda: self.payloads == list(payloads)


async def connected(
    world: "BusWorld", client_id: str, *filters: str, will: Will | None = None
) -> tuple["MqttBus | MemoryBus", list[TopicInbox]]:
    bus = await world.bus(client_id, will=will)
    inboxes = [TopicInbox() for _ in filters]
    for topic_filter, inbox in zip(filters, inboxes, strict=True):
        bus.subscribe(topic_filter, inbox)
    await world.run(bus)
    return bus, inboxes


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_message_makes_the_round_trip(world: "BusWorld", qos: int) -> None:
    _, (inbox,) = await connected(world, "receiver", f"{T}event")
    sender, _ = await connected(world, "sender")
    await sender.publish(f"{T}event", b'{"id": "\x00\xff"}', qos=qos)
    await world.until(inbox.has(b'{"id": "\x00\xff"}'))
    assert inbox.messages[0].topic == f"{T}event"
    assert not inbox.messages[0].retained


async def test_a_client_hears_itself(world: "BusWorld") -> None:
    bus, (inbox,) = await connected(world, "both", f"{T}event")
    await bus.publish(f"{T}event", b"echo")
    await world.until(inbox.has(b"echo"))


async def test_wildcards_take_what_they_say_and_nothing_else(world: "BusWorld") -> None:
    receiver, (one, rest, exact) = await connected(
        world, "receiver", f"{T}treadmill/+/state", f"{T}treadmill/tm-01/#", f"{T}stop/all"
    )
    for topic in (
        "treadmill/tm-01/state",
        "treadmill/tm-02/state",
        "treadmill/tm-01/session/deep",
        "stop/all",
        "stop",
    ):
        await receiver.publish(T + topic, topic.encode())
    await receiver.publish(f"{T}stop/all", b"last")
    await world.until(exact.has(b"stop/all", b"last"))
    assert one.payloads == [b"treadmill/tm-01/state", b"treadmill/tm-02/state"]
    assert rest.payloads == [b"treadmill/tm-01/state", b"treadmill/tm-01/session/deep"]


async def test_overlapping_filters_give_each_handler_its_message_once(world: "BusWorld") -> None:
    bus, inboxes = await connected(
        world, "overlap", f"{T}#", f"{T}+/tm-01", f"{T}stop/tm-01", f"{T}stop/tm-01"
    )
    await bus.publish(f"{T}stop/tm-01", b"stop")
    await bus.publish(f"{T}stop/tm-01", b"end")
    for inbox in inboxes:
        await world.until(inbox.has(b"stop", b"end"))
    await bus.publish(f"{T}event", b"marker")
    await world.until(lambda: inboxes[0].payloads[-1] == b"marker")
    assert [inbox.payloads for inbox in inboxes[1:]] == [[b"stop", b"end"]] * 3
    assert inboxes[0].payloads == [b"stop", b"end", b"marker"]


async def test_a_retained_message_waits_for_late_subscribers_until_it_is_cleared(world: "BusWorld") -> None:
    sender, _ = await connected(world, "sender")
    await sender.publish(f"{T}treadmill/tm-01/state", b"old", retain=True)
    await sender.publish(f"{T}treadmill/tm-01/state", b"new", retain=True)
    _, (late,) = await connected(world, "late", f"{T}treadmill/+/state")
    await world.until(late.has(b"new"))
    assert late.messages[0].retained
    await sender.publish(f"{T}treadmill/tm-01/state", b"", retain=True)
    await world.until(late.has(b"new", b""))
    _, (later, marker) = await connected(world, "later", f"{T}treadmill/+/state", f"{T}event")
    await sender.publish(f"{T}event", b"marker")
    await world.until(marker.has(b"marker"))
    assert later.payloads == []


async def test_a_subscription_made_while_connected_brings_the_retained_message_too(world: "BusWorld") -> None:
    bus, _ = await connected(world, "bus")
    await bus.publish(f"{T}unit/unit-01/status", b"online", retain=True)
    inbox = TopicInbox()
    bus.subscribe(f"{T}unit/+/status", inbox)
    await world.until(inbox.has(b"online"))


async def test_a_handler_may_subscribe_to_more_while_the_bus_connects(world: "BusWorld") -> None:
    sender, _ = await connected(world, "sender")
    await sender.publish(f"{T}unit/unit-01/status", b"online", retain=True)
    await sender.publish(f"{T}treadmill/tm-01/state", b"still", retain=True)
    bus = await world.bus("bus")
    more = TopicInbox()
    seen: list[bytes] = []

    def discover(message: Incoming) -> None:
        if not seen:
            bus.subscribe(f"{T}treadmill/tm-01/state", more)
        seen.append(message.payload)

    bus.subscribe(f"{T}unit/+/status", discover)
    await world.run(bus)
    await world.until(more.has(b"still"))


async def test_the_last_will_is_published_for_a_killed_client(world: "BusWorld") -> None:
    _, (inbox,) = await connected(world, "watcher", f"{T}unit/+/status")
    await world.die_with_will("unit-01", Will(f"{T}unit/unit-01/status", b"offline"))
    await world.until(inbox.has(b"offline"))
    _, (late,) = await connected(world, "late", f"{T}unit/+/status")
    await world.until(late.has(b"offline"))


async def test_no_last_will_after_a_goodbye(world: "BusWorld") -> None:
    watcher, (inbox,) = await connected(world, "watcher", f"{T}unit/+/status")
    unit, _ = await connected(world, "unit-01", will=Will(f"{T}unit/unit-01/status", b"offline"))
    await world.leave(unit)
    await watcher.publish(f"{T}unit/unit-02/status", b"marker")
    await world.until(inbox.has(b"marker"))


async def test_after_a_broker_crash_the_bus_comes_back_with_its_subscriptions(world: "BusWorld") -> None:
    changes: list[bool] = []
    bus, (inbox,) = await connected(world, "bus", f"{T}event")
    bus.on_connection(changes.append)
    await world.crash_broker()
    await world.until(lambda: not bus.connected)
    await world.restart_broker()
    await world.until(lambda: bus.connected)
    await bus.publish(f"{T}event", b"after")
    await world.until(inbox.has(b"after"))
    assert changes == [False, True]


async def test_without_a_connection_publish_says_so_at_once(world: "BusWorld") -> None:
    bus = await world.bus("never-ran")
    with pytest.raises(BusLostError, match="not connected"):
        await bus.publish(f"{T}event", b"x")
    await world.run(bus)
    await world.crash_broker()
    await world.until(lambda: not bus.connected)
    with pytest.raises(BusLostError, match="not connected"):
        await bus.publish(f"{T}event", b"x")


async def test_a_publish_in_flight_when_the_link_breaks_is_lost_and_never_sent_later(
    world: "BusWorld",
) -> None:
    _, (inbox,) = await connected(world, "watcher", f"{T}#")
    bus, _ = await connected(world, "bus")
    sending = asyncio.ensure_future(bus.publish(f"{T}command", b"in flight"))
    await asyncio.sleep(0)
    await world.pull_cable(bus)
    with pytest.raises(BusLostError):
        await sending
    world.mend_cable(bus)
    await world.until(lambda: bus.connected)
    arrived_before = inbox.payloads.count(b"in flight")
    await bus.publish(f"{T}command", b"new")
    await world.until(lambda: inbox.payloads[-1:] == [b"new"])
    assert inbox.payloads.count(b"in flight") == arrived_before <= 1


async def test_a_refused_publish_raises(world: "BusWorld") -> None:
    bus, _ = await connected(world, "bus")
    if world.name == "embedded":  # has no access lists: whoever reaches it may publish anything
        await bus.publish("forbidden/topic", b"x")
        return
    with pytest.raises(BusRefusedError, match="forbidden/topic"):
        await bus.publish("forbidden/topic", b"x")
    await bus.publish(f"{T}event", b"the bus goes on")


async def test_a_topic_with_a_wildcard_is_refused(world: "BusWorld") -> None:
    bus, _ = await connected(world, "bus")
    with pytest.raises(BusRefusedError, match="stop"):
        await bus.publish(f"{T}stop/+", b"x")


async def test_what_was_not_acknowledged_comes_again(world: "BusWorld") -> None:
    bus = await world.bus("store", session_expiry_s=60)
    inbox = TopicInbox()
    bus.subscribe(f"{T}event", inbox, auto_ack=False)
    await world.run(bus)
    sender, _ = await connected(world, "sender")
    for payload in (b"1", b"2", b"3"):
        await sender.publish(f"{T}event", payload)
    await world.until(inbox.has(b"1", b"2", b"3"))
    inbox.messages[0].ack()
    inbox.messages[0].ack()
    inbox.messages[2].ack()
    await sender.publish(f"{T}event", b"4")
    await world.until(inbox.has(b"1", b"2", b"3", b"4"))
    await world.pull_cable(bus)
    await world.until(lambda: not bus.connected)
    inbox.messages[1].ack()
    inbox.messages.clear()
    world.mend_cable(bus)
    await world.until(inbox.has(b"2", b"3", b"4"))


async def test_at_qos_0_nothing_comes_again_and_the_higher_wish_for_a_filter_counts(
    world: "BusWorld",
) -> None:
    bus = await world.bus("store", session_expiry_s=60)
    newest, every = TopicInbox(), TopicInbox()
    bus.subscribe(f"{T}treadmill/+/telemetry", newest, auto_ack=False, qos=0)
    bus.subscribe(f"{T}event", every, auto_ack=False)
    bus.subscribe(f"{T}event", TopicInbox(), qos=0)
    await world.run(bus)
    sender, _ = await connected(world, "sender")
    await sender.publish(f"{T}treadmill/tm-01/telemetry", b"speed")
    await world.until(newest.has(b"speed"))
    await sender.publish(f"{T}event", b"event")
    await world.until(every.has(b"event"))
    await world.pull_cable(bus)
    await world.until(lambda: not bus.connected)
    world.mend_cable(bus)
    await world.until(every.has(b"event", b"event"))
    assert newest.payloads == [b"speed"]


async def test_a_kept_session_collects_what_is_sent_while_its_client_is_away(world: "BusWorld") -> None:
    bus = await world.bus("store", session_expiry_s=60)
    inbox = TopicInbox()
    bus.subscribe(f"{T}event", inbox, auto_ack=False)
    await world.run(bus)
    await world.leave(bus)
    sender, _ = await connected(world, "sender")
    for payload in (b"1", b"2"):
        await sender.publish(f"{T}event", payload)
    again = await world.bus("store", session_expiry_s=60)
    again.subscribe(f"{T}event", inbox, auto_ack=False)
    await world.run(again)
    await world.until(inbox.has(b"1", b"2"))


async def test_a_session_of_its_own_time_only_misses_what_is_sent_while_away(world: "BusWorld") -> None:
    bus, (inbox,) = await connected(world, "screen", f"{T}event")
    sender, _ = await connected(world, "sender")
    await world.pull_cable(bus)
    await world.until(lambda: not bus.connected)
    await sender.publish(f"{T}event", b"missed")
    world.mend_cable(bus)
    await world.until(lambda: bus.connected)
    await sender.publish(f"{T}event", b"seen")
    await world.until(inbox.has(b"seen"))


async def test_a_handler_that_raises_costs_nobody_else_anything(world: "BusWorld") -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a bug")

    bus = await world.bus("bus")
    inbox = TopicInbox()
    bus.subscribe(f"{T}event", broken, auto_ack=False)
    bus.subscribe(f"{T}event", inbox)
    bus.on_connection(broken)
    await world.run(bus)
    await bus.publish(f"{T}event", b"1")
    await bus.publish(f"{T}event", b"2")
    await world.until(inbox.has(b"1", b"2"))
    assert bus.handler_errors == 2
    assert bus.connected


async def test_a_large_message_arrives_whole(world: "BusWorld") -> None:
    bus, (inbox,) = await connected(world, "bus", f"{T}event")
    large = bytes(range(256)) * 2048
    await bus.publish(f"{T}event", large)
    await world.until(inbox.has(large))


async def test_many_messages_arrive_in_order(world: "BusWorld", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        owed, "ANSWER_MAX_S", 60.0
    )  # about the order, not about how soon a busy machine answers
    bus, (inbox,) = await connected(world, "bus", f"{T}treadmill/+/telemetry")
    many = [str(i).encode() for i in range(3000)]
    await asyncio.gather(*(bus.publish(f"{T}treadmill/tm-01/telemetry", payload) for payload in many))
    await world.until(inbox.has(*many))


async def test_a_second_client_of_the_same_name_takes_the_place_of_the_first(world: "BusWorld") -> None:
    first, _ = await connected(world, "twin")
    changes: list[bool] = []
    first.on_connection(changes.append)
    second = await world.bus("twin")
    await world.run(second)
    await world.until(lambda: False in changes)
    await world.leave(first)
    await world.until(lambda: second.connected)


async def test_a_cancelled_run_leaves_the_bus_disconnected(world: "BusWorld") -> None:
    bus, _ = await connected(world, "bus")
    await world.leave(bus)
    assert not bus.connected
    with pytest.raises(BusLostError):
        await bus.publish(f"{T}event", b"x")


async def test_a_publisher_may_be_cancelled(world: "BusWorld") -> None:
    bus, (inbox,) = await connected(world, "bus", f"{T}event")
    sending = asyncio.ensure_future(bus.publish(f"{T}event", b"1"))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait([sending])
    await bus.publish(f"{T}event", b"2")
    await world.until(lambda: b"2" in inbox.payloads)


async def test_clients_of_a_group_share_messages_and_others_get_all(world: "BusWorld") -> None:
    _, (one,) = await connected(world, "one", f"$share/writers/{T}+/+/telemetry")
    _, (two,) = await connected(world, "two", f"$share/writers/{T}+/+/telemetry")
    _, (all_of_them,) = await connected(world, "all", f"{T}treadmill/+/telemetry")
    sender, _ = await connected(world, "sender")
    sent = [str(n).encode() for n in range(40)]
    for payload in sent:
        await sender.publish(f"{T}treadmill/tm-01/telemetry", payload)
    await world.until(lambda: len(one.payloads) + len(two.payloads) == len(sent))
    assert sorted(one.payloads + two.payloads) == sorted(sent)
    assert one.payloads
    assert two.payloads
    await world.until(all_of_them.has(*sent))
