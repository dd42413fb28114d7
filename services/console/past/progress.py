"""A member's progress: what the page shows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.languages import say
from services.console.past import sayings
from services.console.past.charts import trend_chart, weeks_chart, zones_chart
from services.console.past.next_day import NextDay, last_next_day
from services.console.past.prescribed import Facts, facts
from services.console.past.tested import MeasuredCourse, courses_of
from services.history.course import course
from services.history.gait import Gait
from services.history.model import Ended, HistoryRow
from services.history.progress import at_steady_heart, seconds_in_zones, weeks
from services.members import doses
from services.members.admission import hr_max_bpm
from services.members.clean import unclean_because
from services.members.model import Answers
from services.members.portrait import Portrait
from services.members.progression import standing, to_next
from services.rules.doses import per_week
from services.texts.figures import fixed
from services.texts.programmes import in_words
from services.texts.telling import tell

WEEKS = 12
SCALES: dict[str, tuple[float, ...]] = {"rpe": (6, 9, 12, 15, 18, 20), "pain": (0, 2, 4, 6, 8, 10)}
"""What is drawn beside the answers of members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """The levels of one goal: each with `reached`, `here` or `ahead`; what is missing for the next."""

    goal: str
    levels: tuple[tuple[str, str], ...]
    missing: str
    lost: str
    offer: tuple[str, str, str] | None = None
    """Goal, level and words of a sign-off that may be made now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDone:
    """A session in the list. `pain`: at its end, and on the next day. `counts`: why it does not count for the next
    level; empty: it does, or nobody knows.
    """

    session: str
    day: str
    programme: str
    level: str
    minutes: str
    bout: str
    heart: str
    rpe: str
    pain: str
    outcome: str
    outcome_word: str
    why: str
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPage:
    """A member's page; an empty drawing: there is not enough for it yet. `known`: the members store has them."""

    member: str
    alias: str
    known: bool
    goal: str
    goals: tuple[tuple[str, str, bool], ...]
    """What was trained in these weeks, where it is more than one: key, word, is it the one that is drawn."""

    facts: tuple[tuple[str, str], ...]
    weeks: str
    zones: str
    steady: str
    bouts: str
    step: str
    exertion: str
    pain: str
    hr_max: int | None
    next_day: NextDay | None
    roads: tuple[Road, ...]
    sessions: tuple[SessionDone, ...]
    prescribed: Facts = ()
    """What is in force, in words."""

    tests: tuple[MeasuredCourse, ...] = ()
    """Those that were ever done."""


def progress_page(
    member: str,
    ended: Sequence[Ended],
    rows: Mapping[str, Sequence[HistoryRow]],
    portrait: Portrait | None,
    now_ms: int,
    wanted: str = "",
    walked: Mapping[str, Gait] = MappingProxyType({}),
) -> ProgressPage:
    """`ended`: the sessions of WEEKS, oldest first; `rows` and `walked`: by session; `wanted`: the goal to draw, else
    the last."""
    goal, level = _goal([one for one in ended if one.goal == wanted] or ended, portrait, now_ms)
    trained = [each for each in Goal if each in {one.goal for one in ended}]
    hr_max = hr_max_bpm(portrait.person.body, now_ms) if portrait else None
    of_goal = [one for one in ended if one.goal == goal]
    bouts = [
        (one.at_ms, summed.longest_bout_s / 60) for one in ended if (summed := course(rows[one.session]))
    ]
    heart = at_steady_heart({one.at_ms: rows[one.session] for one in of_goal})
    title = say("Speed at a heart rate of {bpm} bpm", bpm=heart.hr_bpm) if heart else ""
    seconds = seconds_in_zones(list(rows.values()), hr_max) if hr_max else ()
    return ProgressPage(
        member=member,
        alias=portrait.person.alias if portrait else member,
        known=portrait is not None,
        goal=sayings.goal(goal) if goal else "",
        goals=tuple((each.value, sayings.goal(each), each == goal) for each in trained)
        if len(trained) > 1
        else (),
        facts=_facts(ended),
        weeks=weeks_chart(weeks(of_goal, now_ms, WEEKS, None), per_week(Goal(goal), level)) if goal else "",
        zones=zones_chart(seconds) if any(seconds) else "",
        steady=trend_chart("steady", title, "km/h", heart.speeds_kmh) if heart else "",
        bouts=trend_chart("bouts", say("Longest stretch at speed"), "min", bouts) if len(bouts) > 1 else "",
        step=_step_chart(of_goal, walked),
        exertion=_told_chart("exertion", say("Exertion (6 to 20)"), portrait, "rpe"),
        pain=_told_chart("pain", say("Pain at the end (0 to 10)"), portrait, "pain"),
        hr_max=hr_max,
        next_day=last_next_day(portrait.history, now_ms) if portrait else None,
        roads=_roads(portrait, now_ms),
        prescribed=facts(portrait, now_ms) if portrait else (),
        tests=tuple(one for one in courses_of(portrait.outcomes) if one.results) if portrait else (),
        sessions=tuple(_done(one, rows[one.session], portrait) for one in reversed(ended)),
    )


def _step_chart(ended: Sequence[Ended], walked: Mapping[str, Gait]) -> str:
    """The step length of each session that has one."""
    points = [(one.at_ms, float(walked[one.session].step_cm)) for one in ended if one.session in walked]
    title = say("Step length at a steady speed (longer at a higher speed)")
    return trend_chart("step", title, "cm", points) if len(points) > 1 else ""


def _told_chart(id: str, title: str, portrait: Portrait | None, field: Literal["rpe", "pain"]) -> str:
    """What the member said after each session, over time."""
    history = portrait.history if portrait else ()
    told = [(one.ended_ms, getattr(one.answers, field)) for one in history]
    points = [(at_ms, float(value)) for at_ms, value in told if value is not None]
    return trend_chart(id, title, "", points, SCALES[field]) if len(points) > 1 else ""


def _goal(ended: Sequence[Ended], portrait: Portrait | None, now_ms: int) -> tuple[str, Level]:
    """What was trained last, and the level that its dose goes by."""
    if not ended or ended[-1].goal not in set(Goal):
        return "", Level.NOVICE
    goal = Goal(ended[-1].goal)
    if portrait is not None:
        return goal, standing(portrait.dossier, goal, now_ms).level
    return goal, Level(ended[-1].level) if ended[-1].level in set(Level) else Level.NOVICE


def _facts(ended: Sequence[Ended]) -> tuple[tuple[str, str], ...]:
    minutes = sum(one.minutes for one in ended)
    completed = sum(one.outcome == "completed" for one in ended)
    return (
        (say("Sessions"), str(len(ended))),
        (say("Completed"), f"{completed}"),
        (say("Moving"), f"{minutes:.0f} min"),
        (say("Last session"), sayings.day(ended[-1].at_ms) if ended else "–"),
    )


def _roads(portrait: Portrait | None, now_ms: int) -> tuple[Road, ...]:
    """One for each goal that was ever trained or signed off."""
    if portrait is None:
        return ()
    found = {r.goal for r in portrait.history} | {s.goal for s in portrait.sign_offs}
    return tuple(_road(portrait, goal, now_ms) for goal in Goal if goal in found)


def _road(portrait: Portrait, goal: Goal, now_ms: int) -> Road:
    at = standing(portrait.dossier, goal, now_ms)
    here = doses.rank(at.level)
    states = ("reached", "here", "ahead")
    levels = tuple(
        (sayings.level(level), states[(doses.rank(level) >= here) + (doses.rank(level) > here)])
        for level in Level
    )
    above = doses.next_level(at.level)
    top, wants = above is at.level, to_next(at)
    offer = None if top or wants else (goal.value, above.value, words.sign_off_offer(above))
    ready = say("Everything is there: staff may sign the next level off.")
    missing = say("The highest level there is.") if top else ", ".join(map(tell, wants)) or ready
    lost = say("{level} was lost: 42 days without training.", level=sayings.level(at.lost)) if at.lost else ""
    return Road(goal=sayings.goal(goal), levels=levels, missing=missing, lost=lost, offer=offer)


def _done(one: Ended, rows: Sequence[HistoryRow], portrait: Portrait | None) -> SessionDone:
    summed = course(rows)
    record = next((r for r in portrait.history if r.session == one.session), None) if portrait else None
    return SessionDone(
        session=one.session,
        day=sayings.short_day(one.at_ms),
        programme=in_words(one.programme) or sayings.goal(one.goal),
        level=sayings.level(one.level),
        minutes=say("{done} of {planned} min", done=round(one.minutes), planned=round(one.planned_minutes)),
        bout=f"{fixed(summed.longest_bout_s / 60)} min" if summed else "–",
        heart=f"{summed.hr_mean_bpm} bpm" if summed and summed.hr_mean_bpm else "–",
        rpe=_number(record.answers.rpe) if record else "–",
        pain=_pain(record.answers) if record else "–",
        outcome=one.outcome,
        outcome_word=sayings.outcomes().get(one.outcome, one.outcome),
        why="" if one.outcome == "completed" else tell(one.told),
        counts=tell(unclean_because(record, portrait.person.body)) if record and portrait else "",
    )


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _pain(answers: Answers) -> str:
    later = answers.pain_next_day
    return _number(answers.pain) if later is None else f"{_number(answers.pain)} → {later}"
