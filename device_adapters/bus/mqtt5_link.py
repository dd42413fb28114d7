"""One MQTT 5 connection in the event loop on the Rust codec mqtt5: no thread, no task per message.

All packets of one loop turn leave together. What a broker may not send ends the connection, and it is told why.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import cast

import mqtt5

from device_adapters.bus import mqtt5_packets as packets
from device_adapters.bus import owed
from device_adapters.bus.acknowledging import Acknowledging
from device_adapters.bus.endpoint import (
    CONNECT_MAX_S,
    KEEPALIVE_S,
    RECEIVE_MAX,
    Endpoint,
    password_of,
    tls_context_of,
)
from device_adapters.bus.mqtt5_inbound import BrokenPacketError, Inbound
from device_adapters.bus.owed import Owed, fail
from device_adapters.bus.subscriptions import Subscription
from device_adapters.bus.transport import Arrived, OnLost, OnMessage
from device_adapters.bus.window import SendWindow
from device_adapters.errors import BusError, BusLostError, BusRefusedError

_PING = 0
"""Where the answer to a ping is owed: no packet identifier."""

_TOGETHER_MAX = 64 * 1024
"""Bytes of one loop turn that leave at once, not at its end: only then is it known whether the line takes more."""

_Reason = mqtt5.DisconnectReasonCode


class Mqtt5Link(asyncio.BufferedProtocol):
    """`BusLink` on the codec mqtt5."""

    def __init__(self, endpoint: Endpoint, on_message: OnMessage, on_lost: OnLost) -> None:
        self._endpoint = endpoint
        self._on_message = on_message
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._line: asyncio.Transport | None = None
        self._open = self._welcome = False
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._inbound = Inbound()
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self._owed: Owed[Sequence[packets.ReasonCode]] = Owed()
        self._window = SendWindow()
        self._size_max = packets.SIZE_MAX
        self._acknowledging = Acknowledging(lambda mid: self._put(mqtt5.PubAckPacket(mid).write()))
        self._ticker: asyncio.TimerHandle | None = None
        self._ping_after_s = KEEPALIVE_S - owed.TICK_S
        self._heard = self._said = False
        self._heard_at = self._said_at = self._loop.time()

    async def open(self) -> None:
        """As `BusLink.open`."""
        to = self._endpoint
        try:
            async with asyncio.timeout(CONNECT_MAX_S):
                password, context = await _secrets(to)
                hello = packets.connect(to, password)
                await self._loop.create_connection(
                    lambda: self, to.host, to.port, ssl=context, happy_eyeballs_delay=0.25
                )
        except (OSError, ValueError) as e:
            why = str(e) or f"no answer within {CONNECT_MAX_S:.0f} s"
            raise BusLostError(
                f"cannot connect ({why}); start the broker, or check the settings under [broker]"
            ) from e
        self._put(hello)
        self._ticker = self._loop.call_later(owed.TICK_S, self._tick)
        try:
            async with asyncio.timeout(owed.ANSWER_MAX_S):
                await self._connack
        except TimeoutError:
            raise BusLostError("the server there does not answer in MQTT 5; check broker.url") from None

    async def subscribe(self, wanted: Sequence[Subscription]) -> None:
        """As `BusLink.subscribe`."""
        for topic_filter, suback in [(one.topic_filter, self._ask_for(one)) for one in wanted]:
            if refused := packets.refusal(await suback):
                raise BusRefusedError(
                    f"{topic_filter}: the broker refuses the subscription ({refused}); "
                    "allow it for this client's user in the broker's access list"
                )

    async def publish(
        self, topic: str, payload: bytes, qos: int, retain: bool, urgent: bool, expires_s: int | None = None
    ) -> None:
        """As `BusLink.publish`; at QoS 0 it returns when the line has room for more."""
        if not qos:
            self._must_be_open(topic)
            self._put(packets.publish(topic, payload, None, retain, expires_s, self._size_max))
            await self._drained.wait()
            self._must_be_open(topic)
            return
        give_back = await self._window.take(urgent=urgent)
        try:
            self._must_be_open(topic)
            mid = self._owed.new_mid()
            self._put(packets.publish(topic, payload, mid, retain, expires_s, self._size_max))
        except BusError:
            give_back()
            raise
        if refused := packets.refusal(await self._owed.ask(mid, give_back)):
            raise BusRefusedError(f"{topic}: the broker refuses it ({refused}); check its access list")

    async def close(self) -> None:
        """As `BusLink.close`."""
        if self._open and self._welcome:
            self._put(mqtt5.DisconnectPacket().write())
            self._flush()
            await asyncio.wait([self._gone], timeout=1.0)
        self.abort("closed")

    def abort(self, why: str) -> None:
        """As `BusLink.abort`."""
        if self._line is not None:
            self._line.abort()
        self._lose(why)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: TCP and TLS are there."""
        self._line = cast("asyncio.Transport", transport)
        # Else Nagle makes a QoS 1 round trip 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the socket is gone."""
        self._lose(str(exc) if exc else "the broker closed the connection")

    def pause_writing(self) -> None:
        """asyncio: the line takes less than there is to send."""
        self._drained.clear()

    def resume_writing(self) -> None:
        """asyncio: it has caught up."""
        self._drained.set()

    def get_buffer(self, sizehint: int) -> memoryview:
        """asyncio: where to put what comes."""
        del sizehint
        return self._inbound.room()

    def buffer_updated(self, nbytes: int) -> None:
        """asyncio: so many bytes have come."""
        self._heard = True
        try:
            for packet in self._inbound.packets(nbytes):
                self._take(packet)
                if not self._open:
                    return
        except BrokenPacketError as e:
            self._offended(e.reason, f"not MQTT 5: {e}")

    def _take(self, packet: mqtt5.Packet) -> None:
        match packet:
            case mqtt5.PublishPacket() if self._welcome:
                self._message(packet)
            case mqtt5.PubAckPacket() if self._welcome:
                self._owed.answered(packet.packet_id, (packet.reason_code,))
            case mqtt5.SubAckPacket() if self._welcome:
                self._owed.answered(packet.packet_id, packet.reason_codes)
            case mqtt5.PingRespPacket() if self._welcome:
                self._owed.answered(_PING, ())
            case mqtt5.ConnAckPacket() if not self._welcome:
                self._welcomed(packet)
            case mqtt5.DisconnectPacket():
                self.abort(packets.words(packet.reason_code))
            case _:
                self._offended(_Reason.PROTOCOL_ERROR, f"{type(packet).__name__} out of place")

    def _welcomed(self, packet: mqtt5.ConnAckPacket) -> None:
        if self._connack.done():
            return
        try:
            packets.check_welcome(packet)
        except BusRefusedError as e:
            self._connack.set_exception(e)
            return
        self._window = SendWindow(packet.receive_max)
        if packet.max_packet_size is not None:
            self._size_max = packet.max_packet_size
        keepalive_s = min(packet.server_keep_alive or KEEPALIVE_S, KEEPALIVE_S)
        self._ping_after_s = max(keepalive_s - owed.TICK_S, keepalive_s / 2)
        self._welcome = True
        self._connack.set_result(None)

    def _message(self, packet: mqtt5.PublishPacket) -> None:
        mid = packet.packet_id
        if mid is None:
            done = _nothing
        elif packet.qos == mqtt5.QoS.AT_LEAST_ONCE and mid:
            if len(self._acknowledging) >= RECEIVE_MAX:
                self._offended(_Reason.RECEIVE_MAX_EXCEEDED, f"over {RECEIVE_MAX} messages at a time")
                return
            done = self._acknowledging.arrived(mid)
        else:
            self._offended(_Reason.QOS_NOT_SUPPORTED, "a message of a QoS that nobody asked for")
            return
        if packet.topic_alias is not None:
            self._offended(_Reason.TOPIC_ALIAS_INVALID, "a topic alias that nobody asked for")
            return
        self._on_message(Arrived(packet.topic, packet.payload, packet.retain, packet.subscription_ids), done)

    def _ask_for(self, wanted: Subscription) -> asyncio.Future[Sequence[packets.ReasonCode]]:
        self._must_be_open(wanted.topic_filter)
        mid = self._owed.new_mid()
        self._put(packets.subscribe(mid, wanted))
        return self._owed.ask(mid)

    def _must_be_open(self, what: str) -> None:
        if not self._open:
            raise BusLostError(f"{what}: the connection to the broker was lost")

    def _put(self, packet: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(packet)
        self._out_bytes += len(packet)
        if self._out_bytes > _TOGETHER_MAX:
            self._flush()

    def _flush(self) -> None:
        if self._out and self._open and self._line is not None:
            self._line.write(b"".join(self._out))
            self._said = True
        self._out.clear()
        self._out_bytes = 0

    def _tick(self) -> None:
        self._ticker = self._loop.call_later(owed.TICK_S, self._tick)
        if self._owed.tick():
            self.abort(f"no answer within {owed.ANSWER_MAX_S:.0f} s")
            return
        now = self._loop.time()
        if self._heard:
            self._heard, self._heard_at = False, now
        if self._said:
            self._said, self._said_at = False, now
        # A line that is quiet in one direction may be half open; only an answer shows that it is not.
        if now - min(self._heard_at, self._said_at) >= self._ping_after_s and _PING not in self._owed:
            self._put(mqtt5.PingReqPacket().write())
            self._owed.ask(_PING)

    def _offended(self, reason: mqtt5.DisconnectReasonCode, why: str) -> None:
        """The broker does what it may not: say so, and be gone."""
        self._put(mqtt5.DisconnectPacket(reason_code=reason).write())
        self._flush()
        self.abort(why)

    def _lose(self, why: str) -> None:
        if not self._open:
            return
        self._open = False
        if self._ticker is not None:
            self._ticker.cancel()
        self._drained.set()
        self._acknowledging.forget()
        self._owed.lose_all(why)
        fail(self._connack, why)
        self._gone.set_result(None)
        self._on_lost(why)


async def _secrets(endpoint: Endpoint) -> tuple[str | None, ssl.SSLContext | None]:
    """Files are read beside the loop."""
    broker = endpoint.broker
    password = await asyncio.to_thread(password_of, broker) if broker.username else None
    return password, await asyncio.to_thread(tls_context_of, broker) if endpoint.tls else None


def _nothing() -> None:
    """How a message of QoS 0 is acknowledged."""
