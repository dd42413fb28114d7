"""The session service: a process that runs guided sessions over the bus.

It never resumes: what ran when it vanished is closed as interrupted when it returns. Asked to end, it brings its
belts to rest first.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import structlog

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Bus, Incoming
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock, SystemClock
from device_adapters.config import HubConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.keys import requests as keys
from device_adapters.contract.phrase import Refusal
from device_adapters.contract.punctual import Punctual
from device_adapters.contract.request_ids import Asked, mark_of, used
from device_adapters.errors import BusError, MessageError
from device_adapters.seldom import Seldom
from device_adapters.units import DAY_MS
from services.members.admission import Allowance, training_on
from services.members.model import Answers
from services.members.opening import OpenStore, open_members
from services.programme import own
from services.session import booking, interrupted, membership, record
from services.session.accounts import Accounts
from services.session.beats import BEAT_S, Beats
from services.session.catalogue import catalogues
from services.session.classes import Classes
from services.session.engine.events import EventNote, RequestAnswer, Start
from services.session.engine.state import Asker
from services.session.engine.view import brief_of, dated
from services.session.floor import Floor
from services.session.inbox import Inbox
from services.session.journal import Entry, Journal
from services.session.lanes import Lanes
from services.session.members_client import MembersClient, no_members
from services.session.own_programmes import OwnProgrammes
from services.session.recorder import Recorder
from services.session.request_parsing import Request, event_for, return_address, too_late
from services.store_folder import JOURNAL

TICK_S = 0.2
TICKED_AT_ONCE = 10
REST_S = 8.0
"""A service asked to end waits this long for its belts to stand still."""

FLUSH_S = 2.0
LINE_SILENT_MS = 2_500
"""The broker has taken none of our beats for so long: it, or the line to it, stood still."""

HAND_OVER_AGAIN_MS = 7 * DAY_MS

ENDING = Refusal("service_stopping", keys.service_ending())

_Asking = registry.Channel[m.SessionRequest] | registry.Channel[m.ClassRequest]

log = structlog.get_logger("session")


async def run_session_service(config: HubConfig, ready: Callable[[], None] | None = None) -> None:
    """Run until cancelled; then stop every session's belt and wait, at most REST_S, for it to stand still.

    `ready` is called once, when requests are taken. StorageError: the journal in `config.data` cannot be opened.
    """
    holder = f"session-{uuid.uuid4().hex[:12]}"
    journal, _ = await asyncio.gather(
        asyncio.to_thread(Journal, Path(config.data) / JOURNAL),
        asyncio.to_thread(catalogues),  # a tenth of a second that no step of a session has
    )
    bus, clock = MqttBus(config.broker, client_id=holder), SystemClock()
    try:
        members: OpenStore = partial(open_members, config, clock.wall_ms)
        folder = Path(config.data) / own.FOLDER
        service = SessionService(
            bus, config.site, clock, journal, holder, members, read_own=lambda: own.read(folder)
        )
        await service.run(ready or (lambda: None))
    finally:
        journal.close()


class SessionService:
    """The service on any bus and clock. `holder` must be unique to this instance: it is who holds the leases."""

    def __init__(
        self,
        bus: Bus,
        site: str,
        clock: Clock,
        journal: Journal,
        holder: str,
        open_members: OpenStore = no_members,
        read_own: Callable[[], own.OwnFolder] = lambda: own.NONE,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._site = SiteBus(bus, site, self._malformed)
        self._inbox = Inbox()
        self._recorder = Recorder(journal)
        self._lanes = Lanes(self._site, clock)
        self._members = MembersClient(open_members, clock)
        accounts = Accounts(clock, self._recorder, self._members)
        self._site.roster.expect_wearers()
        worn = self._site.worn
        self._floor = Floor(holder, clock, self._lanes, self._recorder, self._inbox, accounts, worn)
        self._classes = Classes(self._floor, self._lanes, clock)
        self._connected = asyncio.Event()
        self._own = OwnProgrammes(read_own, clock)
        self._closing = False
        self._tick_due = False
        self._seldom = Seldom()
        self._punctual = Punctual()
        self._line = Punctual(LINE_SILENT_MS)
        self._beats = Beats(holder)
        self._listen()

    async def run(self, ready: Callable[[], None]) -> None:
        """As `run_session_service`."""
        async with asyncio.TaskGroup() as tasks:
            plumbing = [
                tasks.create_task(self._bus.run(), name="bus"),
                tasks.create_task(self._recorder.run(), name="journal"),
                tasks.create_task(self._lanes.run(), name="lanes"),
                tasks.create_task(self._ticks(), name="ticks"),
                tasks.create_task(self._beat(), name="beats"),
                tasks.create_task(self._members.run(), name="members"),
                tasks.create_task(self._own.run(), name="programmes"),
            ]
            try:
                await self._close_interrupted()
                ready()
                while True:
                    await self._inbox.work()
            finally:
                await self._come_to_rest()
                for task in plumbing:
                    task.cancel()

    def _listen(self) -> None:
        floor, inbox, site = self._floor, self._inbox, self._site
        site.subscribe(registry.UNIT_STATUS, lambda _, said: inbox.put(lambda: floor.unit(said)), drills=True)
        site.subscribe(
            registry.TREADMILL_STATE, lambda _, said: inbox.put(lambda: floor.treadmill(said)), drills=True
        )
        site.subscribe(registry.TREADMILL_LABEL, lambda _, said: inbox.put(lambda: floor.label(said)))
        site.subscribe(registry.STRAP_STATE, lambda _, said: inbox.put(lambda: floor.strap(said)))
        site.subscribe(registry.RESULT, lambda _, said: inbox.put(lambda: floor.result(said)), drills=True)
        # Of measurements only the newest is of use; a lost one ends as silence, which stops the belt.
        site.subscribe(registry.TREADMILL_TELEMETRY, self._on_telemetry, qos=0, drills=True)
        site.subscribe(registry.STRAP_TELEMETRY, lambda _, said: self._on_heart_rate(said), qos=0)
        # Stops count with any payload, and a retained request is never taken: both need the raw message.
        self._bus.subscribe(
            registry.STOP_ALL.topic(site.site),
            lambda i: inbox.put(lambda: floor.stopped("", registry.stopper_in(i.payload))),
        )
        self._bus.subscribe(
            registry.STOP_ONE.topic(site.site, "+"),
            lambda i: inbox.put(
                lambda: floor.stopped(registry.STOP_ONE.id_of(i.topic), registry.stopper_in(i.payload))
            ),
        )
        for channel in (registry.SESSION_REQUEST, registry.PROGRAM_REQUEST):
            self._bus.subscribe(channel.topic(site.site, "+"), partial(self._on_request, channel))
        classes = registry.CLASS_REQUEST
        self._bus.subscribe(classes.topic(site.site), partial(self._on_request, classes))
        self._bus.on_connection(self._connection)

    def _on_telemetry(self, treadmill: str, said: m.TreadmillTelemetry) -> None:
        if treadmill in self._floor.busy:
            came_ms = self._clock.now_ms()
            self._inbox.put_telemetry(lambda: self._floor.measured(said, came_ms))

    def _on_heart_rate(self, said: m.StrapTelemetry) -> None:
        came_ms = self._clock.now_ms()
        self._inbox.put_telemetry(lambda: self._floor.heart_rate(said, came_ms))

    def _on_request(self, channel: _Asking, incoming: Incoming) -> None:
        now_ms = self._clock.now_ms()
        came_ms = min(self._punctual.came_ms(now_ms), self._line.came_ms(now_ms))
        self._inbox.put(lambda: self._request(channel, incoming, came_ms))

    def _connection(self, up: bool) -> None:
        if up:
            self._connected.set()
            self._inbox.put(self._floor.publish_all)
            self._inbox.put(self._classes.publish_again)
        else:
            self._connected.clear()

    async def _ticks(self) -> None:
        while True:
            await self._clock.sleep(self._classes.due_s(TICK_S))
            self._punctual.awake(self._clock.now_ms())
            if not self._tick_due:
                self._tick_due = True
                self._inbox.put(self._tick_all)

    async def _beat(self) -> None:
        """Say that the service is there, so that a request can name when it was asked."""
        while True:
            await self._connected.wait()
            said = m.SessionBeat(beat=self._beats.next(self._clock.now_ms()))
            with contextlib.suppress(BusError):
                await self._site.publish(registry.SESSION_BEAT, said)
                self._line.awake(self._clock.now_ms())
            await self._clock.sleep(BEAT_S)

    def _tick_all(self) -> None:
        self._classes.tick()
        self._tick(tuple(self._floor.busy))

    def _tick(self, treadmills: Sequence[str]) -> None:
        """A few at a time, so that a request or a stop does not wait for a whole gym."""
        self._floor.tick(treadmills[:TICKED_AT_ONCE])
        if later := treadmills[TICKED_AT_ONCE:]:
            self._inbox.put(lambda: self._tick(later))
        else:
            self._tick_due = False

    def _request(self, channel: _Asking, incoming: Incoming, came_ms: int) -> None:
        program = channel.id_of(incoming.topic)
        try:
            _, request = channel.read(incoming.topic, incoming.payload)
        except MessageError as e:
            client, id_ = return_address(incoming.payload)
            asker = Asker(id_, program or client, "")
            if self._first_time("", asker, sha256(incoming.payload).digest()):
                self._decline(
                    "",
                    asker,
                    Refusal("malformed", keys.not_understood(str(e))),
                    told=bool(self._seldom.nth(asker.client)),
                )
            return
        if program:
            request = msgspec.structs.replace(request, by=booking.signature(program), asker="")
        asker = Asker(request.id, request.client, request.by, bool(program), request.asker)
        treadmill = "" if isinstance(request, m.ClassRequest) else request.treadmill
        if not self._first_time(treadmill, asker, mark_of(request)):
            return
        if incoming.retained:
            self._decline(treadmill, asker, Refusal("retained", keys.retained()))
            return
        if self._closing:
            self._decline(treadmill, asker, ENDING)
            return
        if isinstance(request, m.ClassRequest):
            late = too_late(request, self._waited_ms(request, came_ms))
            if (why := late or self._classes.ask(request, asker, self._own.known)) is not None:
                self._decline(treadmill, asker, why)
            return
        if program and (beyond := booking.beyond(request)) is not None:
            self._decline(request.treadmill, asker, beyond)
            return
        event = event_for(
            request,
            f"s-{uuid.uuid4().hex[:12]}",
            self._floor.choose_strap(request),
            self._own.known,
            program=bool(program),
            led=self._classes.programme_for(request)
            if request.verb == "start" and request.class_id
            else None,
        )
        if isinstance(event, Start) and event.wanted.member:
            self._ask_members(request, event, came_ms)
        else:
            self._take(request, asker, event, came_ms)

    def _first_time(self, treadmill: str, asker: Asker, mark: bytes) -> bool:
        """Has this not been asked yet? Else it has the first answer again, or is told whose id it has."""
        if not asker.request:
            return True
        match self._floor.replies.look(asker, mark):
            case "new":
                return True
            case "again":
                if (reply := self._floor.replies.of(asker)) is not None:
                    self._floor.reply(treadmill, reply, asker.client)
            case "other":
                reply = used(asker.request, asker.name)
                self._floor.reply(treadmill, reply, asker.client)
                self._floor.note(
                    treadmill, _refusal(asker, Refusal(reply.cause, keys.id_used(asker.request)))
                )
        return False

    def _ask_members(self, request: m.SessionRequest, start: Start, came_ms: int) -> None:
        """A member's start waits for the members store; the belt is looked at when its answer is there."""

        def told(face: membership.Face, answer: Allowance | Refusal) -> None:
            self._inbox.put(lambda: take(face, answer))

        def take(face: membership.Face, answer: Allowance | Refusal) -> None:
            event: Request | Refusal = membership.admitted(start, face, answer, request.why)
            if elsewhere := self._floor.training(start.wanted.member):
                event = training_on(elsewhere)
            self._take(request, start.asker, event, came_ms)

        self._members.ask(start.wanted.member, membership.wish_for(start, request), told)

    def _take(self, request: m.SessionRequest, asker: Asker, event: Request | Refusal, came_ms: int) -> None:
        treadmill = request.treadmill
        event = too_late(request, self._waited_ms(request, came_ms)) or event
        if isinstance(event, Start) and not event.wanted.member:
            event = membership.guest_refusal(event) or membership.guest_held(event)
        if isinstance(event, Start):
            event = membership.unasked(event, request) or event
        if isinstance(event, Start):
            event = self._floor.out_of_use(treadmill) or event
        if isinstance(event, Start) and self._closing:
            event = ENDING
        if isinstance(event, Refusal):
            self._decline(treadmill, asker, event)
            return
        if isinstance(event, Start):
            event = replace(event, hr_bpm=self._floor.heart_of(event.wanted.strap))
        self._floor.feed(treadmill, event)

    def _waited_ms(self, request: Asked, came_ms: int) -> int | None:
        """How long ago it was asked, at most; by the time it came where it names no beat. None: nobody knows."""
        since_ms = self._beats.since_ms(request.beat) if request.beat else came_ms
        return None if since_ms is None else self._clock.now_ms() - since_ms

    def _decline(self, treadmill: str, asker: Asker, declined: Refusal, *, told: bool = True) -> None:
        """Answer; and, if it is to be `told`, record it."""
        if asker.client:
            answer = RequestAnswer(asker=asker, ok=False, cause=declined.cause, said=declined.said)
            self._floor.answer(treadmill, answer)
        if told:
            self._floor.note(treadmill, _refusal(asker, declined))

    def _malformed(self, topic: str, error: MessageError) -> None:
        log.warning("malformed", topic=topic, code=error.code, why=str(error))

    async def _close_interrupted(self) -> None:
        """Sessions that the journal has a start of and no end: say so, then end them in the journal too."""
        for started in await self._recorder.unfinished():
            at_ms = self._clock.wall_ms()
            while not await self._announced(started, at_ms):
                await self._clock.sleep(TICK_S)
            self._recorder.put(interrupted.end(started, at_ms))
            if (told := interrupted.summary(started, at_ms)) is not None:
                self._recorder.put(told)
                self._hand_over(told)
        since_ms = self._clock.wall_ms() - HAND_OVER_AGAIN_MS
        for entry in await self._recorder.of_kind("summary", since_ms):
            self._hand_over(entry)
        for entry in reversed(await self._recorder.of_kind("answers", since_ms)):  # the last word counts
            if (said := record.answers_from(entry)) is not None:
                answers = Answers(rpe=said.rpe, pain=said.pain)
                self._members.answer_again(entry.session, answers, said.by)
        await self._connected.wait()

    def _hand_over(self, entry: Entry) -> None:
        """To the members store, which takes each session once: it may have been away when the session ended."""
        if (told := record.summary_from(entry)) is not None:
            self._members.keep(told.member, told.record)

    async def _announced(self, started: Entry, at_ms: int) -> bool:
        await self._connected.wait()
        view = interrupted.view(started, at_ms)
        try:
            if view is not None:
                await self._site.publish(registry.SESSION_VIEW, view, started.treadmill)
                told = dated(brief_of(view), at_ms)
                await self._site.publish(registry.SESSION_BRIEF, told, started.treadmill)
            await self._site.publish(registry.EVENT, interrupted.event(started, at_ms))
        except BusError as e:
            log.warning("interrupted_not_announced", code=e.code, session=started.session, why=str(e))
            return False
        return True

    async def _come_to_rest(self) -> None:
        self._closing = True
        self._floor.stop_all_sessions()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REST_S):
                while self._floor.busy:
                    await self._inbox.work()
        if self._floor.busy:
            log.error("belts_not_at_rest", treadmills=sorted(self._floor.busy))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self._recorder.drain()
                if self._connected.is_set():
                    await self._lanes.drain()


def _refusal(asker: Asker, why: Refusal) -> EventNote:
    return EventNote(kind="request_refused", cause=why.cause, said=why.said, after={"by": asker.by})
