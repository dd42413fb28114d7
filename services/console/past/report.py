"""The report to hand over: dose against prescription, course, tests, pain, incidents, limits, methods. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.console.languages import say
from services.console.past import sayings
from services.console.past.home import counting, training_for
from services.console.past.prescribed import GoalLimits, goal_limits
from services.console.past.progress import WEEKS, ProgressPage, SessionDone
from services.history.model import Decision, Ended
from services.members.admission import hr_max_bpm
from services.members.portrait import Portrait
from services.texts.telling import tell

SESSIONS_MAX = 12
"""So many rows fit beside the rest on two pages; the tally counts all."""

INCIDENTS = ("near_miss", "hazard", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIncident:
    """What happened in a session: day, kind and words."""

    day: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What it shows. `tally`: of the whole time; `answers`: exertion and pain over it."""

    member: str
    alias: str
    made: str
    since: str
    version: str
    tally: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]
    progress: ProgressPage
    sessions: tuple[SessionDone, ...]
    more: int
    incidents: tuple[ReportIncident, ...]
    limits: tuple[GoalLimits, ...]
    heart: str
    methods: tuple[str, ...]


def report(
    portrait: Portrait,
    progress: ProgressPage,
    ended: Sequence[Ended],
    said: Mapping[str, Sequence[Decision]],
    *,
    version: str,
    now_ms: int,
) -> Report:
    """`ended`: the sessions of WEEKS, oldest first; `said`: what happened, by session."""
    goal, _ = training_for(portrait, now_ms)
    return Report(
        member=portrait.id,
        alias=portrait.person.alias,
        made=sayings.day(now_ms),
        since=say("the last {weeks} weeks", weeks=WEEKS),
        version=version,
        tally=progress.facts,
        answers=_answers(portrait, ended),
        progress=progress,
        sessions=progress.sessions[:SESSIONS_MAX],
        more=max(0, len(progress.sessions) - SESSIONS_MAX),
        incidents=tuple(_incidents(ended, said)),
        limits=tuple(
            goal_limits(portrait, one, now_ms) for one in dict.fromkeys(r.goal for r in portrait.history)
        ),
        heart=_heart(portrait, now_ms),
        methods=_methods(counting(goal) if goal else ""),
    )


def _answers(portrait: Portrait, ended: Sequence[Ended]) -> tuple[tuple[str, str], ...]:
    shown = {one.session for one in ended}
    told = [record.answers for record in portrait.history if record.session in shown]
    rows = (
        (say("Exertion (6 to 20)"), [one.rpe for one in told if one.rpe is not None]),
        (say("Pain at the end (0 to 10)"), [one.pain for one in told if one.pain is not None]),
        (say("Pain on the next day"), [one.pain_next_day for one in told if one.pain_next_day is not None]),
    )
    return tuple(
        (
            name,
            say("{low} to {high}, last {last} (n = {count})",
                count=len(values), low=min(values), high=max(values), last=values[-1])
            if values
            else say("not answered"),
        )
        for name, values in rows
    )  # fmt: skip


def _incidents(ended: Sequence[Ended], said: Mapping[str, Sequence[Decision]]) -> list[ReportIncident]:
    found = []
    for one in ended:
        for each in said.get(one.session, ()):
            if each.kind in INCIDENTS:
                kind, text = sayings.what(each, staff_named=False)
                found.append(ReportIncident(day=sayings.short_day(one.at_ms), text=f"{kind}: {text}"))
        if one.outcome != "completed" and not said.get(one.session):
            found.append(ReportIncident(day=sayings.short_day(one.at_ms), text=tell(one.told)))
    return found


def _heart(portrait: Portrait, now_ms: int) -> str:
    body = portrait.person.body
    if body.beta_blocker:
        return say("With a beta blocker exertion counts, not the heart.")
    most = hr_max_bpm(body, now_ms)
    measured = body.hr_max_bpm is not None
    source = say("measured or a clinician's") if measured else say("by age")
    return say("Maximum heart rate {bpm} bpm, {source}.", bpm=most, source=source)


def _methods(counting: str) -> tuple[str, ...]:
    told = (
        say("Speed and distance are the treadmill's own; minutes are those in which the belt moved."),
        say("Heart rates are of a chest strap or armband, kept with the member's consent only."),
        say("Exertion and pain are what the member said. Tests were timed by hand."),
        counting,
        say(
            "Backstride guides and records. It makes no diagnosis, and replaces no judgement of a professional."
        ),
    )
    return tuple(one for one in told if one)
