"""The bus without a network: one broker object, any number of clients, all in one event loop, always in order.

It takes no time: messages arrive in the next turns of the loop, and clients reconnect as soon as they can. What waits
for a client that is away expires by the loop's clock; sessions that persist never do, nor what is retained. Faults come
by hand: `MemoryBroker.stop`, `MemoryBus.cut`.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from device_adapters.bus.connection import Connection
from device_adapters.bus.port import Handler, Will
from device_adapters.bus.subscriptions import Subscription, Subscriptions, is_shared, matches
from device_adapters.errors import BusLostError, BusRefusedError

QUEUED_MAX = 100_000
"""Messages a session holds; newer ones are dropped and counted, as Mosquitto does."""


@dataclass(slots=True)
class Queued:
    """A message on its way to one client for one of its filters; `until_s`: by the loop's clock, for how long."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    id: int
    until_s: float = math.inf
    done: bool = False


@dataclass(frozen=True, slots=True)
class ConnectedClient:
    """A connected client as the broker sees it."""

    client_id: str
    keeps_session: bool
    will: Will | None
    deliver: Callable[[Queued, Callable[[], None]], None]
    lost: Callable[[], None]


@dataclass(slots=True)
class MemorySession:
    """What the broker knows of a client; `client` is None while it is away."""

    client: ConnectedClient | None
    filters: dict[str, Subscription] = field(default_factory=dict)
    waiting: deque[Queued] = field(default_factory=deque)
    unacked: deque[Queued] = field(default_factory=deque)
    pumping: bool = False

    def acknowledge(self, message: Queued) -> None:
        """The client has dealt with `message`; acknowledgements count in order of arrival (MQTT 5 §4.6)."""
        message.done = True
        while self.unacked and self.unacked[0].done:
            self.unacked.popleft()

    def send_again(self) -> None:
        """Put back what is not acknowledged; acknowledgements that come after the loss count no more."""
        self.waiting.extendleft(replace(message, done=False) for message in reversed(self.unacked))
        self.unacked.clear()


class MemoryBroker:
    """What Mosquitto is to `MqttBus`. `refused` holds topic filters that nobody may publish on."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.dropped = 0
        self._turn = 0
        self._up = asyncio.Event()
        self._up.set()
        self._retained: dict[str, bytes] = {}
        self._sessions: dict[str, MemorySession] = {}

    def stop(self) -> None:
        """Die as by kill -9: every link breaks; retained messages, sessions and wills are gone."""
        self._up.clear()
        sessions = list(self._sessions.values())
        self._sessions.clear()
        self._retained.clear()
        for session in sessions:
            client, session.client = session.client, None
            if client is not None:
                client.lost()

    def start(self) -> None:
        """Come back empty."""
        self._up.set()

    def unacked(self, client_id: str) -> list[str]:
        """Topics of the messages that this client has and did not acknowledge."""
        return [message.topic for message in self._sessions[client_id].unacked]

    async def wait_up(self) -> None:
        """Return when the broker runs."""
        await self._up.wait()

    def connect(self, client: ConnectedClient) -> MemorySession:
        """Open or resume the client's session; an older client of the same name is cut off."""
        old = self._sessions.get(client.client_id)
        if old is not None:
            self.leave(old, said_goodbye=False)
        session = old if old is not None and client.keeps_session else MemorySession(None)
        session.client = client
        self._sessions[client.client_id] = session
        self._pump_soon(session)
        return session

    def leave(self, session: MemorySession, *, said_goodbye: bool) -> None:
        """The client is gone; its will is published unless it said goodbye."""
        client, session.client = session.client, None
        if client is None:
            return
        session.send_again()
        if not client.keeps_session:
            self._sessions.pop(client.client_id, None)
        if not said_goodbye:
            if client.will is not None:
                self.publish(client.will.topic, client.will.payload, 1, client.will.retain)
            client.lost()

    def subscribe(self, session: MemorySession, wanted: Subscription) -> None:
        """Send the retained messages of the filter (none where it is shared), then all new ones."""
        session.filters[wanted.topic_filter] = wanted
        if is_shared(wanted.topic_filter):
            return
        for topic, payload in self._retained.items():
            if matches(wanted.topic_filter, topic):
                self._enqueue(session, Queued(topic, payload, wanted.qos, True, wanted.id))

    def publish(
        self, topic: str, payload: bytes, qos: int, retain: bool, expires_s: float = math.inf
    ) -> None:
        """Queue for all who want it, one copy per matching filter. Raises BusRefusedError."""
        if not topic or "+" in topic or "#" in topic or any(matches(f, topic) for f in self.refused):
            raise BusRefusedError(f"{topic}: the broker refuses it; check its access list")
        if retain and payload:
            self._retained[topic] = payload
        elif retain:
            self._retained.pop(topic, None)
        until_s = asyncio.get_running_loop().time() + expires_s
        shared: dict[str, list[tuple[MemorySession, Queued]]] = {}
        for session in self._sessions.values():
            for topic_filter, wanted in session.filters.items():
                message = Queued(topic, payload, min(qos, wanted.qos), False, wanted.id, until_s)
                if not (message.qos or session.client is not None) or not matches(topic_filter, topic):
                    continue
                if is_shared(topic_filter):
                    shared.setdefault(topic_filter, []).append((session, message))
                else:
                    self._enqueue(session, message)
        self._turn += 1
        for members in shared.values():
            self._enqueue(*members[self._turn % len(members)])

    def _enqueue(self, session: MemorySession, message: Queued) -> None:
        if len(session.waiting) >= QUEUED_MAX:
            self.dropped += 1
            return
        session.waiting.append(message)
        self._pump_soon(session)

    def _pump_soon(self, session: MemorySession) -> None:
        if session.client is not None and session.waiting and not session.pumping:
            session.pumping = True
            asyncio.get_running_loop().call_soon(self._pump, session)

    def _pump(self, session: MemorySession) -> None:
        session.pumping = False
        now_s = asyncio.get_running_loop().time()
        for _ in range(len(session.waiting)):
            client = session.client
            if client is None:
                return
            message = session.waiting.popleft()
            if now_s >= message.until_s:
                continue
            if message.qos:
                session.unacked.append(message)
            client.deliver(message, lambda message=message: session.acknowledge(message))  # type: ignore[misc]
        self._pump_soon(session)


class MemoryBus:
    """`Bus` on a `MemoryBroker`; the arguments are `MqttBus`'s."""

    def __init__(
        self, broker: MemoryBroker, *, client_id: str, will: Will | None = None, session_expiry_s: int = 0
    ) -> None:
        self._broker = broker
        self._client = ConnectedClient(client_id, session_expiry_s > 0, will, self._deliver, self._on_lost)
        self._subscriptions = Subscriptions()
        self._connection = Connection()
        self._session: MemorySession | None = None
        self._lost = asyncio.Event()
        self._reachable = asyncio.Event()
        self._reachable.set()

    @property
    def connected(self) -> bool:
        """Is there a session with the broker now, all subscriptions made?"""
        return self._connection.up

    @property
    def doubled(self) -> bool:
        """As `Bus.doubled`; here nobody takes another's place."""
        return False

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
        """As `Bus.publish`; the broker's answer takes one turn of the loop: all are urgent."""
        del urgent
        session = self._session
        if session is None:
            raise BusLostError(f"{topic}: not connected")
        until = math.inf if expires_s is None else expires_s
        self._broker.publish(topic, bytes(payload), qos, retain, until)
        await asyncio.sleep(0)
        if qos and self._session is not session:
            raise BusLostError(f"{topic}: the connection was lost before the broker answered")

    def subscribe(self, topic_filter: str, handler: Handler, *, auto_ack: bool = True, qos: int = 1) -> None:
        """As `Bus.subscribe`."""
        subscription = self._subscriptions.add(topic_filter, handler, auto_ack, qos)
        if self._session is not None:
            self._broker.subscribe(self._session, subscription)

    def on_connection(self, handler: Callable[[bool], None]) -> None:
        """As `Bus.on_connection`."""
        self._connection.watch(handler)

    async def run(self) -> None:
        """Stay connected until cancelled, as `Bus.run` does."""
        while True:
            await self._reachable.wait()
            await self._broker.wait_up()
            if self._reachable.is_set():
                await self._one_connection()

    def cut(self) -> None:
        """Break this client's link until `mend`; the broker publishes its will."""
        self._reachable.clear()
        if self._session is not None:
            self._broker.leave(self._session, said_goodbye=False)

    def mend(self) -> None:
        """Let the link come back."""
        self._reachable.set()

    async def _one_connection(self) -> None:
        self._lost.clear()
        session = self._session = self._broker.connect(self._client)
        for subscription in self._subscriptions.all():
            self._broker.subscribe(session, subscription)
        self._connection.set(True)
        try:
            await self._lost.wait()
        finally:
            self._session = None
            self._connection.set(False)
            self._broker.leave(session, said_goodbye=True)

    def _deliver(self, message: Queued, done: Callable[[], None]) -> None:
        self._subscriptions.deliver(
            message.topic, message.payload, retained=message.retained, ids=(message.id,), done=done
        )

    def _on_lost(self) -> None:
        self._session = None
        self._lost.set()
        self._connection.set(False)
