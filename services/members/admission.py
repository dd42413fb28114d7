"""May this member begin this session now, and inside which limits of their own? Pure.

Every refusal is a stable word and what people are told, with what to do. It goes over the bus, so it tells no
measurement and no name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Phrase, Refusal
from device_adapters.safety.heart import hr_max_by_age
from device_adapters.safety.limits import Goal, Level, ceiling_for, limits_for
from device_adapters.units import DAY_MS, HOUR_MS
from services.members import doses, prescription
from services.members.clean import counts
from services.members.growth import Caps, Demand, caps
from services.members.model import (
    ADULT_YEARS,
    EXCLUDING,
    MOBILITY_ONLY,
    SCREENING_FORM,
    Body,
    Dossier,
    Purpose,
    SessionRecord,
)
from services.members.progression import LevelStanding, standing, to_next
from services.rules.doses import per_week


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWish:
    """What is asked for. `by` and `why`: who of the staff overrides a gap or a week, and the reason.

    `arms_reach`: staff declared a person beside the member, or a harness; `harness`: the latter.
    """

    goal: Goal
    level: Level
    demand: Demand
    by: str = ""
    why: str = ""
    arms_reach: bool = False
    harness: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The member may begin. `level` is the highest that is signed off and in force.

    `hr_max_bpm` None: no percentage of HRmax holds for this heart; RPE counts. `arms_reach`: it has to be there.
    `overridden`: the rules that staff's reason set aside. `presence`: staff are to be asked whether they are with the
    member. `mobility_only`: within the limits of mobility. `ceiling_ckmh`: nobody may raise this member's speed above
    it; None: the goal's own ceiling holds.
    """

    level: Level
    caps: Caps
    hr_max_bpm: int | None
    hr_rest_bpm: int | None
    arms_reach: bool = False
    overridden: str = ""
    presence: bool = False
    mobility_only: bool = False
    ceiling_ckmh: int | None = None


ARMS_REACH = Refusal("arms_reach", keys.arms_reach())


def training_on(treadmill: str) -> Refusal:
    """A member walks on one belt at a time."""
    return Refusal("member_busy", keys.member_busy(treadmill))


def may_start(dossier: Dossier, wish: StartWish, now_ms: int) -> Allowance | Refusal:
    """The first gate that is not met, or what the session may do."""
    gated = _gated(dossier, wish, now_ms)
    reach = doses.at_arms_reach(wish.goal, wish.level) or (gated and _needs_arms_reach(dossier))
    at = standing(dossier, wish.goal, now_ms)
    refusal = (
        _screened(dossier, now_ms)
        or (_walked(dossier) if gated else None)
        or _harnessed(dossier, wish)
        or (ARMS_REACH if reach and not wish.arms_reach else None)
        or _levelled(at, wish)
    )
    if refusal is not None:
        return refusal
    prescribed = dossier.prescribed(wish.goal, now_ms)
    most = prescription.most_a_week(prescribed, per_week(wish.goal, wish.level))
    rest, overridden = _rested(dossier.history, wish, most, now_ms)
    stop = prescription.hurts(prescribed, dossier.history) or rest
    if stop is not None:
        return stop
    heart = hr_max_bpm(dossier.body, now_ms)
    return Allowance(
        level=at.level,
        caps=prescription.within(prescribed, caps(at, wish.level, wish.demand, now_ms), wish.demand, now_ms),
        hr_max_bpm=prescription.hr_max_bpm(prescribed, heart, limits_for(wish.goal, wish.level).hr_max_dpct),
        hr_rest_bpm=None if dossier.body.beta_blocker else dossier.body.hr_rest_bpm,
        arms_reach=reach,
        overridden=overridden,
        presence=gated and _walk_cs(dossier) >= doses.BACKWARD_WALK_PRESENCE_CS,
        mobility_only=_mobility_only(dossier),
        ceiling_ckmh=_ceiling_ckmh(dossier, wish.goal, now_ms),
    )


def rested_from_ms(dossier: Dossier, goal: Goal, level: Level, now_ms: int) -> int:
    """From when gap and week allow the next session of a goal, without a reason of staff's; wall time, ms."""
    counted = [record for record in dossier.history if counts(record)]
    gap = max((record.ended_ms + doses.gap_ms(goal) for record in counted), default=0)
    week = sorted(r.began_ms for r in counted if r.goal is goal and now_ms - r.began_ms < doses.WEEK_MS)
    most = prescription.most_a_week(dossier.prescribed(goal, now_ms), per_week(goal, level))
    return max(gap, week[len(week) - most] + doses.WEEK_MS) if len(week) >= most else gap


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
        return Refusal("birth_year", keys.birth_year(str(birth_year)))
    if age < ADULT_YEARS:
        return Refusal("under_age", keys.under_age())
    if age == ADULT_YEARS and not adult:
        return Refusal("under_age", keys.birthday_unseen())
    return None


def _mobility_only(dossier: Dossier) -> bool:
    seen = dossier.screening
    return seen is not None and bool(seen.contraindications & MOBILITY_ONLY)


def _gated(dossier: Dossier, wish: StartWish, now_ms: int) -> bool:
    """Does the gate of the timed backward walk apply (domain.md §2.3)?"""
    if wish.goal is Goal.MOBILITY or _mobility_only(dossier):
        return True
    age = age_years(dossier.body, now_ms)
    speed_ckmh = min(wish.demand.speed_ckmh, limits_for(wish.goal, wish.level).speed_max_ckmh)
    return age >= doses.OLD_YEARS or (age >= doses.FAST_YEARS and speed_ckmh > doses.FAST_CKMH)


def _walk_cs(dossier: Dossier) -> int:
    """The timed 3 m backward walk; without one as long as can be."""
    walk_cs = dossier.screening.backward_walk_cs if dossier.screening is not None else None
    return doses.BACKWARD_WALK_OUT_CS if walk_cs is None else walk_cs


def _needs_arms_reach(dossier: Dossier) -> bool:
    fell = dossier.screening is not None and dossier.screening.fall_12_months
    return fell or _walk_cs(dossier) >= doses.BACKWARD_WALK_CLINICIAN_CS


def _ceiling_ckmh(dossier: Dossier, goal: Goal, now_ms: int) -> int | None:
    """What a raise under way may not pass, for it asks no gate again."""
    if _mobility_only(dossier):
        return ceiling_for(Goal.MOBILITY).speed_max_ckmh
    unproven = _walk_cs(dossier) >= doses.BACKWARD_WALK_CLINICIAN_CS
    if unproven and goal is not Goal.MOBILITY and age_years(dossier.body, now_ms) >= doses.FAST_YEARS:
        return doses.FAST_CKMH
    return None


def _screened(dossier: Dossier, now_ms: int) -> Refusal | None:
    seen = dossier.screening
    if Purpose.SESSION_RECORDS not in dossier.purposes:
        return Refusal("no_consent", keys.no_consent())
    if seen is None:
        return Refusal("screening_missing", keys.screening_missing())
    if now_ms - seen.at_ms >= doses.SCREENING_VALID_MS:
        return Refusal("screening_old", keys.screening_old())
    if seen.form < SCREENING_FORM:
        return Refusal("screening_old", keys.screening_asks_more())
    if seen.contraindications & EXCLUDING:
        return Refusal("screened_out", keys.screened_out())
    if seen.contraindications and not seen.clinician_ok_by:
        return Refusal("clinician_first", keys.clinician_after_screening())
    return None


def _walked(dossier: Dossier) -> Refusal | None:
    """The gate of the timed backward walk, for whom it applies."""
    seen = dossier.screening
    if seen is None or seen.backward_walk_cs is None:
        return Refusal("backward_walk_missing", keys.backward_walk_missing())
    if seen.backward_walk_cs >= doses.BACKWARD_WALK_OUT_CS:
        return Refusal("backward_walk_too_slow", keys.backward_walk_too_slow())
    if _needs_arms_reach(dossier) and not seen.clinician_ok_by:
        return Refusal("clinician_first", keys.clinician_after_walk())
    return None


def _harnessed(dossier: Dossier, wish: StartWish) -> Refusal | None:
    if not _mobility_only(dossier) or wish.harness:
        return None
    return Refusal("harness", keys.harness_needed())


def _levelled(at: LevelStanding, wish: StartWish) -> Refusal | None:
    if doses.rank(wish.level) <= doses.rank(at.level):
        return None
    if at.lost is not None and doses.rank(wish.level) <= doses.rank(at.lost):
        return Refusal("detrained", keys.detrained(doses.BEGIN_AGAIN_MS // DAY_MS, at.lost, at.level))
    missing = to_next(at) or (keys.ready_to_sign_off(),)
    above = doses.next_level(at.level)
    said = keys.level_not_signed_off(wish.level, wish.goal, at.level, above, missing)
    return Refusal("level_not_signed_off", said)


def _rested(
    history: tuple[SessionRecord, ...], wish: StartWish, most: int, now_ms: int
) -> tuple[Refusal | None, str]:
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
    if done < most:
        return None, overridden
    ceiling = doses.per_week_ceiling(wish.goal)
    if reasoned and done < ceiling:
        return None, ", ".join(filter(None, (overridden, "weekly_cap")))
    first = min(r.began_ms for r in counted if r.goal is wish.goal and now_ms - r.began_ms < doses.WEEK_MS)
    due = _hours(first + doses.WEEK_MS - now_ms)
    if done < ceiling:
        return Refusal("weekly_cap", keys.weekly_cap_with_reason(done, most, due, ceiling)), ""
    return Refusal("weekly_cap", keys.weekly_cap(done, most, due)), ""


def _gap_refusal(goal: Goal, left_ms: int, since_ms: int) -> Refusal:
    hours = doses.gap_ms(goal) // HOUR_MS
    more = keys.gap_with_reason() if since_ms >= doses.LEAST_GAP_MS else keys.gap_never_less()
    return Refusal("minimum_gap", keys.minimum_gap(hours, _hours(left_ms), more))


def _hours(ms: int) -> Phrase:
    hours = -(-ms // HOUR_MS)
    return keys.due_in_hours(hours) if hours < 48 else keys.due_in_days(hours // 24)
