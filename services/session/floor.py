"""The floor: one engine per treadmill, fed with what the bus says, and what comes out of them on its way."""

import uuid
from collections.abc import Callable, Iterable

import structlog

from device_adapters.clock import Clock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.freshness import Freshness
from device_adapters.contract.keys import requests as keys
from device_adapters.contract.neighbours import CONTRACT
from device_adapters.contract.phrase import Refusal
from device_adapters.contract.standing import HR_FRESH_MS
from device_adapters.units import ckmh_from_kmh
from services.session import booking, record, session_times, wire
from services.session.accounts import Accounts
from services.session.engine import engine, requests
from services.session.engine.events import (
    BeltMeasured,
    Effect,
    Event,
    EventNote,
    HeartRate,
    KeepEnd,
    KeepStart,
    Publish,
    RequestAnswer,
    Seen,
    SendCommand,
    SendLease,
    SendStop,
    ServiceStopping,
    SessionTick,
    StartKept,
    StopSeen,
)
from services.session.engine.state import EngineState, Session
from services.session.engine.view import brief_of, dated, view_of
from services.session.inbox import Inbox
from services.session.lanes import Lanes
from services.session.recorder import OnKept, Recorder
from services.session.replies import Replies
from services.session.request_parsing import StrapChoice
from services.session.voice import Voice

VIEW_EVERY_MS = 1_000
STOP_BY = "session service"
HEARTS_MAX = 4_096
"""Straps whose newest heart rate is known; the one unheard for longest gives way."""

log = structlog.get_logger("session")


class Floor:
    """Everything of one site's treadmills that a session needs to know. Called from one loop; returns at once.

    `worn` hears which strap the session of a treadmill begins to read.
    """

    def __init__(
        self,
        holder: str,
        clock: Clock,
        lanes: Lanes,
        recorder: Recorder,
        inbox: Inbox,
        accounts: Accounts,
        worn: Callable[[str, str], None] = lambda _treadmill, _strap: None,
    ) -> None:
        self._holder = holder
        self._clock = clock
        self._lanes = lanes
        self._recorder = recorder
        self._inbox = inbox
        self._accounts = accounts
        self.replies = Replies()
        self._times = accounts.times
        self._worn = worn
        self._states: dict[str, EngineState] = {}
        self._said: dict[str, m.TreadmillState] = {}
        self._online: dict[str, bool] = {}
        self._speaks: dict[str, int] = {}
        self._out_of_use: dict[str, str] = {}
        self._straps_at: dict[str, str] = {}
        self._wearing: dict[str, str] = {}
        self._fresh: dict[str, Freshness] = {}
        self._hearts: dict[str, tuple[int | None, int]] = {}
        self._voice = Voice()
        self._viewed_ms: dict[str, int] = {}
        self._briefs: dict[str, m.SessionBrief] = {}
        self.busy: set[str] = set()
        """Treadmills with a live session or a clear under way: the ones that need ticks and telemetry."""

    # What the bus says.

    def unit(self, status: m.UnitStatus) -> None:
        """A unit's health; its treadmills go with it."""
        speaks = status.contract if status.online else self._speaks.get(status.unit, CONTRACT)
        if (self._online.get(status.unit), self._speaks.get(status.unit)) == (status.online, speaks):
            return
        self._online[status.unit], self._speaks[status.unit] = status.online, speaks
        for said in [s for s in self._said.values() if s.unit == status.unit]:
            self.treadmill(said)

    def treadmill(self, said: m.TreadmillState) -> None:
        """A treadmill's state."""
        self._said[said.treadmill] = said
        self._freshness(said.treadmill).said(said.boot)
        seen = wire.treadmill_from(
            said,
            online=self._online.get(said.unit, False),
            speaks=self._speaks.get(said.unit, CONTRACT),
        )
        self.feed(said.treadmill, Seen(seen))

    def label(self, said: m.TreadmillLabel) -> None:
        """What people say of a treadmill."""
        if said.out_of_use:
            self._out_of_use[said.treadmill] = said.out_of_use
        else:
            self._out_of_use.pop(said.treadmill, None)

    def strap(self, said: m.StrapState) -> None:
        """Where a strap is usually worn."""
        self._straps_at[said.strap] = said.treadmill
        self._freshness(said.strap).said(said.boot)

    def measured(self, said: m.TreadmillTelemetry, came_ms: int | None = None) -> None:
        """A speed that came at `came_ms`. Only one about now, of a treadmill whose unit has told its state, counts."""
        age_ms = self._age_ms(said, said.treadmill, came_ms)
        if age_ms is None or said.speed_kmh is None or said.speed_kmh < 0:
            return
        if said.treadmill in self._said:
            self.feed(said.treadmill, BeltMeasured(ckmh_from_kmh(said.speed_kmh), age_ms))

    def heart_rate(self, said: m.StrapTelemetry, came_ms: int | None = None) -> None:
        """A heart rate that came at `came_ms`, of a strap that a session reads."""
        age_ms = self._age_ms(said, said.strap, came_ms)
        treadmill = self._wearing.get(said.strap)
        if age_ms is not None:
            self._hearts.pop(said.strap, None)
            bpm = None if said.contact is False else said.hr_bpm
            self._hearts[said.strap] = bpm, self._clock.now_ms() - age_ms
            if len(self._hearts) > HEARTS_MAX:
                del self._hearts[next(iter(self._hearts))]
        if age_ms is not None and treadmill is not None:
            self.feed(treadmill, HeartRate(said.hr_bpm, said.contact, age_ms))

    def result(self, result: m.Result) -> None:
        """A command's result."""
        self.feed(result.treadmill, wire.answered_from(result))

    def stopped(self, treadmill: str, by: str) -> None:
        """A process stop of one belt, or of all (''). One that was sent from here is nobody's press."""
        if by == STOP_BY:
            return
        for one in [treadmill] if treadmill else list(self.busy):
            self.feed(one, StopSeen(by))

    # What the service wants of it.

    def choose_strap(self, request: m.SessionRequest) -> StrapChoice:
        """The strap asked for, or the free one usually worn at that treadmill."""
        if request.strap:
            return StrapChoice(request.strap, request.strap in self._wearing)
        usual = [s for s, at in self._straps_at.items() if at == request.treadmill and s not in self._wearing]
        return StrapChoice(usual[0] if usual else "", busy=False)

    def out_of_use(self, treadmill: str) -> Refusal | None:
        """Why nobody may start there; None: it is in use."""
        why = self._out_of_use.get(treadmill)
        return None if why is None else Refusal("out_of_use", keys.out_of_use(why))

    def heart_of(self, strap: str) -> int | None:
        """The heart rate that a strap tells now."""
        bpm, at_ms = self._hearts.get(strap, (None, 0))
        return bpm if self._clock.now_ms() - at_ms <= HR_FRESH_MS else None

    def training(self, member: str) -> str:
        """The treadmill on which this member's session runs; empty: none does."""
        live = ((treadmill, state.live) for treadmill, state in self._states.items())
        return next((treadmill for treadmill, s in live if s is not None and s.wanted.member == member), "")

    def sessions(self) -> dict[str, Session]:
        """The last session of each treadmill, ended or not, in the order of their ids."""
        found = ((treadmill, self._states[treadmill].session) for treadmill in sorted(self._states))
        return {treadmill: session for treadmill, session in found if session is not None}

    def tick(self, treadmills: Iterable[str]) -> None:
        """Time passed for these treadmills, as far as they need it."""
        for treadmill in [one for one in treadmills if one in self.busy]:
            self.feed(treadmill, SessionTick())
            self._look_at_the_clock(treadmill)
            if self._clock.now_ms() - self._viewed_ms.get(treadmill, 0) >= VIEW_EVERY_MS:
                self._publish(treadmill)

    def stop_all_sessions(self) -> None:
        """This service is going: end what it runs."""
        for treadmill in list(self.busy):
            self.feed(treadmill, ServiceStopping())

    def publish_all(self) -> None:
        """Every view again: the broker may have been away, or is a new one."""
        self._briefs.clear()
        for treadmill in self._states:
            self._publish(treadmill)

    def answer(self, treadmill: str, answer: RequestAnswer) -> None:
        """Reply to a request: to all that wait for it."""
        reply = wire.reply_message(answer)
        if answer.asker.program:
            reply = booking.told(reply)
        for client in self.replies.answered(answer.asker, reply):
            self.reply(treadmill, reply, client)

    def reply(self, treadmill: str, reply: m.SessionReply, client: str) -> None:
        """Say this reply to this client alone."""
        self._lanes.send(treadmill, registry.SESSION_REPLY, reply, client)

    def note(self, treadmill: str, note: EventNote, on_kept: OnKept | None = None) -> None:
        """Record a decision: on the bus, and in the journal if it is about a session."""
        event = wire.event_message(note, treadmill, uuid.uuid4().hex, self._times.at_ms(note.session))
        self._lanes.send(treadmill, registry.EVENT, event)
        if note.session:
            self._recorder.put(record.event(event), on_kept)
        log.info(
            note.kind,
            treadmill=treadmill,
            session=note.session,
            cause=note.cause,
            phase=note.after.get("phase", ""),
        )

    def feed(self, treadmill: str, event: Event) -> None:
        """Hand an event to a treadmill's engine and carry out what it asks for."""
        before = self._states.get(treadmill) or EngineState(treadmill=treadmill, holder=self._holder)
        state, effects = engine.step(before, event, self._clock.now_ms())
        if state is not before:
            self._states[treadmill] = state
        if state.session is not before.session or state.clearing is not before.clearing:
            self._mark(state)
        for cue in self._voice.heard(before, state, self._clock.now_ms(), self._clock.wall_ms()):
            self._lanes.send(treadmill, registry.CUE, cue, treadmill)
        self._accounts.stepped(state, effects)
        late = next((e for e in effects if isinstance(e, RequestAnswer) and e.once_kept), None)
        for effect in effects:
            if late is not None and isinstance(effect, EventNote):
                self.note(treadmill, effect, self._on_recorded(treadmill, late))
            elif effect is not late:
                self._carry_out(treadmill, effect)

    def _look_at_the_clock(self, treadmill: str) -> None:
        live = self._states[treadmill].live if treadmill in self._states else None
        name = live.wanted.session if live is not None else ""
        if stepped_ms := self._times.stepped_ms(name):
            after: dict[str, float | int | str | None] = {"stepped_ms": stepped_ms}
            note = EventNote(
                kind="clock_step",
                cause="hub_clock",
                said=session_times.told(stepped_ms),
                severity="warning",
                session=name,
                after=after,
            )
            self.note(treadmill, note)

    def _mark(self, state: EngineState) -> None:
        session = state.session
        if session is not None and session.wanted.strap:
            strap = session.wanted.strap
            if session.live:
                if self._wearing.get(strap) != state.treadmill:
                    self._wearing[strap] = state.treadmill
                    self._worn(state.treadmill, strap)
            elif self._wearing.get(strap) == state.treadmill:
                del self._wearing[strap]
        if state.live is not None or state.clearing is not None:
            self.busy.add(state.treadmill)
        else:
            self.busy.discard(state.treadmill)

    def _carry_out(self, treadmill: str, effect: Effect) -> None:
        match effect:
            case SendLease():
                session = self._states[treadmill].session
                strap = session.wanted.strap if session is not None else ""
                lease = wire.lease_message(effect, self._holder, strap)
                self._lanes.send(treadmill, registry.LEASE, lease, treadmill)
            case SendCommand():
                command = wire.command_message(effect)
                self._lanes.send(treadmill, registry.COMMAND, command, treadmill)
                if effect.session:
                    self._recorder.put(
                        record.command(command, effect.session, treadmill, self._times.at_ms(effect.session))
                    )
            case SendStop(why):
                self._lanes.send(treadmill, registry.STOP_ONE, m.Stop(by=STOP_BY, why=why), treadmill)
            case Publish():
                self._publish(treadmill)
            case KeepStart(session, by):
                entry = record.start(session, treadmill, by, self._times.at_ms(session.wanted.session))
                self._recorder.put(entry, self._on_kept(treadmill, session.wanted.session))
            case KeepEnd(session):
                at_ms = self._times.at_ms(session.wanted.session)
                self._recorder.put(record.end(session, treadmill, at_ms))
                self._accounts.ended(treadmill, session)
            case EventNote():
                self.note(treadmill, effect)
            case RequestAnswer():
                self.answer(treadmill, effect)

    def _on_recorded(self, treadmill: str, answer: RequestAnswer) -> OnKept:
        """Nobody is told that something is in the record before it is."""
        return lambda ok: self._inbox.put(
            lambda: self.answer(treadmill, answer if ok else requests.not_recorded(answer))
        )

    def _on_kept(self, treadmill: str, session: str) -> Callable[[bool], None]:
        return lambda ok: self._inbox.put(lambda: self.feed(treadmill, StartKept(session, ok)))

    def _publish(self, treadmill: str) -> None:
        state = self._states[treadmill]
        if state.session is None:
            return
        now_ms = self._clock.now_ms()
        self._viewed_ms[treadmill] = now_ms
        view = view_of(state, state.session, now_ms, self._times.at_ms(state.session.wanted.session))
        self._lanes.send(treadmill, registry.SESSION_VIEW, view, treadmill)
        said = brief_of(view)
        if said != self._briefs.get(treadmill):
            self._briefs[treadmill] = said
            self._lanes.send(treadmill, registry.SESSION_BRIEF, dated(said, view.at_ms), treadmill)

    def _age_ms(
        self, said: m.TreadmillTelemetry | m.StrapTelemetry, device: str, came_ms: int | None
    ) -> int | None:
        now_ms = self._clock.now_ms()
        waited_ms = 0 if came_ms is None else now_ms - came_ms
        return self._freshness(device).age_ms(said.boot, said.seq, said.age_ms + waited_ms, now_ms)

    def _freshness(self, device: str) -> Freshness:
        return self._fresh.setdefault(device, Freshness())
