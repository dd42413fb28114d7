"""The account of each session: counted while it runs, journalled at its end, handed to the members store; and the
audit line of each limit or gate that a person sets aside, whichever door the request came through."""

from collections.abc import Sequence

from device_adapters.clock import Clock
from services.members.model import Answers
from services.session import record
from services.session.engine.events import Effect, EventNote, KeepStart
from services.session.engine.state import EngineState, Session
from services.session.engine.tally import Tally, counted, summary
from services.session.members_client import MembersClient
from services.session.recorder import Recorder
from services.session.session_times import SessionTimes


class Accounts:
    """One per site. Guests have no account: nothing of them is kept but the journal's pseudonymous record."""

    def __init__(self, clock: Clock, recorder: Recorder, desk: MembersClient) -> None:
        self._clock = clock
        self.times = SessionTimes(clock)
        self._recorder = recorder
        self._desk = desk
        self._tallies: dict[str, Tally] = {}
        self._said: dict[str, list[tuple[Answers, str]]] = {}
        """What members said of sessions that run: the store has no place for it before their end."""

    def stepped(self, state: EngineState, effects: Sequence[Effect]) -> None:
        """Count a step of the engine; what the member says of the session goes to the journal and the store."""
        for effect in effects:
            self._audited(state, effect)
        session = state.session
        if session is None or not session.wanted.member:
            return
        tally = counted(
            self._tallies.get(state.treadmill),
            state,
            effects,
            now_ms=self._clock.now_ms(),
            wall_ms=self.times.at_ms(session.wanted.session),
        )
        if tally is not None:
            self._tallies[state.treadmill] = tally
        for effect in effects:
            if isinstance(effect, EventNote) and effect.kind == "feedback":
                self._answered(session, state.treadmill, effect)

    def ended(self, treadmill: str, session: Session) -> None:
        """Journal the summary of a member's session, and hand it over."""
        tally = self._tallies.pop(treadmill, None)
        if tally is None or tally.session != session.wanted.session:
            return
        at_ms, member = self.times.at_ms(session.wanted.session), session.wanted.member
        told = summary(session, tally, treadmill, at_ms)
        self._recorder.put(record.summary(member, told, at_ms))
        self._desk.keep(member, told)
        for answers, by in self._said.pop(told.session, ()):
            self._desk.answer(told.session, answers, by)

    def _audited(self, state: EngineState, effect: Effect) -> None:
        """The journal has it with its reason; the audit has that it was done, and by whom."""
        match effect:
            case KeepStart(session=session, by=by):
                about = session.wanted.member or state.treadmill
                if session.wanted.waiver:
                    self._desk.audit(about, by, "waived heart rate")
                if session.wanted.override_why:
                    self._desk.audit(about, by, "set a gate aside")
            case EventNote(kind="limits_raised", after=after) if state.session is not None:
                about = state.session.wanted.member or state.treadmill
                self._desk.audit(about, str(after.get("by", "")), "raised a limit")

    def _answered(self, session: Session, treadmill: str, told: EventNote) -> None:
        name, member = session.wanted.session, session.wanted.member
        rpe, pain = (v if isinstance(v := told.after.get(k), int) else None for k in ("rpe", "pain"))
        by = str(told.after.get("by") or "member")
        if rpe is None and pain is None:
            return  # words alone are in the record of what happened
        self._recorder.put(record.answers(name, treadmill, member, by, rpe, pain, self.times.at_ms(name)))
        if session.live:
            self._said.setdefault(name, []).append((Answers(rpe=rpe, pain=pain), by))
        else:
            self._desk.answer(name, Answers(rpe=rpe, pain=pain), by)
