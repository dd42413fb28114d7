"""A member's prescription: what is in force and how far it is followed, its versions, and the form. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device_adapters.safety.limits import Goal, limits_for
from device_adapters.units import DAY_MS
from services.console.languages import say, say_many
from services.console.past import sayings
from services.members import prescription
from services.members.clean import counts, is_clean
from services.members.model import Prescription
from services.members.portrait import Portrait
from services.members.progression import standing
from services.rules.doses import per_week
from services.texts.figures import fixed
from services.texts.programmes import in_words

WEEKS = (4, 6, 8, 12, 26)
"""For how long one may prescribe."""

PAIN_STOP = 5
"""What the form begins with."""

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescribedVersion:
    """One version, in words."""

    day: str
    what: str
    until: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalLimits:
    """What the member's level in a goal allows."""

    goal: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionPage:
    """What it shows. `now` empty: nothing is in force. `form`: what the form begins with, by field."""

    member: str
    alias: str
    now: Facts
    versions: tuple[PrescribedVersion, ...]
    limits: tuple[GoalLimits, ...]
    form: dict[str, str]


def prescription_page(portrait: Portrait, names: Mapping[str, str], now_ms: int) -> PrescriptionPage:
    """Of one member; `names`: of who signed, where they are known."""
    newest = portrait.dossier.prescription
    holds = newest is not None and newest.holds(now_ms)
    return PrescriptionPage(
        member=portrait.id,
        alias=portrait.person.alias,
        now=facts(portrait, now_ms),
        versions=tuple(_version(one, names) for one in reversed(portrait.prescriptions)),
        limits=tuple(goal_limits(portrait, goal, now_ms) for goal in Goal),
        form=_form(newest if holds else None),
    )


def facts(portrait: Portrait, now_ms: int) -> Facts:
    """What is in force, and what was done of it; nothing if none is."""
    given = portrait.dossier.prescription
    if given is None or not given.holds(now_ms):
        return ()
    done = [r for r in portrait.history if r.goal is given.goal and r.began_ms >= given.at_ms and counts(r)]
    weeks = max(1, -(-(now_ms - given.at_ms) // (7 * DAY_MS)))
    clean = sum(is_clean(record, portrait.person.body) for record in done)
    row = limits_for(given.goal, standing(portrait.dossier, given.goal, now_ms).level)
    fastest = min(prescription.speed_ckmh(given, now_ms), row.speed_max_ckmh)
    return (
        (say("Goal"), sayings.goal(given.goal)),
        (say("Programme"), in_words(given.programme) or say("The built-in one")),
        (
            say("Speed"),
            say("from {from_kmh} km/h, now at most {now_kmh} km/h",
                from_kmh=fixed(given.speed_ckmh / 100), now_kmh=fixed(fastest / 100)),
        ),
        (say("Minutes"), say("at most {minutes} a session", minutes=given.minutes)),
        (say("Sessions a week"), str(given.sessions_week)),
        (say("Stops at"), _stops(given)),
        (say("Until"), sayings.day(given.until_ms)),
        (
            say("Followed"),
            say_many(
                "{done} of {count} session so far, {clean} of them clean",
                "{done} of {count} sessions so far, {clean} of them clean",
                weeks * given.sessions_week, done=len(done), clean=clean,
            ),
        ),
    )  # fmt: skip


def _stops(given: Prescription) -> str:
    pain = say("pain of {pain} of 10", pain=given.pain_stop)
    if given.hr_ceiling_bpm is None:
        return pain
    return f"{pain}, {say('a heart rate of {bpm} bpm', bpm=given.hr_ceiling_bpm)}"


def _version(given: Prescription, names: Mapping[str, str]) -> PrescribedVersion:
    what = say(
        "{goal}: from {kmh} km/h, {minutes} min, {count} a week",
        goal=sayings.goal(given.goal), kmh=fixed(given.speed_ckmh / 100), minutes=given.minutes,
        count=given.sessions_week,
    )  # fmt: skip
    ended = given.until_ms <= given.at_ms
    return PrescribedVersion(
        day=sayings.day(given.at_ms),
        what=say("Ended") if ended else f"{what}, {_stops(given)}",
        until="" if ended else sayings.day(given.until_ms),
        by=", ".join(filter(None, (names.get(given.by, given.by), given.clinician))),
        why=given.why,
    )


def goal_limits(portrait: Portrait, goal: Goal, now_ms: int) -> GoalLimits:
    """What the member's level in a goal allows."""
    level = standing(portrait.dossier, goal, now_ms).level
    row = limits_for(goal, level)
    text = say(
        "{level}: up to {kmh} km/h, {minutes} min, {count} a week",
        level=sayings.level(level), kmh=fixed(row.speed_max_ckmh / 100), minutes=row.session_max_s // 60,
        count=per_week(goal, level),
    )  # fmt: skip
    return GoalLimits(goal=goal.value, name=sayings.goal(goal), text=text)


def _form(given: Prescription | None) -> dict[str, str]:
    if given is None:
        names = (
            "goal",
            "programme",
            "speed_kmh",
            "minutes",
            "sessions_week",
            "hr_ceiling_bpm",
            "clinician",
            "why",
        )
        return {**dict.fromkeys(names, ""), "pain_stop": str(PAIN_STOP), "weeks": str(WEEKS[1])}
    return {
        "goal": given.goal.value, "programme": given.programme, "speed_kmh": f"{given.speed_ckmh / 100:g}",
        "minutes": str(given.minutes), "sessions_week": str(given.sessions_week), "pain_stop": str(given.pain_stop),
        "hr_ceiling_bpm": "" if given.hr_ceiling_bpm is None else str(given.hr_ceiling_bpm),
        "clinician": given.clinician, "why": given.why, "weeks": str(WEEKS[1]),
    }  # fmt: skip


def field_words(field: str) -> str:
    """Why a prescription was not kept, by the field that does not fit."""
    names: dict[str, str] = {
        "speed_ckmh": say("Speed to start from"), "minutes": say("Minutes of a session"),
        "sessions_week": say("Sessions a week"), "pain_stop": say("Stop at pain"),
        "hr_ceiling_bpm": say("Heart rate at most"), "until_ms": say("Weeks"), "why": say("Reason"),
    }  # fmt: skip
    name = names.get(field, say("Form"))
    return say(
        "{field}: outside what this member's level or the form allows. Nothing was changed.", field=name
    )


def programmes_of(own: Sequence[tuple[str, str]], chosen: str) -> tuple[str, ...]:
    """Names of the gym's own programmes to choose from (name, goal), with the one that was chosen, if it is no more."""
    names = tuple(dict.fromkeys(name for name, _ in own))
    return names if not chosen or chosen in names else (*names, chosen)
