"""What is said of a body, path or query that does not fit: the field, what is wrong, its bounds and the fix. Pure.

pydantic tells which rule was broken and by what number; its English is not used.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from device_adapters.contract import bounds
from device_adapters.contract.keys import fields
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Goal, Level
from services.texts.languages import LANGUAGES

GIVEN_MAX = 60
"""Characters of what was given that are told back."""

FIXES: Final[Mapping[str, Phrase]] = {
    "id": fields.give_request_id(1, bounds.REQUEST_ID_MAX),
    "treadmill": fields.give_id("tm-01"),
    "goal": fields.give_one_of(", ".join(Goal)),
    "level": fields.give_one_of(", ".join(Level)),
    "programme": fields.give_programme(bounds.TEXT_MAX),
    "strap": fields.give_id_or_own("hr-01"),
    "asked_s_ago": fields.give_seconds(0, bounds.ASKED_S_AGO_MAX),
    "alias": fields.give_at_most(bounds.ALIAS_MAX),
    "hr_max_bpm": fields.give_beats(*bounds.HR_MAX_BPM),
    "rpe": fields.give_number(*bounds.RPE),
    "pain": fields.give_number(*bounds.PAIN),
    "by": fields.give_characters(1, bounds.BY_MAX),
    "member": fields.give_member(),
    "text": fields.give_at_most(bounds.TEXT_MAX),
    "why": fields.give_at_most(bounds.TEXT_MAX),
    "spotter": fields.give_yes_or_no(),
    "harness": fields.give_yes_or_no(),
    "hold": fields.give_yes_or_no(),
    "language": fields.give_one_of(", ".join(LANGUAGES)),
    "screened": fields.give_yes_or_no(),
    "countdown_s": fields.give_seconds(*bounds.COUNTDOWN_S),
    "presence_s": fields.give_seconds_or_none(*bounds.PRESENCE_S),
    "speed_max_kmh": fields.give_speed(*bounds.SPEED_KMH),
    "minutes": fields.give_minutes(*bounds.RAISE_MINUTES),
    "session": fields.give_session(),
    "name": fields.give_characters(1, bounds.TEXT_MAX),
    "birth_year": fields.give_year("1968"),
    "fall_12_months": fields.give_yes_or_no(),
    "clinician_ok_by": fields.give_at_most(bounds.TEXT_MAX),
    "backward_walk_s": fields.give_seconds_or_none(bounds.WALK_CS[0] / 100, bounds.WALK_CS[1] / 100),
}
"""What to do, by field: from the numbers that the field is held to."""


def complaint(errors: Sequence[Any]) -> tuple[str, Phrase]:
    """To pages: the field of the first fault, and what is said of it, with what was given."""
    first = errors[0]
    place = _place(first)
    if not place:
        return "body", fields.body_unusable(wrong_with(first))
    field, wrong = place[-1], wrong_with(first)
    unknown = first["type"] == "extra_forbidden"
    fix = fields.leave_it_out(", ".join(FIXES)) if unknown else FIXES.get(field)
    if fix is None:
        return field, fields.field_fault(field, wrong)
    if first["type"] == "missing":
        return field, fields.field_without(field, wrong, fix)
    return field, fields.field_given(field, repr(first.get("input"))[:GIVEN_MAX], wrong, fix)


def complaint_to_programs(errors: Sequence[Any]) -> tuple[str, Phrase]:
    """To the REST API: what was given may be a name, and is not told back."""
    place = _place(errors[0])
    if not place:
        return "body", fields.body_unusable(wrong_with(errors[0]))
    field = ".".join(place)
    return field, fields.field_of_api(field, wrong_with(errors[0]))


def wrong_with(error: Mapping[str, Any]) -> Phrase:
    """What is wrong, by the rule that was broken and its numbers."""
    rule: Mapping[str, Any] = error.get("ctx", {})
    match str(error["type"]):
        case "missing":
            return fields.is_missing()
        case "extra_forbidden":
            return fields.not_known_here()
        case "json_invalid":
            return fields.no_json()
        case "greater_than_equal":
            return fields.below_least(rule["ge"])
        case "less_than_equal":
            return fields.above_most(rule["le"])
        case "string_too_short":
            return fields.too_short(rule["min_length"])
        case "string_too_long":
            return fields.too_long(rule["max_length"])
        case "too_long":
            return fields.too_many(rule["max_length"])
        case "enum" | "literal_error":
            return fields.not_one_of(", ".join(re.findall(r"'([^']*)'", str(rule["expected"]))))
        case kind:
            return _of_kind(kind)


def _of_kind(kind: str) -> Phrase:
    """It is of another type than it should be, or of the right one in another form."""
    if kind.startswith("int_"):
        return fields.no_whole_number()
    if kind.startswith("float_") or kind == "finite_number":
        return fields.no_number()
    if kind.startswith("bool_"):
        return fields.neither_true_nor_false()
    return fields.no_text() if kind == "string_type" else fields.another_form()


def _place(error: Mapping[str, Any]) -> list[str]:
    """Where the field is; nothing: it is the body as a whole."""
    return [] if error["type"] == "json_invalid" else [str(part) for part in error["loc"][1:]]
