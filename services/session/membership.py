"""A start request and its member: what is asked of the members store, and what its answer makes of the start. Pure."""

from dataclasses import dataclass, replace

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Level, Limits, limits_for
from services.members.admission import Allowance, Wish
from services.members.growth import Demand
from services.members.model import Refusal
from services.programme import plan
from services.session.engine.events import Start
from services.session.request_parsing import Declined


@dataclass(frozen=True, slots=True)
class Face:
    """What others may see of a member: the alias, and whether it may be on the wall (consent given, no opt-out)."""

    alias: str = ""
    on_board: bool = False


NOBODY = Face()


def guest_refusal(start: Start) -> Declined | None:
    """Nobody knows what a guest has practised, so a guest is a novice."""
    if start.wanted.programme.level is Level.NOVICE:
        return None
    return Declined(
        "guest_novice_only",
        "Without a member only novice sessions start: choose the member, or the level novice.",
    )


def wish_for(start: Start, request: m.SessionRequest) -> Wish:
    """What the members store is asked."""
    programme = start.wanted.programme
    return Wish(
        goal=programme.goal,
        level=programme.level,
        demand=Demand(**plan.retro_demand(programme)),
        by=request.by,
        why=request.why,
        arms_reach=request.spotter or request.harness,
    )


def admitted(start: Start, face: Face, answer: Allowance | Refusal, why: str) -> Start | Declined:
    """The start with what the store knows in the place of what the request said."""
    if isinstance(answer, Refusal):
        return Declined(answer.cause, answer.text)
    told = [f"Held to {'; '.join(answer.caps.held)}."] if answer.caps.held else []
    if start.wanted.hr_max_bpm not in (None, answer.hr_max_bpm):
        told.append(_own_heart(answer.hr_max_bpm))
    wanted = replace(
        start.wanted,
        alias=face.alias,
        on_board=face.on_board,
        override_why=why.strip() if answer.overridden else "",
        hr_max_bpm=answer.hr_max_bpm,
        hr_rest_bpm=answer.hr_rest_bpm,
        member_limits=_limits(start, answer),
        told=" ".join(told),
    )
    return replace(start, wanted=wanted)


def _own_heart(hr_max_bpm: int | None) -> str:
    """What was given with the request does not count for somebody who is known."""
    if hr_max_bpm is None:
        return "The hr_max_bpm given is not used: for this member no highest heart rate holds, and exertion counts."
    return (
        f"The hr_max_bpm given is not used: the member's own is {hr_max_bpm} bpm. Change it with the member."
    )


def _limits(start: Start, answer: Allowance) -> Limits:
    programme = start.wanted.programme
    return replace(
        limits_for(programme.goal, programme.level),
        speed_max_ckmh=answer.caps.speed_ckmh,
        grade_max_dpct=answer.caps.grade_dpct,
        session_max_s=answer.caps.session_s,
    )
