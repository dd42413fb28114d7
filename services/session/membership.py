"""A start request and its member: what is asked of the members store, and what its answer makes of the start. Pure."""

from dataclasses import dataclass, replace

from device_adapters.contract import messages as m
from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Phrase, Refusal
from device_adapters.safety.limits import Goal, Limits, limits_for, tighter
from services.members import doses
from services.members.admission import ARMS_REACH, Allowance, StartWish
from services.members.growth import Demand
from services.programme import plan
from services.rules.guests import GUEST_LEVEL
from services.session.engine.events import Start
from services.session.engine.questions import PRESENCE_MS


@dataclass(frozen=True, slots=True)
class Face:
    """What others may see of a member: the alias, and whether it may be on the wall (consent given, no opt-out)."""

    alias: str = ""
    on_board: bool = False


NOBODY = Face()


def guest_refusal(start: Start) -> Refusal | None:
    """Above the level of guests there has to be a member; at it, somebody beside a guest as beside a member."""
    wanted = start.wanted
    if wanted.programme.level is not GUEST_LEVEL:
        return Refusal("guest_novice_only", keys.guest_novice_only())
    beside = wanted.spotter or wanted.harness
    needed = doses.at_arms_reach(wanted.programme.goal, wanted.programme.level)
    return ARMS_REACH if needed and not beside else None


def unasked(start: Start, request: m.SessionRequest) -> Refusal | None:
    """Nobody trains who was not asked: a member what has changed, a guest the whole screening (domain.md §1.5)."""
    if request.screened:
        return None
    if start.wanted.member:
        return Refusal("changes_not_asked", keys.changes_not_asked())
    return Refusal("guest_not_screened", keys.guest_not_screened())


def guest_held(start: Start) -> Start:
    """A guest's age is not known: the speed from which the walk is timed is theirs to the end (domain.md §2.3)."""
    row = limits_for(start.wanted.programme.goal, start.wanted.programme.level)
    limits = replace(row, speed_max_ckmh=min(row.speed_max_ckmh, doses.FAST_CKMH))
    return replace(start, wanted=replace(start.wanted, member_limits=limits, ceiling_ckmh=doses.FAST_CKMH))


def wish_for(start: Start, request: m.SessionRequest) -> StartWish:
    """What the members store is asked."""
    programme = start.wanted.programme
    return StartWish(
        goal=programme.goal,
        level=programme.level,
        demand=Demand(**plan.retro_demand(programme)),
        by=request.by,
        why=request.why,
        arms_reach=request.spotter or request.harness,
        harness=request.harness,
    )


def admitted(start: Start, face: Face, answer: Allowance | Refusal, why: str) -> Start | Refusal:
    """The start with what the store knows in the place of what the request said."""
    if isinstance(answer, Refusal):
        return answer
    told = keys.held_to(answer.caps.held) if answer.caps.held else None
    if start.wanted.hr_max_bpm not in (None, answer.hr_max_bpm):
        heart = _own_heart(answer.hr_max_bpm)
        told = heart if told is None else keys.both(told, heart)
    wanted = replace(
        start.wanted,
        alias=face.alias,
        on_board=face.on_board,
        override_why=why.strip() if answer.overridden else "",
        hr_max_bpm=answer.hr_max_bpm,
        hr_rest_bpm=answer.hr_rest_bpm,
        member_limits=_limits(start, answer),
        ceiling_ckmh=answer.ceiling_ckmh,
        presence_ms=start.wanted.presence_ms or (PRESENCE_MS if answer.presence else 0),
        told=told,
    )
    return replace(start, wanted=wanted)


def _own_heart(hr_max_bpm: int | None) -> Phrase:
    """What was given with the request does not count for somebody who is known."""
    return keys.hr_max_not_used() if hr_max_bpm is None else keys.hr_max_of_member(hr_max_bpm)


def _limits(start: Start, answer: Allowance) -> Limits:
    programme = start.wanted.programme
    own = replace(
        limits_for(programme.goal, programme.level),
        speed_max_ckmh=answer.caps.speed_ckmh,
        grade_max_dpct=answer.caps.grade_dpct,
        session_max_s=answer.caps.session_s,
    )
    return tighter(own, limits_for(Goal.MOBILITY, programme.level)) if answer.mobility_only else own
