"""Who wants which message: filters, their handlers, and the one acknowledgement a message gets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from device_adapters.bus.port import Handler, Incoming
from device_adapters.errors import BusError
from device_adapters.seldom import worth_telling

log = structlog.get_logger("bus")

_TOPICS_REMEMBERED_MAX = 4096


_SHARE = "$share/"


def is_shared(topic_filter: str) -> bool:
    """Does one client of a group get each message, rather than each client (MQTT 5 §4.8.2)?"""
    return topic_filter.startswith(_SHARE)


def matches(topic_filter: str, topic: str) -> bool:
    """Does `topic` fall under `topic_filter` (MQTT 5 §4.7: `+` one level, `#` the rest and its parent)?"""
    if is_shared(topic_filter):
        topic_filter = topic_filter.split("/", 2)[2]
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, want in enumerate(wanted):
        if want == "#":
            return True
        if place >= len(levels) or want not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)


@dataclass(slots=True)
class Subscription:
    """One filter and all who asked for it. `id` travels with each message (MQTT 5 §3.8.2.1.2)."""

    id: int
    topic_filter: str
    qos: int = 0
    handlers: list[tuple[Handler, bool]] = field(default_factory=list)


class Subscriptions:
    """The table of filters, and delivery to their handlers."""

    def __init__(self) -> None:
        self._by_filter: dict[str, Subscription] = {}
        self._by_topic: dict[str, tuple[Subscription, ...]] = {}
        self.handler_errors = 0

    def add(self, topic_filter: str, handler: Handler, auto_ack: bool, qos: int) -> Subscription:
        """Register a handler; returns the filter's subscription, new or shared."""
        new = Subscription(len(self._by_filter) + 1, topic_filter)
        subscription = self._by_filter.setdefault(topic_filter, new)
        subscription.qos = max(subscription.qos, qos)
        subscription.handlers.append((handler, auto_ack))
        self._by_topic.clear()
        return subscription

    def all(self) -> Sequence[Subscription]:
        """In order of their ids."""
        return tuple(self._by_filter.values())

    def deliver(
        self, topic: str, payload: bytes, *, retained: bool, ids: Sequence[int], done: Callable[[], None]
    ) -> None:
        """Hand a message to its handlers, each once; call `done` when all of them have dealt with it.

        A broker sends one copy per matching filter and says in `ids` for which; ids left over from an earlier
        process (a session that persists) may name no filter of ours, then every matching handler gets it.
        """
        matching = self._matching(topic)
        wanted = [s for s in matching if s.id in ids] or matching
        handlers = [h for s in wanted for h in s.handlers]
        waiting = _Countdown(1 + sum(not auto_ack for _, auto_ack in handlers), done)
        for handler, auto_ack in handlers:
            ack = _nothing if auto_ack else _Once(waiting.one_done)
            try:
                handler(Incoming(topic, payload, retained, ack))
            except Exception:
                self.handler_errors += 1
                if worth_telling(self.handler_errors):
                    log.exception(
                        "handler_failed", code=BusError.code, topic=topic, failures=self.handler_errors
                    )
                ack()  # never dealt with, but left open it would hold back every later acknowledgement
        waiting.one_done()

    def _matching(self, topic: str) -> tuple[Subscription, ...]:
        found = self._by_topic.get(topic)
        if found is None:
            if len(self._by_topic) >= _TOPICS_REMEMBERED_MAX:
                self._by_topic.clear()
            found = tuple(s for s in self._by_filter.values() if matches(s.topic_filter, topic))
            self._by_topic[topic] = found
        return found


def _nothing() -> None:
    """The acknowledgement of a handler that leaves acknowledging to the bus."""


class _Countdown:
    __slots__ = ("_done", "_left")

    def __init__(self, left: int, done: Callable[[], None]) -> None:
        self._left = left
        self._done = done

    def one_done(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._done()


class _Once:
    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()
