"""What people are told of a belt that may not do what it is told: never that it stops; once it rests, what it was."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from belt_states import belt, free
from belt_states import moving as moves
from envelope_rig import EnvelopeRig

from device_adapters.contract import boundary
from device_adapters.contract import messages as m
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import Hazard, Unlinked
from device_adapters.safety.hazards import MAY_GO_ON, RED, Cause, reaction
from device_adapters.safety.stops import worst_now

NOT_SURE = {
    Cause.LINK_LOST, Cause.DATA_SILENT, Cause.OVERSPEED, Cause.OFF_RAMP, Cause.NOT_STARTED, Cause.STOP_NOT_OBEYED,
    Cause.MOVED_WHILE_LATCHED, Cause.MACHINE_REBOOT, Cause.CONTROL_LOST, Cause.CONTROL_FAILED, Cause.UNIT_RESTARTED,
    Cause.MOVED_UNORDERED, Cause.WRONG_DIRECTION, Cause.LINE_SILENT, Cause.LINE_GARBLED,
    Cause.BELT_MOVES, Cause.STOP_LINE_OPEN, Cause.SET_DIFFERS,
}  # fmt: skip
"""Each hazard whose stop may not reach the belt, or meets one that does not follow."""


def said(rig: EnvelopeRig) -> m.TreadmillState:
    bare = m.TreadmillState(treadmill="tm-01", unit="u", boot="b", at_ms=0, link="connected")
    return boundary.treadmill_state(bare, rig.state, True, rig.now)


def moving() -> EnvelopeRig:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    return rig


def test_which_causes_are_not_sure() -> None:
    assert {cause for cause in Cause if not reaction(cause).sure} == NOT_SURE


@pytest.mark.parametrize("cause", Cause)
def test_the_member_hears_that_the_belt_stops_only_where_it_does(cause: Cause) -> None:
    row = reaction(cause)
    stops = "is stopping" in row.member
    assert stops <= row.sure
    if not row.sure:
        assert "tep off" in row.member
        assert "was stopped" not in row.staff
        assert cause is Cause.NOT_STARTED or (row.member == MAY_GO_ON and RED in row.staff)


@pytest.mark.parametrize("later", ["stop_pressed", "lease_expired", "safety_key", ""])
def test_a_belt_that_ignores_its_stop_is_told_of_while_it_moves(later: str) -> None:
    rig = moving()
    rig.obeys = False
    rig.do(Hazard(Cause(later or "overspeed")))
    rig.run(20_000)
    told = said(rig)
    first = reaction(Cause(later or "overspeed"))
    latched = "stop_not_obeyed" if first.sure else "overspeed"
    assert (told.latched, told.hazard) == (latched, "stop_not_obeyed")
    assert told.why == reaction(Cause.STOP_NOT_OBEYED).staff
    rig.belt_ckmh = 0
    rig.run(6_000)
    told = said(rig)
    assert (told.belt, told.latched, told.hazard) == ("still", latched, latched)
    assert told.why == reaction(Cause(latched)).rested, "and nobody trains on it before it was checked"
    assert "still moves" not in told.why
    assert "may not stop" not in told.why


@pytest.mark.parametrize("first", ["stop_pressed", "time_up", "safety_key"])
def test_a_stop_that_then_loses_the_belt_says_so(first: str) -> None:
    rig = moving()
    rig.do(Hazard(Cause(first)))
    rig.do(Unlinked())
    told = said(rig)
    assert (told.latched, told.hazard, told.belt) == (first, "link_lost", "unknown")
    assert "assume the belt still moves" in told.why


def test_a_stop_whose_commands_are_not_taken_says_so() -> None:
    rig = moving()
    rig.do(Hazard(Cause.SAFETY_KEY))
    rig.do(Hazard(Cause.CONTROL_FAILED))
    assert (said(rig).latched, said(rig).hazard) == ("safety_key", "control_failed")


@pytest.mark.parametrize("cause", sorted(NOT_SURE))
def test_at_rest_nobody_is_told_that_it_may_go_on(cause: Cause) -> None:
    rig = moving()
    rig.do(Hazard(cause))
    assert said(rig).why == reaction(cause).staff
    rig.belt_ckmh = 0
    rig.run(6_000)
    assert (said(rig).belt, said(rig).why) == ("still", reaction(cause).rested)


@pytest.mark.parametrize(
    ("latched", "of", "halts", "linked", "told"),
    [
        ("", "", 1, True, None),
        ("", "ordered", 1, True, None),
        ("", "overspeed", 1, True, None),  # nothing latched: an ordered stop, or one that is none of a hazard
        ("stop_pressed", "", 1, True, "stop_pressed"),
        ("stop_pressed", "ordered", 1, True, "stop_pressed"),
        ("stop_pressed", "console_pause", 0, True, "stop_pressed"),
        ("stop_pressed", "time_up", 1, True, "stop_pressed"),  # of two that are sure the first
        ("stop_pressed", "overspeed", 1, True, "overspeed"),
        ("overspeed", "stop_pressed", 1, True, "overspeed"),
        ("overspeed", "control_failed", 1, True, "overspeed"),  # of two that are not sure the first
        ("stop_pressed", "time_up", 2, True, "stop_not_obeyed"),
        ("overspeed", "time_up", 2, True, "stop_not_obeyed"),
        ("", "", 2, True, "stop_not_obeyed"),
        ("", "", 0, False, "link_lost"),
        ("", "", 2, False, "link_lost"),
        ("stop_pressed", "stop_pressed", 0, False, "link_lost"),
        ("overspeed", "stop_pressed", 0, False, "overspeed"),
        ("unit_restarted", "", 0, False, "unit_restarted"),
    ],
)
def test_the_worst_that_is_true_now_is_told_of_a_stop(
    latched: str, of: str, halts: int, linked: bool, told: str | None
) -> None:
    given = belt(Phase.STOPPING, latched=latched, stop_cause=of, halts=halts)
    given = given if linked else replace(given, machine=None)
    assert worst_now(given) == told


@pytest.mark.parametrize("given", [moves, free])
def test_of_a_belt_that_is_not_being_stopped_what_latched_is_told(given: Callable[..., State]) -> None:
    assert worst_now(given(machine=None, halts=2)) is None
    assert worst_now(given(latched="time_up", halts=2)) is Cause.TIME_UP
