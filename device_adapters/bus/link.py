"""One MQTT 5 connection on paho-mqtt 2 in the event loop: no thread after connecting, no task per message.

A new client per connection, so that nothing left unanswered by an earlier one is ever sent again: a command that
was lost must stay lost. All packets of one loop turn leave together.
"""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from device_adapters.bus.dial import Endpoint, connect_blocking, new_client, properties
from device_adapters.bus.subscriptions import Subscription
from device_adapters.errors import BusLostError, BusRefusedError

ANSWER_MAX_S = 5.0
TICK_S = 1.0
_PACKETS_PER_TURN = 64
_SEND_WINDOW_MAX = 10_000
_KEPT_FREE = 8
"""Places in the broker's window that only urgent messages may take; at most half of them."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message and, in `ids`, the subscriptions that asked for it (empty if the broker does not say)."""

    topic: str
    payload: bytes
    retained: bool
    ids: Sequence[int]


@dataclass(slots=True)
class _Unacked:
    mid: int
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    answer: asyncio.Future[list[ReasonCode]]


OnMessage = Callable[[Arrived, Callable[[], None]], None]


class Link:
    """From CONNECT to the loss of the socket; not used again after that."""

    def __init__(self, endpoint: Endpoint, on_message: OnMessage, on_lost: Callable[[str], None]) -> None:
        self._endpoint = endpoint
        self._on_message = on_message
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._open = False
        self._flushing = False
        self._packets = 0
        self._silent_ticks = 0
        self._owed: _Question | None = None
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._questions: dict[int, _Question] = {}
        self._unacked: deque[_Unacked] = deque()
        self._window = asyncio.Semaphore(_SEND_WINDOW_MAX)
        self._unhurried = asyncio.Semaphore(_SEND_WINDOW_MAX)
        self._watched: paho.SocketLike | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._client = new_client(endpoint)
        self._client.on_connect = self._connected
        self._client.on_disconnect = lambda _c, _u, _flags, reason, _p: self._lose(str(reason))
        self._client.on_message = self._message
        self._client.on_publish = lambda _c, _u, mid, reason, _p: self._answered(mid, [reason])
        self._client.on_subscribe = lambda _c, _u, mid, reasons, _p: self._answered(mid, reasons)
        self._client.on_socket_close = lambda _c, _u, _sock: self._unwatch()
        self._client.on_socket_register_write = lambda _c, _u, _sock: self._flush_soon()
        self._client.on_socket_unregister_write = lambda _c, _u, _sock: self._all_written()

    async def open(self) -> None:
        """Connect and wait for the broker's answer. Raises BusLostError or BusRefusedError."""
        connecting = asyncio.ensure_future(asyncio.to_thread(connect_blocking, self._client, self._endpoint))
        try:
            await asyncio.shield(connecting)
        except (OSError, ValueError) as e:
            raise BusLostError(
                f"cannot connect ({e}); start the broker, or check the settings under [broker]"
            ) from e
        except asyncio.CancelledError:
            await asyncio.gather(connecting, return_exceptions=True)
            self._shut()
            raise
        self._watch()
        self._flush()
        self._ticker = self._loop.call_later(TICK_S, self._tick)
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                await self._connack
        except TimeoutError:
            raise BusLostError("the server there does not answer in MQTT 5; check broker.url") from None

    async def subscribe(self, wanted: Sequence[Subscription]) -> None:
        """Raises BusRefusedError naming a filter the broker refuses, BusLostError."""
        for topic_filter, suback in [(one.topic_filter, self._send_subscribe(one)) for one in wanted]:
            refused = [reason for reason in await suback if reason.is_failure]
            if refused:
                raise BusRefusedError(
                    f"{topic_filter}: the broker refuses the subscription ({refused[0]}); "
                    "allow it for this client's user in the broker's access list"
                )

    async def publish(
        self, topic: str, payload: bytes, qos: int, retain: bool, urgent: bool, expires_s: int | None = None
    ) -> None:
        """As `Bus.publish`; a broker that owes an answer and gives none for ANSWER_MAX_S counts as lost."""
        async with contextlib.nullcontext() if urgent else self._unhurried, self._window:
            if not self._open:
                raise BusLostError(f"{topic}: the connection to the broker was lost")
            expiry = (
                None
                if expires_s is None
                else properties(PacketTypes.PUBLISH, MessageExpiryInterval=expires_s)
            )
            try:
                info = self._client.publish(topic, payload, qos, retain, expiry)
            except ValueError as e:
                raise BusRefusedError(f"{topic}: {e}") from e
            answer = self._ask(info.rc, info.mid)
            try:
                (reason,) = await answer
            finally:
                self._questions.pop(info.mid, None)
        if reason.is_failure:
            raise BusRefusedError(f"{topic}: the broker refuses it ({reason}); check its access list")

    async def close(self) -> None:
        """Say goodbye, so that the broker publishes no last will."""
        if self._open and self._connack.done():
            self._client.disconnect()
            await asyncio.wait([self._gone], timeout=1.0)
        self.abort("closed")

    def abort(self, why: str) -> None:
        """Drop the connection as a pulled cable would. Everything waiting gets BusLostError."""
        self._shut()
        self._lose(why)

    def _connected(
        self,
        _client: paho.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        answer: Properties | None,
    ) -> None:
        if self._connack.done():
            return
        if reason.is_failure:
            self._connack.set_exception(
                BusRefusedError(
                    f"the broker refuses this client ({reason}); check username, password, certificate"
                )
            )
            return
        places = min(getattr(answer, "ReceiveMaximum", _SEND_WINDOW_MAX), _SEND_WINDOW_MAX)
        self._window = asyncio.Semaphore(places)
        self._unhurried = asyncio.Semaphore(places - min(_KEPT_FREE, places // 2))
        self._connack.set_result(None)

    def _send_subscribe(self, wanted: Subscription) -> asyncio.Future[list[ReasonCode]]:
        rc, mid = self._client.subscribe(
            wanted.topic_filter,
            options=SubscribeOptions(qos=wanted.qos),
            properties=properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=wanted.id),
        )
        return self._ask(rc, mid)

    def _ask(self, rc: MQTTErrorCode, mid: int | None) -> asyncio.Future[list[ReasonCode]]:
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise BusLostError(f"not sent: {paho.error_string(rc)}")
        question = self._questions[mid] = _Question(self._loop.create_future())
        return question.answer

    def _answered(self, mid: int, reasons: list[ReasonCode]) -> None:
        self._packets += 1
        self._owed = None
        question = self._questions.pop(mid, None)
        if question is not None and not question.answer.done():
            question.answer.set_result(reasons)

    def _message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._packets += 1
        entry = _Unacked(message.mid)
        if message.qos:
            self._unacked.append(entry)

        def done() -> None:
            entry.done = True
            while self._open and self._unacked and self._unacked[0].done:  # in order of arrival: MQTT 5 §4.6
                self._client.ack(self._unacked.popleft().mid, 1)

        try:
            topic = message.topic
        except UnicodeDecodeError:
            done()
            return
        ids = getattr(message.properties, "SubscriptionIdentifier", ())
        self._on_message(Arrived(topic, bytes(message.payload), bool(message.retain), ids), done)

    def _watch(self) -> None:
        sock = self._client.socket()
        if sock is None:
            raise BusLostError("the broker closed the connection at once")
        self._open = True
        self._watched = sock
        self._loop.add_reader(self._watched, self._readable)

    def _unwatch(self) -> None:
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
            self._loop.remove_writer(self._watched)
            self._watched = None

    def _readable(self) -> None:
        for _ in range(_PACKETS_PER_TURN):
            before = self._packets
            self._client.loop_read()
            if self._packets == before:
                break
        if isinstance(self._watched, ssl.SSLSocket) and self._watched.pending():
            self._loop.call_soon(self._readable)  # decrypted bytes that no selector will report

    def _flush_soon(self) -> None:
        if self._open and not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._client.loop_write()
        if self._watched is not None and self._client.want_write():
            self._loop.add_writer(self._watched, self._client.loop_write)

    def _all_written(self) -> None:
        if self._watched is not None:
            self._loop.remove_writer(self._watched)

    def _tick(self) -> None:
        self._ticker = self._loop.call_later(TICK_S, self._tick)
        self._client.loop_misc()
        oldest = next(iter(self._questions.values()), None)
        # In ticks without any answer: a broker that has much to answer is slow, and there; and while this loop itself
        # stood still, it heard nobody.
        self._silent_ticks = self._silent_ticks + 1 if oldest and oldest is self._owed else 0
        self._owed = oldest
        if self._silent_ticks * TICK_S >= ANSWER_MAX_S:
            self.abort(f"no answer within {ANSWER_MAX_S:.0f} s")

    def _shut(self) -> None:
        self._unwatch()
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _lose(self, why: str) -> None:
        if not self._open:
            return
        self._open = False
        if self._ticker is not None:
            self._ticker.cancel()
        for question in self._questions.values():
            _fail(question.answer, why)
        self._questions.clear()
        _fail(self._connack, why)
        self._gone.set_result(None)
        self._on_lost(why)


def _fail(future: asyncio.Future[None] | asyncio.Future[list[ReasonCode]], why: str) -> None:
    if not future.done():
        future.set_exception(BusLostError(f"the connection to the broker was lost ({why})"))
        future.exception()  # taken note of, also where nobody waits any more
