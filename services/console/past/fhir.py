"""A member's sessions, answers and tests as FHIR R4 observations, in one bundle. Pure.

Codes are LOINC's where one was read for it (HL7 Physical Activity 1.0: 55411-3, 55425-3, 55426-1; 64098-7, 72514-3);
else the measure's own name under SYSTEM. The subject is the pseudonym: no name is in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.history.course import SessionCourse
from services.history.model import Ended
from services.members.model import SessionRecord
from services.members.outcomes import OutcomeMeasure, OutcomeResult, protocol
from services.members.portrait import Portrait

SYSTEM = "urn:backstride"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
MEDIA_TYPE = "application/fhir+json"

Resource = dict[str, Any]
Code = tuple[str, str, str]
"""System, code and display."""

DURATION: Code = (LOINC, "55411-3", "Exercise duration")
HEART_MEAN: Code = (LOINC, "55425-3", "Heart rate unspecified time mean by Pedometer")
HEART_MOST: Code = (LOINC, "55426-1", "Heart rate unspecified time maximum by Pedometer")
PAIN: Code = (LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
WALK_6MIN: Code = (LOINC, "64098-7", "Six minute walk test")
EXERTION: Code = (SYSTEM, "rpe", "Rating of perceived exertion, 6 to 20")


def bundle(
    portrait: Portrait,
    ended: Sequence[Ended],
    courses: Mapping[str, SessionCourse],
    *,
    version: str,
    now_ms: int,
) -> Resource:
    """Of `ended`, with what each was summed up to, and of all tests."""
    observed = [*_of_sessions(portrait, ended, courses), *map(_of_test, portrait.outcomes)]
    whole = {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"identifier": {"system": f"{SYSTEM}:member", "value": portrait.id}},
        "device": {"display": f"Backstride {version}"},
    }
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _time(now_ms),
        "entry": [{"resource": {**whole, **one}} for one in observed],
    }


def _of_sessions(
    portrait: Portrait, ended: Sequence[Ended], courses: Mapping[str, SessionCourse]
) -> Iterator[Resource]:
    records = {record.session: record for record in portrait.history}
    for one in ended:
        record, summed = records.get(one.session), courses.get(one.session)
        began_ms = record.began_ms if record else summed.begin_ms if summed else one.at_ms
        when = {"effectivePeriod": {"start": _time(began_ms), "end": _time(max(began_ms, one.at_ms))}}
        yield {
            **_observed("activity", DURATION),
            **when,
            "valueQuantity": _quantity(round(one.minutes, 1), "min"),
        }
        for code, bpm in _hearts(record, summed):
            yield {**_observed("activity", code), **when, "valueQuantity": _quantity(bpm, "/min")}
        if record is not None:
            yield from _answers(record)


def _hearts(record: SessionRecord | None, summed: SessionCourse | None) -> Iterator[tuple[Code, int]]:
    for code, of_record, of_course in (
        (HEART_MEAN, record and record.hr_mean_bpm, summed and summed.hr_mean_bpm),
        (HEART_MOST, record and record.hr_peak_bpm, summed and summed.hr_peak_bpm),
    ):
        bpm = of_course or of_record
        if bpm:
            yield code, bpm


def _answers(record: SessionRecord) -> Iterator[Resource]:
    said, at = record.answers, {"effectiveDateTime": _time(record.ended_ms)}
    for code, value, note in (
        (EXERTION, said.rpe, ""),
        (PAIN, said.pain, "at the end of the session"),
        (PAIN, said.pain_next_day, "on the day after the session"),
    ):
        if value is not None:
            told = {"note": [{"text": note}]} if note else {}
            yield {**_observed("survey", code), **at, "valueQuantity": _quantity(value, "{score}"), **told}


def _of_test(result: OutcomeResult) -> Resource:
    how = protocol(result.measure)
    unit = {"s": "s", "m": "m", "": "{count}", "/10": "{score}"}[how.unit]
    code = {OutcomeMeasure.WALK_6MIN: WALK_6MIN, OutcomeMeasure.PAIN: PAIN}.get(
        result.measure, (SYSTEM, result.measure.value, result.measure.value.replace("_", " "))
    )
    return {
        **_observed("survey" if result.measure is OutcomeMeasure.PAIN else "exam", code),
        "effectiveDateTime": _time(result.at_ms),
        "valueQuantity": _quantity(result.value_c / 100, unit),
    }


def _observed(category: str, code: Code) -> Resource:
    system, word, display = code
    return {
        "category": [{"coding": [{"system": CATEGORIES, "code": category}]}],
        "code": {"coding": [{"system": system, "code": word, "display": display}], "text": display},
    }


def _quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat()
