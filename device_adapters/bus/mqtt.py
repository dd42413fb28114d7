"""The bus over MQTT 5: stays connected, renews subscriptions, and says at once when it cannot deliver."""

import asyncio
import random
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog

from device_adapters.bus.certificate import complaint
from device_adapters.bus.choosing import link_kind
from device_adapters.bus.connection import Connection
from device_adapters.bus.endpoint import Endpoint
from device_adapters.bus.port import Handler, Will
from device_adapters.bus.subscriptions import Subscription, Subscriptions
from device_adapters.bus.transport import Arrived, BusLink
from device_adapters.config import Broker
from device_adapters.errors import BusError, BusLostError, BusRefusedError, ConfigError

log = structlog.get_logger("bus")

RETRY_FIRST_S = 0.1
RETRY_MAX_S = 5.0
STEADY_S = 5.0
"""A connection that lived this long was a good one: the next attempt starts from the shortest wait again."""


SHORT_S = 15.0
SHORT_LIVES_MAX = 3
"""So many connections in a row that were lost so soon: somebody takes them."""

DOUBLED_S = 600.0
"""For so long a double counts as being there after it was last noticed."""


class MqttBus:
    """`Bus` on one MQTT 5 broker.

    `broker` is a settings value or a bare URL, `mqtt://host:port` or `mqtts://host:port` (ConfigError otherwise).
    `client_id` must be unique at the broker: a second client of that name takes the first one's place.
    `session_expiry_s` > 0 lets the broker keep messages (QoS 1) for that long while this client is away.
    """

    def __init__(
        self,
        broker: Broker | str,
        *,
        client_id: str,
        will: Will | None = None,
        session_expiry_s: int = 0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        settings = Broker(url=broker) if isinstance(broker, str) else broker
        self._endpoint = endpoint_of(settings, client_id, will, session_expiry_s)
        self._link_kind = link_kind(settings)
        self._url = settings.url
        self._jitter = jitter
        self._subscriptions = Subscriptions()
        self._connection = Connection()
        self._link: BusLink | None = None
        self._lost = asyncio.Event()
        self._due: list[Subscription] = []
        self._late: set[asyncio.Task[None]] = set()
        self._connected_at = 0.0
        self._short_lives = 0
        self._doubled_until = 0.0

    @property
    def connected(self) -> bool:
        """Is there a session with the broker now, all subscriptions made?"""
        return self._connection.up

    @property
    def doubled(self) -> bool:
        """As `Bus.doubled`, by connections that were lost to it in the last DOUBLED_S."""
        return asyncio.get_running_loop().time() < self._doubled_until

    @property
    def handler_errors(self) -> int:
        """Messages lost to a handler that raised."""
        return self._subscriptions.handler_errors

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        urgent: bool = False,
        expires_s: int | None = None,
    ) -> None:
        """As `Bus.publish`: raises BusRefusedError or BusLostError."""
        if self._link is None or not self._connection.up:
            raise BusLostError(f"{topic}: not connected to {self._url}")
        if not topic:
            raise BusRefusedError("a message without a topic is for nobody")
        await self._link.publish(topic, payload, qos, retain, urgent, expires_s)

    def subscribe(self, topic_filter: str, handler: Handler, *, auto_ack: bool = True, qos: int = 1) -> None:
        """As `Bus.subscribe`. Acknowledgements leave in order of arrival: one held back holds back later ones.

        A filter asked for again while connected is sent again, and its retained messages come to all its handlers.
        """
        subscription = self._subscriptions.add(topic_filter, handler, auto_ack, qos)
        if self._link is not None and self._connection.up:
            task = asyncio.create_task(self._subscribe_late(self._link, subscription))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        else:
            self._due.append(subscription)

    def on_connection(self, handler: Callable[[bool], None]) -> None:
        """As `Bus.on_connection`."""
        self._connection.watch(handler)

    async def run(self) -> None:
        """As `Bus.run`: until cancelled, then a DISCONNECT, so that no last will is published."""
        loop = asyncio.get_running_loop()
        wait_s = RETRY_FIRST_S
        while True:
            began = loop.time()
            try:
                await self._one_connection()
            except BusError as e:
                why = "; ".join(filter(None, (str(e), complaint(self._endpoint.broker))))
                log.warning("bus_not_connected", code=e.code, url=self._url, why=why)
            if loop.time() - began > STEADY_S:
                wait_s = RETRY_FIRST_S
            await asyncio.sleep(wait_s * (0.5 + 0.5 * self._jitter()))
            wait_s = min(2 * wait_s, RETRY_MAX_S)

    async def _one_connection(self) -> None:
        self._lost.clear()
        link = self._link = self._link_kind(self._endpoint, self._deliver, self._on_lost)
        try:
            await link.open()
            self._due = list(self._subscriptions.all())
            while self._due:  # a handler may ask for more meanwhile
                batch, self._due = self._due, []
                await link.subscribe(batch)
            self._connection.set(True)
            self._connected_at = asyncio.get_running_loop().time()
            log.info("bus_connected", url=self._url, client=self._endpoint.client_id)
            if ending := complaint(self._endpoint.broker):
                log.warning("certificate", code=ConfigError.code, why=ending)
            await self._lost.wait()
        finally:
            self._connection.set(False)
            await link.close()
            for task in tuple(self._late):
                task.cancel()
            await asyncio.gather(*self._late, return_exceptions=True)

    async def _subscribe_late(self, link: BusLink, subscription: Subscription) -> None:
        try:
            await link.subscribe([subscription])
        except BusError as e:
            link.abort(str(e))

    def _deliver(self, arrived: Arrived, done: Callable[[], None]) -> None:
        self._subscriptions.deliver(
            arrived.topic, arrived.payload, retained=arrived.retained, ids=arrived.ids, done=done
        )

    def _on_lost(self, why: str) -> None:
        self._lost.set()
        if self._connection.up:
            log.warning("bus_lost", code=BusLostError.code, url=self._url, why=why + self._double(why))
            self._connection.set(False)

    def _double(self, why: str) -> str:
        """Two machines of one name throw each other out again and again: that is named, for nothing else shows it."""
        lasted_s = asyncio.get_running_loop().time() - self._connected_at
        self._short_lives = self._short_lives + 1 if lasted_s < SHORT_S else 0
        if "taken over" not in why.lower() and self._short_lives < SHORT_LIVES_MAX:
            return ""
        self._doubled_until = asyncio.get_running_loop().time() + DOUBLED_S
        return (
            f"; perhaps a second machine connects as {self._endpoint.client_id} and both take turns (a cloned card?): "
            "give each its own name, with backstride unit invite and join"
        )


async def connect_once(broker: Broker, client_id: str) -> None:
    """Connect with these settings and leave again. Raises ConfigError, BusLostError, or BusRefusedError."""
    endpoint = endpoint_of(broker, client_id, None, 0)
    link = link_kind(broker)(endpoint, lambda _arrived, done: done(), lambda _why: None)
    try:
        await link.open()
    finally:
        await link.close()


def endpoint_of(broker: Broker, client_id: str, will: Will | None, session_expiry_s: int) -> Endpoint:
    """Where and as whom these settings connect. Raises ConfigError."""
    try:
        parts = urlsplit(broker.url)
        host, port, tls = parts.hostname, parts.port, parts.scheme == "mqtts"
    except ValueError as e:
        raise ConfigError(
            f"broker.url {broker.url!r}: {e}; write mqtt://host:port or mqtts://host:port"
        ) from e
    if parts.scheme not in ("mqtt", "mqtts") or not host or parts.username or parts.path not in ("", "/"):
        raise ConfigError(
            f"broker.url {broker.url!r}: write mqtt://host:port or mqtts://host:port, and the user under username"
        )
    return Endpoint(
        host=host,
        port=port or (8883 if tls else 1883),
        tls=tls,
        broker=broker,
        client_id=client_id,
        will=will,
        session_expiry_s=session_expiry_s,
    )
