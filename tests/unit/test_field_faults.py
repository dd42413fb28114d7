"""What does not fit a field is said in each language, from the numbers that the field is held to."""

import inspect
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from device_adapters.contract import bounds
from device_adapters.contract.keys import fields
from device_adapters.contract.keys.every import TEXTS
from services.console.bodies import members, releases, session, treadmills
from services.console.bodies.complaint import complaint, complaint_to_programs
from services.console.bodies.fields import JsonBody
from services.console.pages.levels import refused
from services.members.errors import TakenError
from services.texts.languages import LANGUAGES, SOURCE, speaking
from services.texts.telling import tell_in

JUNK: tuple[Any, ...] = (None, "", " ", "x" * 300, "\x00", -1, 10**9, 0.5, "180", True, [], ["x"] * 30, {})
THIN, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
FOREIGN = ("Input", "should", "String", "valid", "match")
"""Words of pydantic's own sentences."""


def bodies(module: ModuleType) -> list[type[JsonBody]]:
    return [
        body
        for _, body in inspect.getmembers(module, inspect.isclass)
        if issubclass(body, JsonBody) and body.__module__ == module.__name__
    ]


BODIES = [body for module in (members, releases, session, treadmills) for body in bodies(module)]


def errors(body: type[JsonBody], given: dict[str, Any]) -> list[Any]:
    try:
        TypeAdapter(body).validate_python(given)
    except ValidationError as e:
        return [{**error, "loc": ("body", *error["loc"])} for error in e.errors()]
    return []


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_whatever_is_wrong_with_a_field_is_said_in_each_language_and_by_nobody_else(
    body: type[JsonBody],
) -> None:
    for name in (*body.model_fields, "nobody_s_field"):
        for value in JUNK:
            for error in errors(body, {name: value}):
                for field, said in (complaint([error]), complaint_to_programs([error])):
                    told = {language: tell_in(language, said) for language in LANGUAGES}
                    assert len(set(told.values())) == len(LANGUAGES), told
                    assert not any(word in told[SOURCE].split() for word in FOREIGN), told[SOURCE]
                    assert all(each.startswith(field) for each in told.values()), told


@pytest.mark.parametrize(
    ("language", "page", "program"),
    [
        (
            "en",
            "hr_max_bpm is 99: it must be at least 100; give 100 to 230 beats per minute, or leave it out",
            "hr_max_bpm: it must be at least 100; see this request in /api/v1/openapi.json",
        ),
        (
            "de",
            "hr_max_bpm ist 99: es muss mindestens 100 sein; geben Sie 100 bis 230 Schläge pro Minute an, oder lassen "
            "Sie es weg",
            "hr_max_bpm: es muss mindestens 100 sein; siehe diese Anfrage in /api/v1/openapi.json",
        ),
        (
            "fr",
            f"hr_max_bpm vaut 99{WIDE}: il doit être d’au moins 100{THIN}; donnez de 100 à 230 battements par minute, "
            "ou omettez-le",
            f"hr_max_bpm{WIDE}: il doit être d’au moins 100{THIN}; voir cette requête dans /api/v1/openapi.json",
        ),
    ],
)
def test_a_number_beyond_its_bounds_is_told_with_them(language: str, page: str, program: str) -> None:
    found = errors(
        session.StartBody, {"goal": "mobility", "level": "novice", "hr_max_bpm": bounds.HR_MAX_BPM[0] - 1}
    )
    assert [tell_in(language, said(found)[1]) for said in (complaint, complaint_to_programs)] == [
        page,
        program,
    ]


def test_what_was_given_to_a_program_s_address_is_not_told_back() -> None:
    found = errors(members.Newcomer, {"name": "Wanda Ren" * 40})
    assert "Wanda" not in str(complaint_to_programs(found)[1])


def test_a_body_that_is_none_is_told_as_such() -> None:
    found = [{"type": "json_invalid", "loc": ("body", 1), "msg": "", "ctx": {"error": "Expecting value"}}]
    assert complaint(found)[0] == complaint_to_programs(found)[0] == "body"
    assert str(complaint(found)[1]) == TEXTS["body_unusable"].format(wrong="it is no JSON")


def test_what_the_members_store_refuses_is_told_to_a_page_in_its_language() -> None:
    with speaking("de"):
        answer = refused(TakenError(fields.alias_taken("Wren"), "alias"))
    assert answer.status_code == 409
    assert "alias: Wren gehört einem anderen Mitglied" in bytes(answer.body).decode()
