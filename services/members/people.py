"""Who a member is, as staff enter and find them; and the checks on what is entered. Pure."""

from dataclasses import dataclass

from device_adapters.contract.bounds import ALIAS_MAX, HR_MAX_BPM, HR_REST_BPM, PAIN, RPE, TEXT_MAX, WALK_CS
from device_adapters.contract.keys import fields
from services.members.admission import birth_year_refusal
from services.members.errors import MembersError, RuleRefusedError
from services.members.model import Answers, Body, HeartSource, Screening
from services.members.text import check_seen, tidied


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDetails:
    """What staff enter of a member. `alias` is what a wall board may show; `off_board`: it must not."""

    name: str
    alias: str
    body: Body
    contact: str = ""
    off_board: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A member in a list: nothing of their health."""

    id: str
    name: str
    alias: str
    visited_ms: int


def check_person(person: MemberDetails, *, adult: bool, now_ms: int) -> None:
    """MembersError names the field that does not fit; RuleRefusedError: under age."""
    _text("name", person.name, TEXT_MAX)
    _text("alias", person.alias, ALIAS_MAX)
    check_seen("name", tidied(person.name))
    check_seen("alias", tidied(person.alias))
    if len(person.contact) > TEXT_MAX:
        raise MembersError(fields.give_at_most(TEXT_MAX), "contact")
    refusal = birth_year_refusal(person.body.birth_year, adult=adult, now_ms=now_ms)
    if refusal is not None:
        raise RuleRefusedError(refusal)
    body = person.body
    _within("hr_max_bpm", body.hr_max_bpm, HR_MAX_BPM)
    _within("hr_rest_bpm", body.hr_rest_bpm, HR_REST_BPM)
    if (body.hr_max_bpm is None) is not (body.hr_max_source is HeartSource.FORMULA):
        raise MembersError(fields.say_source_or_formula(), "hr_max_bpm")
    if (body.hr_rest_bpm is None) is not (body.hr_rest_source is None) or (
        body.hr_rest_source is HeartSource.FORMULA
    ):
        raise MembersError(fields.say_source(), "hr_rest_bpm")


def check_screening(screening: Screening) -> None:
    """MembersError names the field that does not fit."""
    _text("by", screening.by, TEXT_MAX)
    walk_cs = screening.backward_walk_cs
    if walk_cs is not None and not WALK_CS[0] <= walk_cs <= WALK_CS[1]:
        raise MembersError(fields.outside_hundredths(walk_cs, *WALK_CS), "backward_walk")
    if len(screening.clinician_ok_by) > TEXT_MAX:
        raise MembersError(fields.give_at_most(TEXT_MAX), "clinician_ok_by")


def check_answers(answers: Answers) -> None:
    """MembersError names the field that does not fit."""
    _within("rpe", answers.rpe, RPE)
    _within("pain", answers.pain, PAIN)
    _within("pain_next_day", answers.pain_next_day, PAIN)


def check_by(by: str) -> str:
    """The name of the person who does it; MembersError without one."""
    _text("by", by, TEXT_MAX)
    return by.strip()


def _text(field: str, value: str, longest: int) -> None:
    if not 0 < len(value.strip()) <= longest:
        raise MembersError(fields.give_characters(1, longest), field)


def _within(field: str, value: int | None, bounds: tuple[int, int]) -> None:
    if value is not None and not bounds[0] <= value <= bounds[1]:
        raise MembersError(fields.outside(value, *bounds), field)
