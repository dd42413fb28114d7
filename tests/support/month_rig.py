"""A member's month in the stores of a console under test: sessions with their seconds, the latest not answered yet."""

from pathlib import Path

from console_members import wall_ms
from members_rig import screening

from device_adapters.contract.messages import SessionView
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.members.model import NO_ANSWERS, Answers, Purpose, SessionRecord
from services.members.people import MemberDetails
from services.members.store import Members
from services.metrics import points
from services.metrics.sqlite import SqliteSink

DAYS_AGO = (27, 24, 20, 17, 13, 10, 6, 1)
MOVED_S = 300


def open_members(folder: Path) -> Members:
    """The members store of the console whose data folder this is."""
    return Members(f"sqlite:///{folder / 'members.db'}", wall_ms)


def enter_member(folder: Path, person: MemberDetails, *purposes: Purpose) -> str:
    """Screened and consenting; their id."""
    store = open_members(folder)
    try:
        member = store.create(person, by="Anna")
        store.screen(member, screening(at_ms=wall_ms()))
        for purpose in (Purpose.SESSION_RECORDS, *purposes):
            store.consent(member, purpose, text_version="1", by="Anna")
    finally:
        store.close()
    return member


def enter_month(folder: Path, member: str, goal: Goal = Goal.MOBILITY) -> tuple[SessionRecord, ...]:
    """What the member did, oldest first."""
    done = tuple(_done(member, days, goal) for days in DAYS_AGO)
    store, sink = open_members(folder), SqliteSink(folder / "metrics.db")
    try:
        for record in done:
            store.record(member, record)
            sink.write(
                [point for view in _views(member, record) for point in points.session_view("tm-01", view)]
            )
    finally:
        store.close()
        sink.close()
    return done


def _done(member: str, days: int, goal: Goal) -> SessionRecord:
    ended = wall_ms() - days * DAY_MS
    latest = days == DAYS_AGO[-1]
    return SessionRecord(
        session=f"s-{member[-4:]}-{goal.value[:4]}-{days}", goal=goal, level=Level.NOVICE,
        programme="Backward and back", treadmill="tm-01", began_ms=ended - MOVED_S * 1000, ended_ms=ended,
        outcome="completed", done=True, hr_over_s=0, planned_s=MOVED_S, actual_s=MOVED_S, speed_max_ckmh=100,
        asks_next_day=latest, answers=NO_ANSWERS if latest else Answers(rpe=11, pain=2),
    )  # fmt: skip


def _views(member: str, record: SessionRecord) -> list[SessionView]:
    shared = {
        "session": record.session, "treadmill": "tm-01", "goal": record.goal, "level": record.level, "member": member,
        "programme": record.programme, "total_s": float(MOVED_S), "step": 1, "steps": 1,
    }  # fmt: skip
    running = [
        SessionView(
            at_ms=record.began_ms + s * 1000, phase="running", elapsed_s=float(s), target_kmh=1.0, measured_kmh=1.0,
            hr_bpm=100 + s // 60, **shared,  # type: ignore[arg-type]
        )
        for s in range(0, MOVED_S, 10)
    ]  # fmt: skip
    ended = SessionView(
        at_ms=record.ended_ms, phase="ended", outcome="completed", elapsed_s=float(MOVED_S),
        **shared,  # type: ignore[arg-type]
    )  # fmt: skip
    return [*running, ended]
