"""The past as the pages ask for it: the store of measurements and the members store, in one thread. Blocking.

Names stay where they are searched: a page of health data shows the alias and the pseudonym. Who looked at a member's
session or progress is in the audit of the members store.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from device_adapters.clock import Clock
from device_adapters.contract.messages import SessionView
from device_adapters.contract.phrase import english, to_json
from device_adapters.errors import BackstrideError
from device_adapters.units import DAY_MS
from services.console.past import sayings
from services.console.past.fhir import Resource, bundle
from services.console.past.home import HomePage, home_page
from services.console.past.next_day import ASKED_FOR_MS, NextDay, next_day
from services.console.past.progress import WEEKS, ProgressPage, progress_page
from services.console.past.recent import Recent, recent
from services.console.past.report import Report, report
from services.console.past.review import Review, review, words_of
from services.history.course import SessionCourse, course
from services.history.gait import Gait, gait
from services.history.model import Ended, HistoryRow, Key
from services.history.reader import History
from services.members.errors import UnknownMemberError
from services.members.model import NO_ANSWERS, Answers, SessionRecord
from services.members.opening import MembersDb
from services.members.portrait import Portrait
from services.rules.doses import per_week

OWN = "member"
"""Who it is in the audit, where a member looks at what is theirs."""

GAITS_MAX = 8
"""Of so many sessions all frames are read: more would keep a page waiting."""

Hearts = tuple[int, int]
"""Mean and peak of a session, bpm."""

log = structlog.get_logger("console")


class Past:
    """What one console knows of the past."""

    def __init__(self, history: History, members_db: MembersDb, clock: Clock) -> None:
        self._history = history
        self._members_db = members_db
        self._clock = clock

    def recent(self, days: int, text: str, before_ms: int = 0) -> Recent:
        """A page of the sessions of the last `days` that fit `text`; with `before_ms` of those that ended before it."""
        since_ms = self._clock.wall_ms() - days * DAY_MS
        return recent(self._history, self._members_db, text, since_ms, before_ms)

    def review(self, session: str, by: str) -> Review | None:
        """One session; None: none of that id has ended."""
        ended = self._history.find(session)
        return None if ended is None else self._review(ended, by)

    def under_way(self, view: SessionView, by: str) -> Review:
        """What there is so far of a session that runs."""
        so_far = Ended(
            at_ms=view.at_ms,
            session=view.session,
            treadmill=view.treadmill,
            goal=view.goal,
            level=view.level,
            outcome=sayings.RUNNING,
            member=view.member,
            programme=view.programme,
            why=english(view.why),
            said=to_json(view.why),
            minutes=view.elapsed_s / 60,
            planned_minutes=view.total_s / 60,
            steps_done=max(0, view.step - 1),
            steps=view.steps,
            off_plan_kmh=view.off_plan_kmh,
        )
        return self._review(so_far, by)

    def _review(self, ended: Ended, by: str, *, staff_named: bool = True) -> Review:
        session = ended.session
        rows = self._history.rows(ended.key)
        begin_ms = rows[0].at_ms if rows else ended.at_ms
        deck = self._history.frames(ended.treadmill, begin_ms, ended.at_ms)
        said = self._history.said(words_of(ended))
        known = self._portrait(ended.member, by, f"viewed session {session}") if ended.member else None
        record = next((r for r in known.history if r.session == session), None) if known else None
        alias = known.person.alias if known else ""
        now_ms = self._clock.wall_ms()
        treadmill = self._history.names().shown(ended.treadmill, ended.at_ms)
        return review(
            ended, rows, deck, said, now_ms=now_ms, treadmill=treadmill, alias=alias, record=record,
            staff_named=staff_named,
        )  # fmt: skip

    def progress(self, member: str, by: str, goal: str = "") -> ProgressPage | None:
        """A member's last weeks, drawn of this goal, else of the last one. None: nobody knows them, and no session is
        theirs.
        """
        now_ms = self._clock.wall_ms()
        known = self._portrait(member, by, "viewed progress")
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, member)
        if known is None and not ended:
            return None
        rows = {one.session: self._history.rows(one.key) for one in ended}
        return progress_page(member, ended, rows, known, now_ms, goal, self._walked(ended, rows))

    def home(self, member: str) -> HomePage:
        """A member's own page. UnknownMemberError: they were erased."""
        now_ms = self._clock.wall_ms()
        known = self._members_db.members().portrait(member, by=OWN, what="viewed own page")
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, member)
        rows = {one.session: self._history.rows(one.key) for one in ended}
        page = progress_page(member, ended, rows, known, now_ms, walked=self._walked(ended, rows))
        return home_page(known, page, ended, now_ms)

    def _walked(self, ended: Sequence[Ended], rows: Mapping[str, Sequence[HistoryRow]]) -> dict[str, Gait]:
        """Cadence and step length of the latest sessions, as far as they are known."""
        found = {}
        for one in ended[-GAITS_MAX:]:
            begin_ms = rows[one.session][0].at_ms if rows[one.session] else one.at_ms
            walked = gait(self._history.frames(one.treadmill, begin_ms, one.at_ms))
            if walked is not None:
                found[one.session] = walked
        return found

    def report(self, member: str, by: str, version: str) -> Report:
        """What staff hand over. UnknownMemberError."""
        now_ms = self._clock.wall_ms()
        known = self._members_db.members().portrait(member, by=by, what="made report")
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, member)
        rows = {one.session: self._history.rows(one.key) for one in ended}
        said = {one.session: self._history.said(words_of(one)) for one in ended}
        mine = {session: [d for d in told if d.session == session] for session, told in said.items()}
        page = progress_page(member, ended, rows, known, now_ms)
        return report(known, page, ended, mine, version=version, now_ms=now_ms)

    def fhir(self, member: str, by: str, version: str) -> Resource:
        """The same as observations of FHIR R4. UnknownMemberError."""
        now_ms = self._clock.wall_ms()
        known = self._members_db.members().portrait(member, by=by, what="took FHIR observations")
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, member)
        summed = {one.session: course(self._history.rows(one.key)) for one in ended}
        courses = {session: one for session, one in summed.items() if one is not None}
        return bundle(known, ended, courses, version=version, now_ms=now_ms)

    def own_review(self, session: str, member: str) -> Review | None:
        """One of the member's own sessions, without who of the staff wrote something; None: none of theirs."""
        ended = self._history.find(session)
        if ended is None or ended.member != member:
            return None
        return self._review(ended, OWN, staff_named=False)

    def given_to_own(self, session: str, member: str) -> bool:
        """Write into the audit that the member took this record; False: it is none of theirs."""
        ended = self._history.find(session)
        return ended is not None and ended.member == member and self.given_out(session, OWN)

    def answer_own(self, session: str, answers: Answers, member: str) -> bool:
        """Keep what the member says of a session of theirs; what was answered at its end stays. False: it is none of
        theirs, or none of the last week."""
        store, now_ms = self._members_db.members(), self._clock.wall_ms()
        history = store.portrait(member, by=OWN, what="viewed own page").history
        record = next((one for one in history if one.session == session), None)
        if record is None or now_ms - record.ended_ms >= ASKED_FOR_MS:
            return False
        at_the_end = Answers(rpe=answers.rpe, pain=answers.pain)
        if at_the_end != NO_ANSWERS:
            store.answer(session, at_the_end, by=OWN, only_missing=True)
        if answers.pain_next_day is not None and next_day(record, now_ms) is not None:
            store.answer(session, Answers(pain_next_day=answers.pain_next_day), by=OWN, only_missing=True)
        return answers != NO_ANSWERS

    def own(self, view: SessionView) -> str:
        """What members are told of their weeks after a session: how often and how long. '' for a guest."""
        if not view.member:
            return ""
        now_ms = self._clock.wall_ms()
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, view.member)
        lately = sum(one.counts and one.at_ms > now_ms - 7 * DAY_MS for one in ended if one.goal == view.goal)
        return sayings.own(
            lately,
            per_week(view.goal, view.level),
            len(ended),
            round(sum(one.minutes for one in ended)),
            WEEKS,
        )

    def ended(self, session: str) -> Ended | None:
        """How a session ended; None: none of that id has."""
        return self._history.find(session)

    def hearts(self, member: str, records: Iterable[SessionRecord]) -> dict[str, Hearts]:
        """The heart in those of these sessions whose readings are still there; none if their store is away."""
        try:
            summed = {
                record.session: self._course(member, record) for record in records if not record.hr_mean_bpm
            }
        except BackstrideError as e:
            log.warning("measurements_unavailable", why=str(e))
            return {}
        return {
            session: (one.hr_mean_bpm, one.hr_peak_bpm)
            for session, one in summed.items()
            if one is not None and one.hr_mean_bpm is not None and one.hr_peak_bpm is not None
        }

    def _course(self, member: str, record: SessionRecord) -> SessionCourse | None:
        key = Key(
            session=record.session,
            treadmill=record.treadmill,
            goal=record.goal,
            level=record.level,
            member=member,
            from_ms=record.began_ms,
            to_ms=record.ended_ms,
        )
        rows = self._history.rows(key)
        began = next((n for n, row in enumerate(rows) if row.phase == "running"), len(rows))
        return course(rows[began:])

    def next_day_of(self, opens: Callable[[str], bool]) -> NextDay | None:
        """The question for the session that a member's link opens; None: it opens none that is asked about now."""
        now_ms = self._clock.wall_ms()
        for record in self._members_db.members().ended_since(now_ms - ASKED_FOR_MS):
            if record.asks_next_day and opens(record.session):
                return next_day(record, now_ms)
        return None

    def hurt_next_day(self, session: str, pain: int, by: str) -> None:
        """Keep how much it hurt on the day after, 0 to 10. MembersError: no member's session, or no such number."""
        self._members_db.members().answer(session, Answers(pain_next_day=pain), by=by)

    def given_out(self, session: str, by: str) -> bool:
        """Write into the audit that the session's record is given to `by`; False: none of that id has ended."""
        ended = self._history.find(session)
        if ended is not None and ended.member:
            self._portrait(ended.member, by, f"took record {session}")
        return ended is not None

    def _portrait(self, member: str, by: str, what: str) -> Portrait | None:
        """None for who is not in the members store. Raises StorageError."""
        try:
            return self._members_db.members().portrait(member, by=by, what=what[:40])
        except UnknownMemberError:
            return None
