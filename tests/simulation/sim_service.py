"""The session service's process in virtual time: the production floor and engines with the thinnest shell.

`services/session/service.py` and `lanes.py` do this with asyncio; here the timeline does.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
from sim_network import Network, Peer
from sim_time import ProcessClock, Timeline
from sim_unit import SITE

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.phrase import Refusal
from device_adapters.errors import MessageError
from services.session import interrupted
from services.session.accounts import Accounts
from services.session.engine.events import RequestAnswer
from services.session.engine.state import Asker
from services.session.floor import Floor
from services.session.journal import Entry
from services.session.members_client import MembersClient, no_members
from services.session.request_parsing import event_for

TICK_MS = 200


class InOrder(set[str]):
    """A set that is walked in the same order in every process, so that a seed replays."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(set.__iter__(self)))


class SimulatedJournal:
    """What is on the hub's disk."""

    def __init__(self) -> None:
        self.open: dict[str, Entry] = {}
        self.broken = False


class SimulatedService:
    """Comes and goes; its journal stays."""

    def __init__(self, timeline: Timeline, network: Network, units: list[str], treadmills: list[str]) -> None:
        self.timeline = timeline
        self.network = network
        self.peer = Peer("hub")
        self.journal = SimulatedJournal()
        self.clock = ProcessClock(timeline)
        self.on_request: Callable[[m.SessionRequest], None] = lambda _: None
        self._units = units
        self._treadmills = treadmills
        self._starts = 0
        self._sessions = 0
        self._alive = False
        self.start()

    @property
    def alive(self) -> bool:
        """Is the process there?"""
        return self._alive

    def start(self) -> None:
        """A fresh process: new holder id, nothing known; what the journal has open is said to be interrupted."""
        self._starts += 1
        self._alive = True
        self._holder = f"session-{self._starts}"
        self._answered: set[tuple[str, str]] = set()
        self._ticking = False
        shell: Any = self
        accounts = Accounts(self.clock, shell, MembersClient(no_members, self.clock))
        self._floor = Floor(self._holder, self.clock, shell, shell, shell, accounts)
        self._floor.busy = InOrder()
        self.peer.topics.clear()
        floor, topics = self._floor, registry
        for unit in self._units:
            self._hear(topics.UNIT_STATUS, unit, floor.unit)
        for name in self._treadmills:
            self._hear(topics.TREADMILL_STATE, name, floor.treadmill)
            self._hear(topics.RESULT, name, floor.result)
            self._hear(topics.TREADMILL_TELEMETRY, name, floor.measured)
            self._hear_raw(topics.STOP_ONE.topic(SITE, name), partial(self._stopped, name))
        self._hear_raw(topics.STOP_ALL.topic(SITE), partial(self._stopped, ""))
        for n in range(len(self._treadmills)):
            self._hear(topics.STRAP_STATE, strap_of(n), floor.strap)
            self._hear(topics.STRAP_TELEMETRY, strap_of(n), floor.heart_rate)
        self._hear_raw(topics.SESSION_REQUEST.topic(SITE), self._request)
        self.network.connect(self.peer)
        for entry in list(self.journal.open.values()):
            view = interrupted.view(entry, self.clock.wall_ms())
            if view is not None:
                self.send(entry.treadmill, topics.SESSION_VIEW, view, entry.treadmill)
            self.put(interrupted.end(entry, self.clock.wall_ms()))

    def crash(self) -> None:
        """SIGKILL."""
        self._alive = False
        self.network.cut(self.peer, will_after_ms=0)
        self.peer.waiting.clear()

    def _stopped(self, treadmill: str, payload: bytes) -> None:
        self._floor.stopped(treadmill, "")

    def _hear(self, channel: Any, id_: str, take: Callable[[Any], None]) -> None:
        def handler(payload: bytes) -> None:
            take(channel.decode(payload))

        self._hear_raw(channel.topic(SITE, id_), handler)

    def _hear_raw(self, topic: str, handler: Callable[[bytes], None]) -> None:
        holder = self._holder

        def mine(payload: bytes) -> None:
            if self._alive and holder == self._holder:
                handler(payload)
                self._wake()

        self.network.subscribe(self.peer, topic, mine)

    def _request(self, payload: bytes) -> None:
        try:
            request = registry.SESSION_REQUEST.decode(payload)
        except MessageError:
            return
        if (request.client, request.id) in self._answered:
            return
        self._answered.add((request.client, request.id))
        self._sessions += 1
        self.on_request(request)
        event = event_for(request, f"s-{self._sessions}", self._floor.choose_strap(request))
        if isinstance(event, Refusal):
            asker = Asker(request.id, request.client, request.by)
            declined = RequestAnswer(asker=asker, ok=False, cause=event.cause, said=event.said)
            self._floor.answer(request.treadmill, declined)
        else:
            self._floor.feed(request.treadmill, event)

    def _wake(self) -> None:
        if self._floor.busy and not self._ticking:
            self._ticking = True
            holder = self._holder
            self.timeline.after(TICK_MS, lambda: self._tick(holder))

    def _tick(self, holder: str) -> None:
        if self._alive and holder == self._holder:
            self._ticking = False
            self._floor.tick(self._floor.busy)
            self._wake()

    # What the floor is given in place of lanes, recorder and inbox.

    def send(
        self, treadmill: str, channel: registry.Channel[Any], message: msgspec.Struct, id: str = ""
    ) -> None:
        """As `Lanes.send`: what has an age limit is dropped without a line, the rest waits."""
        if channel is registry.EVENT:
            return
        stops = isinstance(message, m.Command) and message.verb == "stop"
        keep_ms = None if channel.age_max_s is None or stops else 0
        payload = channel.encode(message)
        self.network.publish(
            self.peer, channel.topic(SITE, id), payload, retain=channel.retain, keep_ms=keep_ms
        )

    def put(self, entry: Entry | Callable[[], None], on_kept: Callable[[bool], None] | None = None) -> None:
        """As `Recorder.put`, and as `Inbox.put` for work."""
        if not isinstance(entry, Entry):
            entry()
            return
        if entry.kind == "start" and not self.journal.broken:
            self.journal.open[entry.session] = entry
        elif entry.kind == "end":
            self.journal.open.pop(entry.session, None)
        if on_kept is not None:
            holder, ok = self._holder, not self.journal.broken

            def kept() -> None:
                if self._alive and holder == self._holder:
                    on_kept(ok)
                    self._wake()

            self.timeline.after(self.timeline.chance.randrange(3, 80), kept)


def strap_of(number: int) -> str:
    """The strap worn at the treadmill of that number."""
    return f"hr-{number + 1:02d}"
