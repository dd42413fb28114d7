"""A member's progress: what the page shows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device_adapters.safety.limits import Goal, Level
from services.console.hearsay import tell
from services.console.languages import say
from services.console.past import sayings
from services.console.past.charts import trend_chart, weeks_chart, zones_chart
from services.console.past.next_day import NextDay, last_next_day
from services.history.course import course
from services.history.model import Ended, Row
from services.history.progress import at_steady_heart, seconds_in_zones, weeks
from services.members import doses
from services.members.admission import hr_max_bpm
from services.members.clean import unclean_because
from services.members.portrait import Portrait
from services.members.progression import standing, to_next
from services.rules.doses import per_week

WEEKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """The levels of one goal: each with `reached`, `here` or `ahead`; what is missing for the next."""

    goal: str
    levels: tuple[tuple[str, str], ...]
    missing: str
    lost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A session in the list. `counts`: why it does not count for the next level; empty: it does, or nobody knows."""

    session: str
    day: str
    programme: str
    level: str
    minutes: str
    bout: str
    heart: str
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
    facts: tuple[tuple[str, str], ...]
    weeks: str
    zones: str
    steady: str
    bouts: str
    hr_max: int | None
    next_day: NextDay | None
    roads: tuple[Road, ...]
    sessions: tuple[Done, ...]


def progress_page(
    member: str,
    ended: Sequence[Ended],
    rows: Mapping[str, Sequence[Row]],
    portrait: Portrait | None,
    now_ms: int,
) -> ProgressPage:
    """`ended`: the sessions of WEEKS, oldest first; `rows`: by session."""
    goal, level = _goal(ended, portrait, now_ms)
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
        facts=_facts(ended),
        weeks=weeks_chart(weeks(of_goal, now_ms, WEEKS, None), per_week(Goal(goal), level)) if goal else "",
        zones=zones_chart(seconds) if any(seconds) else "",
        steady=trend_chart("steady", title, "km/h", heart.speeds_kmh) if heart else "",
        bouts=trend_chart("bouts", say("Longest stretch at speed"), "min", bouts) if len(bouts) > 1 else "",
        hr_max=hr_max,
        next_day=last_next_day(portrait.history, now_ms) if portrait else None,
        roads=_roads(portrait, now_ms),
        sessions=tuple(_done(one, rows[one.session], portrait) for one in reversed(ended)),
    )


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
    top = doses.next_level(at.level) is at.level
    ready = say("Everything is there: staff may sign the next level off.")
    missing = say("The highest level there is.") if top else tell(to_next(at)) or ready
    lost = say("{level} was lost: 42 days without training.", level=sayings.level(at.lost)) if at.lost else ""
    return Road(goal=sayings.goal(goal), levels=levels, missing=missing, lost=lost)


def _done(one: Ended, rows: Sequence[Row], portrait: Portrait | None) -> Done:
    summed = course(rows)
    record = next((r for r in portrait.history if r.session == one.session), None) if portrait else None
    return Done(
        session=one.session,
        day=sayings.short_day(one.at_ms),
        programme=tell(one.programme) or sayings.goal(one.goal),
        level=sayings.level(one.level),
        minutes=say("{done} of {planned} min", done=round(one.minutes), planned=round(one.planned_minutes)),
        bout=f"{summed.longest_bout_s / 60:.1f} min" if summed else "–",
        heart=f"{summed.hr_mean_bpm} bpm" if summed and summed.hr_mean_bpm else "–",
        outcome=one.outcome,
        outcome_word=sayings.outcomes().get(one.outcome, one.outcome),
        why="" if one.outcome == "completed" else tell(one.why),
        counts=tell(unclean_because(record, portrait.person.body)) if record and portrait else "",
    )
