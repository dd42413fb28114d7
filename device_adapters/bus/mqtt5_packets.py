"""The packets that we send, made for the Rust codec, and what its reason codes mean in words. No input or output."""

from collections.abc import Sequence

import mqtt5

from device_adapters.bus.endpoint import KEEPALIVE_S, PACKET_MAX_BYTES, RECEIVE_MAX, Endpoint
from device_adapters.bus.subscriptions import Subscription
from device_adapters.bus.transport import unfit
from device_adapters.errors import BusRefusedError

FAILURE = 128
"""Values of reason codes from here on say that it was not done (MQTT 5 §2.4); the codec's enums have no order."""
SIZE_MAX = 2**28 - 2**17
"""Bytes of payload that surely fit into one packet (MQTT 5 §2.1.4)."""

ReasonCode = (
    mqtt5.ConnAckReasonCode | mqtt5.PubAckReasonCode | mqtt5.SubAckReasonCode | mqtt5.DisconnectReasonCode
)

_QOS = (mqtt5.QoS.AT_MOST_ONCE, mqtt5.QoS.AT_LEAST_ONCE)


def connect(endpoint: Endpoint, password: str | None) -> bytes:
    """CONNECT. Raises BusRefusedError for what does not fit into one."""
    try:
        will = None
        if endpoint.will is not None:
            will = mqtt5.Will(
                endpoint.will.topic,
                payload=endpoint.will.payload,
                qos=mqtt5.QoS.AT_LEAST_ONCE,
                retain=endpoint.will.retain,
            )
        return mqtt5.ConnectPacket(
            endpoint.client_id,
            username=endpoint.broker.username or None,
            password=None if password is None else password.encode(),
            will=will,
            clean_start=endpoint.session_expiry_s == 0,
            keep_alive=KEEPALIVE_S,
            session_expiry_interval=endpoint.session_expiry_s,
            receive_max=RECEIVE_MAX,
            max_packet_size=PACKET_MAX_BYTES,
        ).write()
    except (ValueError, OverflowError) as e:
        raise BusRefusedError(f"no broker could be asked that ({e}); check [broker], and the will") from e


def subscribe(mid: int, wanted: Subscription) -> bytes:
    """SUBSCRIBE to one filter. Raises BusRefusedError for one that is none."""
    try:
        one = mqtt5.TopicFilter(wanted.topic_filter, max_qos=_QOS[wanted.qos], retain_as_published=False)
        return mqtt5.SubscribePacket(mid, [one], subscription_id=wanted.id).write()
    except ValueError as e:
        raise BusRefusedError(f"{wanted.topic_filter}: {e}") from e


def publish(
    topic: str, payload: bytes, mid: int | None, retain: bool, expires_s: int | None, size_max: int
) -> bytes:
    """PUBLISH, at QoS 1 where it has an identifier. Raises BusRefusedError for what is no topic or too large."""
    try:
        packet = mqtt5.PublishPacket(
            topic,
            payload[:SIZE_MAX],
            qos=_QOS[mid is not None],
            retain=retain,
            packet_id=mid,
            message_expiry_interval=expires_s,
        ).write()
    except (ValueError, TypeError, OverflowError) as e:
        raise BusRefusedError(f"{topic}: {e}") from e
    if len(packet) > size_max or len(payload) > SIZE_MAX:
        raise BusRefusedError(f"{topic}: {len(payload)} bytes are more than the broker takes at once")
    return packet


def check_welcome(packet: mqtt5.ConnAckPacket) -> None:
    """Raises BusRefusedError if the broker refuses us, or offers less than a bus needs."""
    if packet.reason_code.value >= FAILURE:
        raise BusRefusedError(
            f"the broker refuses this client ({words(packet.reason_code)}); "
            "check username, password, certificate"
        )
    unfit(
        qos=int(packet.max_qos),
        retains=packet.retain_available,
        wildcards=packet.wildcard_subscription_available,
        ids=packet.subscription_id_available,
    )


def refusal(reasons: Sequence[ReasonCode]) -> str:
    """Why it was not done, in words; '' if it was."""
    return next((words(reason) for reason in reasons if reason.value >= FAILURE), "")


def words(reason: ReasonCode) -> str:
    """Such as "Session taken over"."""
    return reason.name.replace("_", " ").capitalize()
