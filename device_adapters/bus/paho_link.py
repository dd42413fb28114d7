"""One MQTT 5 connection on paho-mqtt 2 in the event loop: no thread after connecting, no task per message.

All packets of one loop turn leave together.
"""

import asyncio
import ssl
from collections.abc import Sequence

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from device_adapters.bus import owed
from device_adapters.bus.acknowledging import Acknowledging
from device_adapters.bus.endpoint import Endpoint
from device_adapters.bus.owed import Owed, fail
from device_adapters.bus.paho_client import connect_blocking, new_client, properties
from device_adapters.bus.subscriptions import Subscription
from device_adapters.bus.transport import Arrived, OnLost, OnMessage, unfit
from device_adapters.bus.window import PLACES_MAX, SendWindow
from device_adapters.errors import BusError, BusLostError, BusRefusedError

_PACKETS_PER_TURN = 64


class PahoLink:
    """`BusLink` on paho-mqtt."""

    def __init__(self, endpoint: Endpoint, on_message: OnMessage, on_lost: OnLost) -> None:
        self._endpoint = endpoint
        self._on_message = on_message
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._open = False
        self._flushing = False
        self._packets = 0
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._owed: Owed[Sequence[ReasonCode]] = Owed()
        self._window = SendWindow()
        self._acknowledging = Acknowledging(self._acknowledge)
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
        """As `BusLink.open`."""
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
        self._ticker = self._loop.call_later(owed.TICK_S, self._tick)
        try:
            async with asyncio.timeout(owed.ANSWER_MAX_S):
                await self._connack
        except TimeoutError:
            raise BusLostError("the server there does not answer in MQTT 5; check broker.url") from None

    async def subscribe(self, wanted: Sequence[Subscription]) -> None:
        """As `BusLink.subscribe`."""
        for topic_filter, answer in [(one.topic_filter, self._send_subscribe(one)) for one in wanted]:
            refused = [reason for reason in await answer if reason.is_failure]
            if refused:
                raise BusRefusedError(
                    f"{topic_filter}: the broker refuses the subscription ({refused[0]}); "
                    "allow it for this client's user in the broker's access list"
                )

    async def publish(
        self, topic: str, payload: bytes, qos: int, retain: bool, urgent: bool, expires_s: int | None = None
    ) -> None:
        """As `BusLink.publish`."""
        expiry = (
            None if expires_s is None else properties(PacketTypes.PUBLISH, MessageExpiryInterval=expires_s)
        )
        give_back = await self._window.take(urgent=urgent) if qos else _nothing
        try:
            if not self._open:
                raise BusLostError(f"{topic}: the connection to the broker was lost")
            info = self._client.publish(topic, payload, qos, retain, expiry)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise BusLostError(f"{topic}: not sent: {paho.error_string(info.rc)}")
        except ValueError as e:
            give_back()
            raise BusRefusedError(f"{topic}: {e}") from e
        except BusError:
            give_back()
            raise
        for reason in await self._owed.ask(info.mid, give_back):
            if reason.is_failure:
                raise BusRefusedError(f"{topic}: the broker refuses it ({reason}); check its access list")

    async def close(self) -> None:
        """As `BusLink.close`."""
        if self._open and self._connack.done():
            self._client.disconnect()
            await asyncio.wait([self._gone], timeout=1.0)
        self.abort("closed")

    def abort(self, why: str) -> None:
        """As `BusLink.abort`."""
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
        try:
            unfit(
                qos=getattr(answer, "MaximumQoS", 2),
                retains=getattr(answer, "RetainAvailable", 1) == 1,
                wildcards=getattr(answer, "WildcardSubscriptionAvailable", 1) == 1,
                ids=getattr(answer, "SubscriptionIdentifierAvailable", 1) == 1,
            )
        except BusRefusedError as e:
            self._connack.set_exception(e)
            return
        self._window = SendWindow(getattr(answer, "ReceiveMaximum", PLACES_MAX))
        self._connack.set_result(None)

    def _send_subscribe(self, wanted: Subscription) -> asyncio.Future[Sequence[ReasonCode]]:
        try:
            rc, mid = self._client.subscribe(
                wanted.topic_filter,
                options=SubscribeOptions(qos=wanted.qos),
                properties=properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=wanted.id),
            )
        except ValueError as e:
            raise BusRefusedError(f"{wanted.topic_filter}: {e}") from e
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise BusLostError(f"{wanted.topic_filter}: not sent: {paho.error_string(rc)}")
        return self._owed.ask(mid)

    def _answered(self, mid: int, reasons: Sequence[ReasonCode]) -> None:
        self._packets += 1
        self._owed.answered(mid, reasons)

    def _message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._packets += 1
        done = self._acknowledging.arrived(message.mid) if message.qos else _nothing
        try:
            topic = message.topic
        except UnicodeDecodeError:
            done()
            return
        ids = getattr(message.properties, "SubscriptionIdentifier", ())
        self._on_message(Arrived(topic, bytes(message.payload), bool(message.retain), ids), done)

    def _acknowledge(self, mid: int) -> None:
        self._client.ack(mid, 1)

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
            try:
                self._client.loop_read()
            except Exception as e:  # noqa: BLE001 - whatever paho makes of a packet that is none
                self.abort(f"not MQTT 5: {e!r}")
                return
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
        self._ticker = self._loop.call_later(owed.TICK_S, self._tick)
        self._client.loop_misc()
        if self._owed.tick():
            self.abort(f"no answer within {owed.ANSWER_MAX_S:.0f} s")

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
        self._acknowledging.forget()
        self._owed.lose_all(why)
        fail(self._connack, why)
        self._gone.set_result(None)
        self._on_lost(why)


def _nothing() -> None:
    """How a message of QoS 0 is acknowledged, and the place that it gives back."""
