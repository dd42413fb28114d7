"""Today's list for staff: who is due, who missed, who hurts, who is ready for a level, whose gains end soon. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from device_adapters.safety.limits import Goal
from device_adapters.units import DAY_MS
from services.console.languages import say
from services.console.past import sayings
from services.members import doses
from services.members.admission import rested_from_ms
from services.members.clean import counts, flared
from services.members.model import SessionRecord
from services.members.portrait import Portrait
from services.members.progression import standing, to_next

LATELY_MS = doses.BEGIN_AGAIN_MS
"""Who was not here for so long begins anew, and is on no list."""

HURT_FOR_MS = 14 * DAY_MS
SOON_MS = 4 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayLine:
    """A member on a list, and why."""

    member: str
    alias: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPage:
    """The lists, by what they are for."""

    due: tuple[TodayLine, ...]
    missed: tuple[TodayLine, ...]
    hurts: tuple[TodayLine, ...]
    ready: tuple[TodayLine, ...]
    fading: tuple[TodayLine, ...]


def today(portraits: Iterable[Portrait], now_ms: int) -> TodayPage:
    """Of members who were here lately."""
    known = sorted(portraits, key=lambda one: one.person.alias.casefold())
    return TodayPage(
        due=_lines(known, lambda one: _due(one, now_ms)),
        missed=_lines(known, lambda one: _missed(one, now_ms)),
        hurts=_lines(known, lambda one: _hurts(one, now_ms)),
        ready=_lines(known, lambda one: ", ".join(_ready(one, now_ms))),
        fading=_lines(known, lambda one: _fading(one, now_ms)),
    )


def _lines(known: Iterable[Portrait], why: Callable[[Portrait], str]) -> tuple[TodayLine, ...]:
    return tuple(
        TodayLine(member=one.id, alias=one.person.alias, why=text) for one in known if (text := why(one))
    )


def _done_since(portrait: Portrait, goal: Goal, since_ms: int) -> int:
    return sum(r.goal is goal and r.began_ms >= since_ms and counts(r) for r in portrait.history)


def _due(portrait: Portrait, now_ms: int) -> str:
    """Whose prescription has room in this week, and whose rest is over."""
    given = portrait.dossier.prescription
    if given is None or not given.holds(now_ms):
        return ""
    level = standing(portrait.dossier, given.goal, now_ms).level
    if rested_from_ms(portrait.dossier, given.goal, level, now_ms) > now_ms:
        return ""
    done = _done_since(portrait, given.goal, now_ms - doses.WEEK_MS)
    return say(
        "{goal}: {done} of {most} in the week so far",
        goal=sayings.goal(given.goal),
        done=done,
        most=given.sessions_week,
    )


def _missed(portrait: Portrait, now_ms: int) -> str:
    """Whose last seven days had fewer sessions than were prescribed for all of them."""
    given = portrait.dossier.prescription
    if given is None or not given.holds(now_ms) or now_ms - given.at_ms < 7 * DAY_MS:
        return ""
    done = _done_since(portrait, given.goal, now_ms - 7 * DAY_MS)
    if done >= given.sessions_week:
        return ""
    return say("{done} of {most} prescribed in 7 days", done=done, most=given.sessions_week)


def _hurts(portrait: Portrait, now_ms: int) -> str:
    """Who told of more pain than a clean session has, or of more on the day after, with the last session."""
    last = _last(portrait)
    if last is None or now_ms - last.ended_ms > HURT_FOR_MS:
        return ""
    pain = max(last.answers.pain or 0, last.answers.pain_next_day or 0)
    if pain <= doses.PAIN_MAX and not flared(last):
        return ""
    return say("pain {pain} of 10 after {day}", pain=pain, day=sayings.short_day(last.ended_ms))


def _ready(portrait: Portrait, now_ms: int) -> Iterator[str]:
    for goal in dict.fromkeys(record.goal for record in portrait.history):
        at = standing(portrait.dossier, goal, now_ms)
        above = doses.next_level(at.level)
        if above is not at.level and not to_next(at):
            yield say("{goal}: {level}", goal=sayings.goal(goal), level=sayings.level(above))


def _fading(portrait: Portrait, now_ms: int) -> str:
    """Who has a few days left before what was reached counts less (domain.md §2.3)."""
    last = _last(portrait)
    if last is None:
        return ""
    left_ms = last.ended_ms + doses.STEP_DOWN_MS - now_ms
    if not 0 < left_ms <= SOON_MS:
        return ""
    return say("last here on {day}: gentler from {until}", day=sayings.short_day(last.ended_ms),
               until=sayings.short_day(last.ended_ms + doses.STEP_DOWN_MS))  # fmt: skip


def _last(portrait: Portrait) -> SessionRecord | None:
    done = [record for record in portrait.history if counts(record)]
    return done[-1] if done else None
