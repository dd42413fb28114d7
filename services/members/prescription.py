"""What a prescription makes of a session: it tightens what the rules allow, and never widens it. Pure."""

from dataclasses import replace

from device_adapters.contract.bounds import PAIN, TEXT_MAX
from device_adapters.contract.keys import fields
from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Phrase, Refusal
from device_adapters.safety.limits import FIRST_MOVEMENT_CKMH, limits_for
from device_adapters.units import DAY_MS
from services.members import doses
from services.members.errors import MembersError
from services.members.growth import Caps, Demand
from services.members.model import Body, Prescription, SessionRecord
from services.members.progression import LevelStanding
from services.rules.doses import per_week

LONGEST_MS = 182 * DAY_MS
"""Half a year: then somebody looks again."""

HR_CEILING_BPM = (80, 200)


def check_prescription(given: Prescription, at: LevelStanding, body: Body) -> None:
    """MembersError names the field that does not fit the member's level, or its own bounds."""
    row = limits_for(given.goal, at.level)
    _within("speed_ckmh", given.speed_ckmh, FIRST_MOVEMENT_CKMH, row.speed_max_ckmh)
    _within("minutes", given.minutes, 1, row.session_max_s // 60)
    _within("sessions_week", given.sessions_week, 1, per_week(given.goal, at.level))
    _within("pain_stop", given.pain_stop, PAIN[0] + 1, PAIN[1])
    if given.hr_ceiling_bpm is not None:
        _within("hr_ceiling_bpm", given.hr_ceiling_bpm, *HR_CEILING_BPM)
        if body.beta_blocker:
            raise MembersError(fields.heart_under_beta_blocker(), "hr_ceiling_bpm")
    if not 0 < given.until_ms - given.at_ms <= LONGEST_MS:
        raise MembersError(fields.within_half_a_year(), "until_ms")
    for field, text in (("why", given.why), ("by", given.by)):
        if not 0 < len(text.strip()) <= TEXT_MAX:
            raise MembersError(fields.give_characters(1, TEXT_MAX), field)
    for field, text in (("clinician", given.clinician), ("programme", given.programme)):
        if len(text) > TEXT_MAX:
            raise MembersError(fields.give_at_most(TEXT_MAX), field)


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise MembersError(fields.outside_level(value, least, most), field)


def speed_ckmh(given: Prescription, now_ms: int) -> int:
    """The fastest now: the speed to start from, and the goal's weekly step for each week that it has held."""
    weeks = max(0, now_ms - given.at_ms) // doses.SEVEN_DAYS_MS
    return given.speed_ckmh + weeks * doses.speed_step_ckmh(given.goal)


def within(given: Prescription | None, allowed: Caps, demand: Demand, now_ms: int) -> Caps:
    """The caps of a session under a prescription."""
    if given is None:
        return allowed
    fastest, longest_s = speed_ckmh(given, now_ms), given.minutes * 60
    held: list[Phrase] = []
    if min(demand.session_s, allowed.session_s) > longest_s:
        held.append(keys.held_minutes(float(given.minutes), keys.held_prescribed()))
    if min(demand.speed_ckmh, allowed.speed_ckmh) > fastest:
        held.append(keys.held_speed(fastest / 100, keys.held_prescribed()))
    return replace(
        allowed,
        session_s=min(allowed.session_s, longest_s),
        speed_ckmh=min(allowed.speed_ckmh, fastest),
        held=(*allowed.held, *held),
    )


def hurts(given: Prescription | None, history: tuple[SessionRecord, ...]) -> Refusal | None:
    """Nothing begins from the pain on that the prescription names, told after the last session or on its next day."""
    if given is None or not history:
        return None
    said = history[-1].answers
    pain = max(said.pain or 0, said.pain_next_day or 0)
    if pain < given.pain_stop:
        return None
    return Refusal("prescribed_pain", keys.prescribed_pain(pain, given.pain_stop))


def hr_max_bpm(given: Prescription | None, hr_max: int | None, hr_max_dpct: int) -> int | None:
    """The maximum that keeps the level's share of it below the prescribed ceiling."""
    if given is None or given.hr_ceiling_bpm is None or hr_max is None:
        return hr_max
    return min(hr_max, given.hr_ceiling_bpm * 1000 // hr_max_dpct)


def most_a_week(given: Prescription | None, allowed: int) -> int:
    """How many sessions the week holds."""
    return allowed if given is None else min(allowed, given.sessions_week)
