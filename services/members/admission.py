"""May this member begin this session now, and inside which limits of their own? Pure.

Every refusal is a stable word and a text that says what to do. The texts go over the bus, so they tell no
measurement and no name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from device_adapters.safety.heart import hr_max_by_age
from device_adapters.safety.limits import Goal, Level
from services.members import doses
from services.members.clean import counts
from services.members.growth import Caps, Demand, caps
from services.members.model import (
    ADULT_YEARS,
    DAY_MS,
    EXCLUDING,
    HOUR_MS,
    Body,
    Dossier,
    Purpose,
    Refusal,
    SessionRecord,
)
from services.members.progression import Standing, standing, to_next
from services.rules.doses import per_week


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for. `by` and `why`: who of the staff overrides a gap or a week, and the reason.

    `arms_reach`: staff declared a person beside the member, or a harness.
    """

    goal: Goal
    level: Level
    demand: Demand
    by: str = ""
    why: str = ""
    arms_reach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The member may begin. `level` is the highest that is signed off and in force.

    `hr_max_bpm` None: no percentage of HRmax holds for this heart; RPE counts. `arms_reach`: it has to be there.
    `overridden`: the rules that staff's reason set aside.
    """

    level: Level
    caps: Caps
    hr_max_bpm: int | None
    hr_rest_bpm: int | None
    arms_reach: bool = False
    overridden: str = ""


def training_on(treadmill: str) -> Refusal:
    """A member walks on one belt at a time."""
    return Refusal("member_busy", f"This member trains on {treadmill}; end that session first.")


def may_start(dossier: Dossier, wish: Wish, now_ms: int) -> Allowance | Refusal:
    """The first gate that is not met, or what the session may do."""
    reach = _needs_arms_reach(dossier, wish.goal, now_ms)
    at = standing(dossier, wish.goal, now_ms)
    refusal = _screened(dossier, wish.goal, now_ms) or _reached_for(reach, wish) or _levelled(at, wish)
    if refusal is not None:
        return refusal
    rest, overridden = _rested(dossier.history, wish, now_ms)
    if rest is not None:
        return rest
    return Allowance(
        level=at.level,
        caps=caps(at, wish.level, wish.demand, now_ms),
        hr_max_bpm=hr_max_bpm(dossier.body, now_ms),
        hr_rest_bpm=None if dossier.body.beta_blocker else dossier.body.hr_rest_bpm,
        arms_reach=reach,
        overridden=overridden,
    )


def age_years(body: Body, now_ms: int) -> int:
    """The age that the member reaches this year: the higher one, and so the more careful."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).year - body.birth_year


def hr_max_bpm(body: Body, now_ms: int) -> int | None:
    """Measured or a clinician's, else the lower of Tanaka and Fox; None with a beta blocker."""
    if body.beta_blocker:
        return None
    return body.hr_max_bpm if body.hr_max_bpm is not None else hr_max_by_age(age_years(body, now_ms))


def birth_year_refusal(birth_year: int, *, adult: bool, now_ms: int) -> Refusal | None:
    """Nobody under 18. In the year of the 18th birthday a person must have seen that it was (`adult`)."""
    age = age_years(Body(birth_year=birth_year), now_ms)
    if not 0 <= age <= 120:
        return Refusal("birth_year", f"Birth year {birth_year} cannot be; give four digits, such as 1968.")
    if age < ADULT_YEARS:
        return Refusal("under_age", "Members are 18 or older; Backstride is not offered to minors.")
    if age == ADULT_YEARS and not adult:
        return Refusal("under_age", "Turns 18 this year: confirm that the birthday was seen to be past.")
    return None


def _gated(dossier: Dossier, goal: Goal, now_ms: int) -> bool:
    """Does the gate for mobility or age 65+ apply (domain.md §2.3)?"""
    return goal is Goal.MOBILITY or age_years(dossier.body, now_ms) >= doses.OLD_YEARS


def _needs_arms_reach(dossier: Dossier, goal: Goal, now_ms: int) -> bool:
    seen = dossier.screening
    if seen is None or not _gated(dossier, goal, now_ms):
        return False
    slow = seen.backward_walk_cs is not None and seen.backward_walk_cs >= doses.BACKWARD_WALK_CLINICIAN_CS
    return slow or seen.fall_12_months


def _screened(dossier: Dossier, goal: Goal, now_ms: int) -> Refusal | None:
    seen = dossier.screening
    if Purpose.SESSION_RECORDS not in dossier.purposes:
        return Refusal(
            "no_consent",
            "There is no consent to keep session records, so progress and gaps cannot be judged: ask for consent, "
            "or start a novice session without the member.",
        )
    if seen is None:
        return Refusal("screening_missing", "Not screened yet: ask the screening questions first.")
    if now_ms - seen.at_ms >= doses.SCREENING_VALID_MS:
        return Refusal("screening_old", "The screening is more than 12 months old: ask the questions again.")
    if seen.contraindications & EXCLUDING:
        return Refusal(
            "screened_out", "The screening rules retro sessions out; screen again when that is over."
        )
    if seen.contraindications and not seen.clinician_ok_by:
        return Refusal(
            "clinician_first", "The screening asks for a clinician's OK first; record who gave it."
        )
    if not _gated(dossier, goal, now_ms):
        return None
    if seen.backward_walk_cs is None:
        return Refusal(
            "backward_walk_missing",
            "For mobility, and from 65 years on, time a 3 m backward walk at the screening first.",
        )
    if seen.backward_walk_cs >= doses.BACKWARD_WALK_OUT_CS:
        return Refusal(
            "backward_walk_too_slow",
            "The timed backward walk was too slow for a treadmill; train on firm ground with a person beside.",
        )
    if _needs_arms_reach(dossier, goal, now_ms) and not seen.clinician_ok_by:
        return Refusal(
            "clinician_first", "Backward walk or a fall ask for a clinician's OK first; record who gave it."
        )
    return None


def _reached_for(needed: bool, wish: Wish) -> Refusal | None:
    if not needed or wish.arms_reach:
        return None
    return Refusal(
        "arms_reach", "A person within arm's reach, or a harness, is needed: declare it with the start."
    )


def _levelled(at: Standing, wish: Wish) -> Refusal | None:
    if doses.rank(wish.level) <= doses.rank(at.level):
        return None
    if at.lost is not None and doses.rank(wish.level) <= doses.rank(at.lost):
        return Refusal(
            "detrained",
            f"After {doses.BEGIN_AGAIN_MS // DAY_MS} days or more without training {at.lost} has lapsed: "
            f"begin again at {at.level}.",
        )
    missing = to_next(at) or "ready, staff has to sign it off"
    return Refusal(
        "level_not_signed_off",
        f"{wish.level.capitalize()} is not signed off for {wish.goal.replace('_', ' ')}; the level is {at.level}. "
        f"Towards {doses.next_level(at.level)}: {missing}.",
    )


def _rested(history: tuple[SessionRecord, ...], wish: Wish, now_ms: int) -> tuple[Refusal | None, str]:
    """The minimum gap and the week; the second value is the rules that a reason of staff set aside."""
    counted = [record for record in history if counts(record)]
    since_ms = now_ms - max((record.ended_ms for record in counted), default=0)
    reasoned, overridden = bool(wish.by.strip() and wish.why.strip()), ""
    if counted and since_ms < doses.gap_ms(wish.goal):
        least = doses.LEAST_GAP_MS if reasoned else doses.gap_ms(wish.goal)
        if since_ms < least:
            return _gap_refusal(wish.goal, least - since_ms, since_ms), ""
        overridden = "minimum_gap"
    done = sum(r.goal is wish.goal and now_ms - r.began_ms < doses.WEEK_MS for r in counted)
    most = per_week(wish.goal, wish.level)
    if done < most:
        return None, overridden
    ceiling = doses.per_week_ceiling(wish.goal)
    if reasoned and done < ceiling:
        return None, ", ".join(filter(None, (overridden, "weekly_cap")))
    first = min(r.began_ms for r in counted if r.goal is wish.goal and now_ms - r.began_ms < doses.WEEK_MS)
    more = f" Staff may allow up to {ceiling} with a reason." if done < ceiling else ""
    return Refusal(
        "weekly_cap",
        f"{done} sessions in this week, and {most} is the dose; the next is due in "
        f"{_hours(first + doses.WEEK_MS - now_ms)}.{more}",
    ), ""


def _gap_refusal(goal: Goal, left_ms: int, since_ms: int) -> Refusal:
    hours = doses.gap_ms(goal) // HOUR_MS
    may = since_ms >= doses.LEAST_GAP_MS
    more = " Staff may allow it now with a reason." if may else " Nobody can allow less than 20 h."
    return Refusal(
        "minimum_gap",
        f"Rest first: {hours} h from one session to the next, the next is due in {_hours(left_ms)}.{more}",
    )


def _hours(ms: int) -> str:
    hours = -(-ms // HOUR_MS)
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"
