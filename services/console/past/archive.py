"""The past as the pages ask for it: the store of measurements and the members store, in one thread. Blocking.

Names stay where they are searched: a page of health data shows the alias and the pseudonym. Who looked at a member's
session or progress is in the audit of the members store.
"""

from collections.abc import Iterable

import structlog

from device_adapters.clock import Clock
from device_adapters.contract.messages import SessionView
from device_adapters.errors import BackstrideError
from services.console.api.storeroom import Storeroom
from services.console.past import sayings
from services.console.past.progress import WEEKS, ProgressPage, progress_page
from services.console.past.recent import Recent, recent
from services.console.past.review import Review, review, words_of
from services.history.course import Course, course
from services.history.model import Ended, Key
from services.history.reader import History
from services.members.errors import UnknownMemberError
from services.members.model import DAY_MS, Answers, SessionRecord
from services.members.portrait import Portrait
from services.rules.doses import per_week

Hearts = tuple[int, int]
"""Mean and peak of a session, bpm."""

log = structlog.get_logger("console")


class Past:
    """What one console knows of the past."""

    def __init__(self, history: History, storeroom: Storeroom, clock: Clock) -> None:
        self._history = history
        self._storeroom = storeroom
        self._clock = clock

    def recent(self, days: int, text: str, before_ms: int = 0) -> Recent:
        """A page of the sessions of the last `days` that fit `text`; with `before_ms` of those that ended before it."""
        since_ms = self._clock.wall_ms() - days * DAY_MS
        return recent(self._history, self._storeroom, text, since_ms, before_ms)

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
            why=view.why,
            minutes=view.elapsed_s / 60,
            planned_minutes=view.total_s / 60,
            steps_done=max(0, view.step - 1),
            steps=view.steps,
            off_plan_kmh=view.off_plan_kmh,
        )
        return self._review(so_far, by)

    def _review(self, ended: Ended, by: str) -> Review:
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
        return review(ended, rows, deck, said, now_ms=now_ms, treadmill=treadmill, alias=alias, record=record)

    def progress(self, member: str, by: str) -> ProgressPage | None:
        """A member's last weeks; None: nobody knows that member, and no session is theirs."""
        now_ms = self._clock.wall_ms()
        known = self._portrait(member, by, "viewed progress")
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, member)
        if known is None and not ended:
            return None
        rows = {one.session: self._history.rows(one.key) for one in ended}
        return progress_page(member, ended, rows, known, now_ms)

    def own(self, view: SessionView) -> str:
        """What members are told of their weeks after a session: how often and how long. '' for a guest."""
        if not view.member:
            return ""
        now_ms = self._clock.wall_ms()
        ended = self._history.ended(now_ms - WEEKS * 7 * DAY_MS, now_ms, view.member)
        lately = sum(one.at_ms > now_ms - 7 * DAY_MS for one in ended if one.goal == view.goal)
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

    def _course(self, member: str, record: SessionRecord) -> Course | None:
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

    def hurt_next_day(self, session: str, pain: int, by: str) -> None:
        """Keep how much it hurt on the day after, 0 to 10. MembersError: no member's session, or no such number."""
        self._storeroom.members().answer(session, Answers(pain_next_day=pain), by=by)

    def given_out(self, session: str, by: str) -> bool:
        """Write into the audit that the session's record is given to `by`; False: none of that id has ended."""
        ended = self._history.find(session)
        if ended is not None and ended.member:
            self._portrait(ended.member, by, f"took record {session}")
        return ended is not None

    def _portrait(self, member: str, by: str, what: str) -> Portrait | None:
        """None for who is not in the members store. Raises StorageError."""
        try:
            return self._storeroom.members().portrait(member, by=by, what=what[:40])
        except UnknownMemberError:
            return None
