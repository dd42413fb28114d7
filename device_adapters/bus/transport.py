"""What carries a bus: one MQTT 5 connection, on one of two client libraries. Both pass one test suite."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from device_adapters.bus.endpoint import Endpoint
from device_adapters.bus.subscriptions import Subscription
from device_adapters.errors import BusRefusedError


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message and, in `ids`, the subscriptions that asked for it (empty if the broker does not say)."""

    topic: str
    payload: bytes
    retained: bool
    ids: Sequence[int]


OnMessage = Callable[[Arrived, Callable[[], None]], None]
"""Takes a message, and what to call once it is dealt with."""

OnLost = Callable[[str], None]
"""Told why the connection is lost, once."""


class BusLink(Protocol):
    """From CONNECT to the loss of the socket; not used again after that.

    A new one per connection, so that nothing left unanswered by an earlier one is ever sent again: a command that
    was lost must stay lost.
    """

    async def open(self) -> None:
        """Connect and wait for the broker's answer. Raises BusLostError or BusRefusedError."""
        ...

    async def subscribe(self, wanted: Sequence[Subscription]) -> None:
        """Raises BusRefusedError naming a filter the broker refuses, BusLostError."""
        ...

    async def publish(
        self, topic: str, payload: bytes, qos: int, retain: bool, urgent: bool, expires_s: int | None = None
    ) -> None:
        """As `Bus.publish`; a broker that owes an answer and gives none for ANSWER_MAX_S counts as lost."""
        ...

    async def close(self) -> None:
        """Say goodbye, so that the broker publishes no last will."""
        ...

    def abort(self, why: str) -> None:
        """Drop the connection as a pulled cable would. Everything waiting gets BusLostError."""
        ...


LinkKind = Callable[[Endpoint, OnMessage, OnLost], BusLink]


def unfit(*, qos: int, retains: bool, wildcards: bool, ids: bool) -> None:
    """What a broker says in CONNACK that it can do (MQTT 5 §3.2.2.3). Raises BusRefusedError if that is too little."""
    lacks = [
        name
        for name, there in (
            ("QoS 1", qos >= 1),
            ("retained messages", retains),
            ("wildcards in subscriptions", wildcards),
            ("subscription identifiers", ids),
        )
        if not there
    ]
    if lacks:
        raise BusRefusedError(f"this broker has no {', no '.join(lacks)}; Backstride needs one that has")
