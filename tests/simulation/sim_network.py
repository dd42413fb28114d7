"""A broker and the lines to it, as badly as MQTT 5 at QoS 1 can behave: late, in bursts, twice, lost with the line.

Order is kept between one sender and one receiver, but for copies, which come late. What is sent without a line is
dropped or waits, as its sender says. The broker keeps the newest of each retained topic, unless it starts anew.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from sim_time import Timeline

from device_adapters.contract.freshness import aged

Handler = Callable[[bytes], None]


@dataclass(eq=False)
class Peer:
    """One client of the broker. `slow_ms`: its line adds up to that, either way; `behind_ms`: what comes to it comes so
    much later; `doubles`: share of messages that come twice."""

    name: str
    online: bool = False
    line: int = 0
    slow_ms: int = 0
    behind_ms: int = 0
    doubles: float = 0.0
    waiting: list[tuple[int, int | None, str, bytes, bool]] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    topics: dict[str, Handler] = field(default_factory=dict)
    will: tuple[str, bytes] | None = None
    reached_ms: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Network:
    """The broker."""

    def __init__(self, timeline: Timeline) -> None:
        self.up = True
        self._timeline = timeline
        self._retained: dict[str, tuple[str, bytes]] = {}
        self._listeners: dict[str, list[Peer]] = defaultdict(list)
        self.delivered = 0

    def subscribe(self, peer: Peer, topic: str, handler: Handler) -> None:
        """Hear this topic while connected."""
        peer.topics[topic] = handler
        if peer not in self._listeners[topic]:
            self._listeners[topic].append(peer)

    def connect(self, peer: Peer) -> None:
        """A line to the broker: retained values come, and what waited goes, if it is not too old."""
        if not self.up or peer.online:
            return
        peer.online = True
        peer.line += 1
        for topic in peer.topics:
            if topic in self._retained:
                sender, payload = self._retained[topic]
                self._carry(sender, peer, topic, payload)
        waiting, peer.waiting = peer.waiting, []
        for topic, payload in peer.states.items():
            self.publish(peer, topic, payload, retain=True)
        for put_ms, due_ms, topic, payload, retain in waiting:
            if topic.endswith("/telemetry"):  # as an outbox tells it
                payload = aged(payload, self._timeline.now_ms - put_ms)
            if due_ms is None or self._timeline.now_ms <= due_ms:
                self.publish(peer, topic, payload, retain=retain, keep_ms=None)

    def cut(self, peer: Peer, *, will_after_ms: int) -> None:
        """The line is gone, with what was on it; the broker speaks the last will when it notices."""
        if not peer.online:
            return
        peer.online = False
        peer.line += 1
        line = peer.line
        if peer.will is not None:
            topic, payload = peer.will
            self._timeline.after(will_after_ms, lambda: self._speak_will(peer, line, topic, payload))

    def _speak_will(self, peer: Peer, line: int, topic: str, payload: bytes) -> None:
        if self.up and peer.line == line:
            self._spread(peer.name, topic, payload, retain=True)

    def publish(
        self, peer: Peer, topic: str, payload: bytes, *, retain: bool = False, keep_ms: int | None = 0
    ) -> None:
        """Send. Without a line it is dropped (`keep_ms` 0), or waits so long (None: for ever)."""
        if peer.online and self.up:
            self._spread(peer.name, topic, payload, retain=retain, slow_ms=peer.slow_ms)
        elif keep_ms != 0 and len(peer.waiting) < 5_000:
            due_ms = None if keep_ms is None else self._timeline.now_ms + keep_ms
            peer.waiting.append((self._timeline.now_ms, due_ms, topic, payload, retain))

    def _spread(self, sender: str, topic: str, payload: bytes, *, retain: bool, slow_ms: int = 0) -> None:
        if retain:
            self._retained[topic] = (sender, payload)
        for peer in self._listeners[topic]:
            if peer.online:
                self._carry(sender, peer, topic, payload, slow_ms)

    def _carry(self, sender: str, peer: Peer, topic: str, payload: bytes, slow_ms: int = 0) -> None:
        timeline = self._timeline
        slow_ms += peer.slow_ms
        delay_ms = 3 + int(timeline.chance.random() * 25) + peer.behind_ms
        if slow_ms:
            delay_ms += int(timeline.chance.random() ** 2 * slow_ms)
        at_ms = max(timeline.now_ms + delay_ms, peer.reached_ms[sender])
        peer.reached_ms[sender] = at_ms
        line = peer.line

        def arrive() -> None:
            if peer.line == line and peer.online:
                self.delivered += 1
                timeline.trace(peer.name, topic, payload)
                peer.topics[topic](payload)

        timeline.after(at_ms - timeline.now_ms, arrive)
        if peer.doubles and timeline.chance.random() < peer.doubles:
            timeline.after(at_ms - timeline.now_ms + timeline.chance.randrange(5, 2_500), arrive)

    def goes_down(self, peers: list[Peer]) -> None:
        """The broker ends; nobody speaks wills."""
        self.up = False
        for peer in peers:
            peer.online = False
            peer.line += 1

    def comes_up(self, *, remembers: bool) -> None:
        """The broker is back, with or without what it retained. Peers connect by themselves."""
        self.up = True
        if not remembers:
            self._retained.clear()
