"""A stop line, exactly: what a gate wants of it in each state, and what becomes of it by each beat and by silence."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from belt_states import NOW, belt, free, moving, ready
from envelope_rig import EnvelopeRig

from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Hazard, Unlinked
from device_adapters.safety.hazards import Cause
from device_adapters.safety.stop_line import SILENT_MS, LineWish, StopLine, Why, heard, unheard, wish

CLOSED = StopLine(None)
DELAY_MS = 8_000


def said(line: StopLine, wanted: LineWish, now_ms: int = NOW, *, armed: bool = True) -> StopLine:
    return heard(line, wanted, now_ms, delay_ms=DELAY_MS, armed=armed)


def test_only_a_free_unlocked_still_belt_or_one_of_which_nothing_is_known_lets_a_line_close() -> None:
    for state in (free(), ready(), free(measured_ckmh=None), free(machine=None, measured_ckmh=None)):
        assert wish(state, NOW) is LineWish.CLOSE
    for state in (free(measured_ckmh=10), free(latched="stop_pressed"), ready(latched="off_ramp"), moving()):
        assert wish(state, NOW) is LineWish.KEEP


def test_a_stop_that_is_not_obeyed_twice_opens_it() -> None:
    stops = belt(Phase.STOPPING, latched=Cause.STOP_PRESSED)
    wishes = [LineWish.KEEP, LineWish.KEEP, LineWish.OPEN, LineWish.OPEN]
    for turns, wanted in enumerate(wishes):
        assert wish(replace(stops, disobeyed=turns), NOW) is wanted


def pressed(rig: EnvelopeRig) -> None:
    rig.do(Hazard(Cause.STOP_PRESSED, "clicker"))


def console_stop(rig: EnvelopeRig) -> None:
    rig.do(Hazard(Cause.CONSOLE_STOP, ""))


def garbled_and_fast(rig: EnvelopeRig) -> None:
    rig.do(Hazard(Cause.LINE_GARBLED if rig.now % 5_000 else Cause.OVERSPEED, ""))


def away_3_s(rig: EnvelopeRig) -> None:
    rig.do(Unlinked())
    rig.run(3_000, measure=False)
    rig.link()


@pytest.mark.parametrize(
    ("disturb", "each_ms", "open_ms"),
    [
        (lambda _rig: None, 500, 5_000),
        (pressed, 500, 5_000),
        (pressed, 900, 5_500),
        (pressed, 1_500, 6_000),
        (console_stop, 1_500, 6_000),
        (garbled_and_fast, 2_500, 7_500),
        (away_3_s, 4_000, 15_000),
    ],
)
def test_whatever_is_said_meanwhile_a_belt_that_ignores_stop_opens_it(
    disturb: Callable[[EnvelopeRig], None], each_ms: int, open_ms: int
) -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    rig.obeys = False
    asked = rig.now
    rig.do(Hazard(Cause.SAFETY_KEY, ""))
    while wish(rig.state, rig.now) is not LineWish.OPEN and rig.now - asked <= open_ms:
        rig.run(each_ms, renew=False)
        if wish(rig.state, rig.now) is not LineWish.OPEN:
            disturb(rig)
    assert wish(rig.state, rig.now) is LineWish.OPEN
    assert rig.now - asked <= open_ms
    assert any(note.cause is Cause.STOP_NOT_OBEYED and note.severity == "alarm" for note in rig.notes)


def test_a_belt_that_was_to_stop_and_is_not_heard_is_lost() -> None:
    stops = belt(Phase.STOPPING, latched=Cause.LINK_LOST, halts=0)
    assert wish(stops, NOW) is LineWish.KEEP
    assert wish(replace(stops, machine=None), NOW) is LineWish.LOST
    assert wish(replace(stops, measured_ms=NOW - 3_001), NOW) is LineWish.LOST
    assert (
        wish(replace(stops, machine=None, latched=""), NOW) is LineWish.KEEP
    )  # it stood, as far as is known


def test_it_begins_open_and_closes_only_for_a_wish_and_with_a_record() -> None:
    assert not StopLine().closed
    assert said(StopLine(), LineWish.KEEP) == StopLine(Why.STARTING, rests=False)
    assert said(StopLine(), LineWish.CLOSE) == CLOSED
    assert said(StopLine(), LineWish.CLOSE, armed=False) == StopLine(Why.NOT_ARMED)
    assert (
        said(CLOSED, LineWish.CLOSE, armed=False) == CLOSED
    )  # a record that ends opens no line under a member
    assert said(StopLine(Why.NOT_ARMED), LineWish.CLOSE) == CLOSED


def test_a_lost_belt_opens_it_after_the_delay_and_not_if_it_comes_back_before() -> None:
    lost = said(CLOSED, LineWish.LOST)
    assert lost == StopLine(None, rests=False, lost_ms=NOW)
    assert said(lost, LineWish.LOST, NOW + DELAY_MS - 1) == lost
    assert said(lost, LineWish.LOST, NOW + DELAY_MS).why is Why.LINK_LOST
    back = said(lost, LineWish.KEEP, NOW + DELAY_MS - 1)
    assert said(back, LineWish.LOST, NOW + DELAY_MS).closed


@pytest.mark.parametrize("wanted", [LineWish.KEEP, LineWish.LOST, LineWish.OPEN])
def test_what_opened_stays_open_until_it_may_close_and_tells_what_opened_it_first(wanted: LineWish) -> None:
    opened = said(said(CLOSED, LineWish.KEEP), LineWish.OPEN)
    assert opened.why is Why.STOP_NOT_OBEYED
    assert said(opened, wanted, NOW + 60_000).why is Why.STOP_NOT_OBEYED
    assert unheard(opened, Why.UNIT_GONE).why is Why.STOP_NOT_OBEYED
    assert said(opened, LineWish.CLOSE) == CLOSED


@pytest.mark.parametrize("why", [Why.UNIT_GONE, Why.UNIT_SILENT])
def test_a_unit_that_is_not_heard_opens_it_and_a_belt_that_rested_then_is_told_apart(why: Why) -> None:
    assert unheard(CLOSED, why).why is Why.AT_REST
    for wanted in (LineWish.KEEP, LineWish.LOST):
        assert unheard(said(CLOSED, wanted), why).why is why


def test_whoever_opens_it_leaves_what_was_told_of_rest_as_it_is() -> None:
    for rests in (True, False):
        line = StopLine(None, rests=rests)
        assert said(line, LineWish.OPEN) == StopLine(Why.STOP_NOT_OBEYED, rests=rests)
        assert unheard(line, Why.UNIT_GONE) == StopLine(Why.AT_REST if rests else Why.UNIT_GONE, rests=rests)


def test_a_unit_is_silent_early_enough_for_a_line_that_opens_within_a_second() -> None:
    assert SILENT_MS == 1_000 - 150
