"""Made-up members for the demo: one per goal, screened and consenting; one of them has come a long way."""

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.safety.limits import Goal, Level, limits_for
from device_adapters.units import DAY_MS
from services.members.model import Answers, Body, HeartSource, Purpose, Screening, SessionRecord
from services.members.opening import opened_members
from services.members.people import MemberDetails
from services.members.store import Members

BY = "demo"
PEOPLE = {
    Goal.KNEE_STRENGTH: ("Wren", 1978),
    Goal.CONDITIONING: ("Swift", 1991),
    Goal.ATHLETIC: ("Falcon", 1999),
    Goal.MOBILITY: ("Heron", 1970),
}
TRAINED = ("Robin", Goal.CONDITIONING, 1987)
HR_MAX_BPM = 185
"""What the gym's simulated hearts are made for."""

VISITS = (24, 21, 17, 14, 10, 7, 3)
"""Days ago."""


def seed(hub: HubConfig) -> dict[Goal, str]:
    """The member of each goal; those of an earlier demo in the same folder are found again."""
    now = SystemClock().wall_ms()
    times = [now]
    with opened_members(hub, lambda: times[-1]) as store:
        if not store.search(TRAINED[0]):
            _train(store, _add(store, TRAINED[0], TRAINED[2]), TRAINED[1], now, times)
        return {
            goal: _find(store, alias) or _add(store, alias, born) for goal, (alias, born) in PEOPLE.items()
        }


def _find(store: Members, alias: str) -> str:
    return next((card.id for card in store.search(alias) if card.alias == alias), "")


def _add(store: Members, alias: str, born: int) -> str:
    body = Body(birth_year=born, hr_max_bpm=HR_MAX_BPM, hr_max_source=HeartSource.MEASURED)
    person = MemberDetails(name=f"Demo {alias}", alias=alias, body=body)
    member = store.create(person, by=BY)
    screening = Screening(at_ms=store.now_ms(), by=BY, backward_walk_cs=340, fall_12_months=False)
    store.screen(member, screening)
    for purpose in (Purpose.SESSION_RECORDS, Purpose.HEART_RATE, Purpose.WALL_BOARD):
        store.consent(member, purpose, text_version="demo", by=BY)
    return member


def _train(store: Members, member: str, goal: Goal, now: int, times: list[int]) -> None:
    """Seven clean novice sessions, and the level that they lead to."""
    row = limits_for(goal, Level.NOVICE)
    for days in VISITS:
        began = now - days * DAY_MS
        record = SessionRecord(
            session=f"s-demo-{days}",
            goal=goal,
            level=Level.NOVICE,
            programme="Retro 5 x 50 m, walked",
            treadmill="tm-02",
            began_ms=began,
            ended_ms=began + 900_000,
            outcome="completed",
            done=True,
            planned_s=900,
            actual_s=900,
            speed_max_ckmh=row.speed_max_ckmh,
            hr_over_s=0,
            answers=Answers(rpe=11, pain=1),
        )
        store.record(member, record)
    times.append(now - 2 * DAY_MS)
    store.sign_off(member, goal, Level.INTERMEDIATE, by=BY)
    times.append(now)
