"""The port all processes speak through. `mqtt.py` is the real one, `memory.py` its twin; both pass one test suite."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that arrived. `ack` tells the broker that it is dealt with (QoS 1, handlers with `ack="mine"`)."""

    topic: str
    payload: bytes
    retained: bool
    ack: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for a client that vanishes without saying goodbye (QoS 1)."""

    topic: str
    payload: bytes
    retain: bool = True


Handler = Callable[[Incoming], None]
"""Called in the event loop; must only stamp and enqueue, never block or raise."""


class Bus(Protocol):
    """Publish and subscribe with at-least-once delivery."""

    @property
    def connected(self) -> bool:
        """Is there a session with the broker now?"""
        ...

    @property
    def doubled(self) -> bool:
        """Has somebody else lately connected by our name, so that both take turns?"""
        ...

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
        """Return when the broker has taken it (QoS 1: PUBACK; QoS 0: handed to the socket).

        A broker takes a limited number of messages at a time; `urgent` ones do not wait behind others for a place.
        `expires_s`: the broker delivers it to nobody later than that.
        Raises BusRefusedError if the broker answers with a failure, BusLostError if there is no connection or it
        drops first. Nothing is queued for later: durability is the outbox's.
        """
        ...

    def subscribe(self, topic_filter: str, handler: Handler, *, auto_ack: bool = True, qos: int = 1) -> None:
        """Call `handler` for each message that matches; renewed by itself on every reconnect.

        May be called before the first connection. With `auto_ack=False` the handler's owner calls `ack()` after
        committing, and the broker sends unacknowledged messages again on the next connection. `qos=0` is for who
        wants the newest only: nothing is acknowledged or comes again. Of several wishes for one filter the higher
        counts.
        """
        ...

    def on_connection(self, handler: Callable[[bool], None]) -> None:
        """Call `handler(True)` after each connect (subscriptions made), `handler(False)` after each loss."""
        ...

    async def run(self) -> None:
        """Stay connected, with backoff and jitter, until cancelled; then disconnect properly."""
        ...
