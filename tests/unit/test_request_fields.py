"""What a person asks for is asked of the engine, field by field: a field that nobody reads turns a test red."""

from typing import Any

import pytest
from field_by_field import every

from device_adapters.contract import messages as m
from device_adapters.contract.phrase import Refusal
from device_adapters.safety.limits import Goal, Level
from services.programme.library import find
from services.session.engine.events import Start
from services.session.request_parsing import StrapChoice, event_for

BARE: dict[m.SessionVerb, dict[str, Any]] = {
    "start": {"goal": Goal.MOBILITY, "level": Level.NOVICE},
    "adjust": {"by": "Kim", "speed_max_kmh": 4.0},
    "clear": {"by": "Kim"},
    "feedback": {"by": "Kim", "text": "well"},
    "stop": {},
}
READ: dict[str, tuple[m.SessionVerb, Any]] = {
    "id": ("stop", "r2"), "client": ("stop", "other"), "asker": ("stop", "token-1"), "by": ("stop", "Kim"),
    "goal": ("start", Goal.KNEE_STRENGTH), "level": ("start", Level.INTERMEDIATE), "programme": ("start", "none such"),
    "programme_text": ("start", "no programme"), "strap": ("start", "hr-02"), "member": ("start", "m-1"),
    "alias": ("start", "Fox"), "hr_max_bpm": ("start", 181), "spotter": ("start", True), "harness": ("start", True),
    "hold": ("start", True), "language": ("start", "de"), "waiver": ("start", "it itches"),
    "countdown_s": ("start", 7), "presence_s": ("start", 45), "speed_max_kmh": ("adjust", 4.5),
    "why": ("adjust", "used to it"), "minutes": ("adjust", 6), "session": ("feedback", "s-7"),
    "text": ("feedback", "a word"), "rpe": ("feedback", 4), "pain": ("feedback", 3), "latch": ("clear", "off_ramp"),
}  # fmt: skip
ELSEWHERE = {
    "verb", "treadmill",  # which engine, and which of its events
    "screened",  # the members' gate
    "class_id",  # read where a class leads (below)
    "beat",  # how old it is
}  # fmt: skip


def request(verb: m.SessionVerb, **more: Any) -> m.SessionRequest:
    values: dict[str, Any] = {"id": "r1", "client": "desk", "treadmill": "tm-01", **BARE[verb], **more}
    return m.SessionRequest(verb=verb, **values)


def asked(request: m.SessionRequest, **how: Any) -> Any:
    return event_for(request, "s-1", StrapChoice(request.strap, busy=False), **how)


def test_each_field_of_a_request_is_read_by_somebody() -> None:
    assert every(request("stop")).keys() == READ.keys() | ELSEWHERE


@pytest.mark.parametrize("name", READ)
def test_what_is_said_in_a_request_makes_it_another(name: str) -> None:
    verb, value = READ[name]
    bare = asked(request(verb))
    assert not isinstance(bare, Refusal)
    assert asked(request(verb, **{name: value})) != bare


@pytest.mark.parametrize("name", ["spotter", "harness", "hold"])
def test_no_two_truths_of_a_start_are_taken_for_one_another(name: str) -> None:
    bare, other = asked(request("start")), asked(request("start", **{name: True}))
    assert isinstance(other, Start)
    before, after = every(bare.wanted), every(other.wanted)
    assert {each for each in after if after[each] != before[each]} == {name}


def test_a_start_for_a_class_says_of_which() -> None:
    led = find(Goal.MOBILITY, Level.NOVICE)
    assert asked(request("start", class_id="class-1"), led=led).wanted.class_id == "class-1"
