"""What a member sees of themselves: this week, what is due, what is owed, the road. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.console.languages import say
from services.console.past import sayings
from services.console.past.next_day import ASKED_FOR_MS, next_day
from services.console.past.progress import ProgressPage
from services.history.model import Ended
from services.history.progress import weeks
from services.members import doses
from services.members.admission import Allowance, StartWish, may_start, rested_from_ms
from services.members.clean import counts
from services.members.growth import Demand
from services.members.model import SessionRecord
from services.members.portrait import Portrait
from services.members.prescription import most_a_week
from services.members.progression import standing
from services.rules.doses import per_week, rpe_max

SHORTEST = Demand(session_s=0, speed_ckmh=0, grade_dpct=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedAnswer:
    """A session about which something is asked: exertion and pain at its end, or the pain of the day after."""

    session: str
    day: str
    at_the_end: bool
    day_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What it shows. `done` of `most` sessions this week; `due`: when the next may be; `rest`: by when it should;
    `counting`: which sessions count towards the next level."""

    alias: str
    done: int
    most: int
    minutes: int
    due: str
    rest: str
    counting: str
    owed: tuple[OwedAnswer, ...]
    progress: ProgressPage


def home_page(portrait: Portrait, progress: ProgressPage, ended: Sequence[Ended], now_ms: int) -> HomePage:
    """`ended`: the sessions of the last weeks, oldest first."""
    goal, level = training_for(portrait, now_ms)
    week = weeks([one for one in ended if one.goal == goal], now_ms, 1, None)[-1]
    return HomePage(
        alias=portrait.person.alias,
        done=week.sessions,
        most=_most(portrait, goal, level, now_ms) if goal else 0,
        minutes=round(week.minutes),
        due=_due(portrait, goal, level, now_ms),
        rest=_rest(portrait, goal, now_ms) if goal else "",
        counting=counting(goal) if goal else "",
        owed=owed(portrait.history, now_ms),
        progress=progress,
    )


def training_for(portrait: Portrait, now_ms: int) -> tuple[Goal | None, Level]:
    """The goal that is prescribed, or was trained last, and the level in force."""
    newest = portrait.dossier.prescription
    if newest is not None and newest.holds(now_ms):
        return newest.goal, standing(portrait.dossier, newest.goal, now_ms).level
    done = [record.goal for record in portrait.history if record.outcome != "refused"]
    if not done:
        return None, Level.NOVICE
    return done[-1], standing(portrait.dossier, done[-1], now_ms).level


def owed(history: Sequence[SessionRecord], now_ms: int) -> tuple[OwedAnswer, ...]:
    """What is still to be answered of the last week, the latest first."""
    found = []
    for record in reversed(history):
        if now_ms - record.ended_ms >= ASKED_FOR_MS or not counts(record):
            continue
        told = record.answers
        at_the_end = told.rpe is None or told.pain is None
        asked = next_day(record, now_ms)
        day_after = asked is not None and record.asks_next_day and asked.pain is None
        if at_the_end or day_after:
            found.append(
                OwedAnswer(
                    session=record.session,
                    day=sayings.short_day(record.ended_ms),
                    at_the_end=at_the_end,
                    day_after=day_after,
                )
            )
    return tuple(found)


def _most(portrait: Portrait, goal: Goal, level: Level, now_ms: int) -> int:
    return most_a_week(portrait.dossier.prescribed(goal, now_ms), per_week(goal, level))


def counting(goal: Goal) -> str:
    """Which sessions count towards the next level."""
    return say(
        "A session counts if it was done to its end, felt no harder than {rpe} of 20, hurt no more than {pain} of 10, "
        "kept the heart below its ceiling, and each question was answered.",
        rpe=rpe_max(goal),
        pain=doses.PAIN_MAX,
    )


def _due(portrait: Portrait, goal: Goal | None, level: Level, now_ms: int) -> str:
    if goal is None:
        return say("Your first session: whenever you come. The staff begin it with you.")
    from_ms = rested_from_ms(portrait.dossier, goal, level, now_ms)
    if from_ms > now_ms:
        return say(
            "Rest until {day}, {time}. Then the next session may begin.",
            day=sayings.day(from_ms),
            time=sayings.time(from_ms),
        )
    wish = StartWish(goal=goal, level=level, demand=SHORTEST, arms_reach=True, harness=True)
    if isinstance(may_start(portrait.dossier, wish, now_ms), Allowance):
        return say("The next session may begin whenever you like.")
    return say("Before the next session the staff have something to ask you.")


def _rest(portrait: Portrait, goal: Goal, now_ms: int) -> str:
    """How long what was reached is kept (domain.md §2.3)."""
    at = standing(portrait.dossier, goal, now_ms)
    if at.trained_ms is None:
        return ""
    pause_ms = now_ms - at.trained_ms
    if pause_ms < doses.STEP_DOWN_MS:
        by_ms = at.trained_ms + doses.STEP_DOWN_MS
        return say(
            "Come by {day}: after 14 days without training it goes on gentler.", day=sayings.day(by_ms)
        )
    if pause_ms < doses.BEGIN_AGAIN_MS:
        days = pause_ms // DAY_MS
        return say(
            "It is {days} days since your last session: the next goes on gentler. After 42 days it begins anew.",
            days=days,
        )
    return say("After 42 days without training it begins anew, at the first level.")
