"""What waits for what on the wire of a gate: a start and its first speed, falls and rises, and what came too late."""

from dataclasses import replace

import pytest
from envelope_rig import MACHINE
from gate_rig import NOT_PERMITTED, REQUEST, START, STOP, SUCCESS, GateSite

from device_adapters.gate import Gate, Outlets
from device_adapters.link import talk
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Answer, Measured
from device_adapters.safety.hazards import Cause

FIRST = b"\x02\x64\x00"
STEP = b"\x03\x0a\x00"
BUSY = 0xFE


def standing() -> GateSite:
    """Leased and still, ready to be started."""
    site = GateSite()
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.renew()
    return site


def in_control(site: GateSite) -> GateSite:
    """Stopped once by its own member, so that it stands and is under control already."""
    site.started()
    site.order("stop")
    site.run(4_000)
    assert site.gate.envelope.phase is Phase.READY
    site.machine.taken.clear()
    return site


def test_a_first_speed_waits_for_its_start_for_0_3_s() -> None:
    site = in_control(GateSite())
    assert site.order("start").outcome == "accepted"
    assert site.machine.taken == [START]
    site.clock.step(299)
    site.gate.tick()
    assert site.machine.taken == [START]
    site.clock.step(1)
    site.gate.tick()
    assert site.machine.taken == [START, FIRST]


def test_a_fall_waits_for_no_answer() -> None:
    site = GateSite().started()
    site.order("target", 150)
    site.run(3_000)
    site.order("target", 150, 10)
    site.run(200, answer=False)
    assert site.machine.taken[-1] == STEP
    site.clock.step(200)
    site.order("target", 100)
    assert site.machine.taken[-1] == b"\x02\x6e\x00"  # 2.0 km/h per second, for 200 ms


def test_a_rise_without_control_waits_until_the_machine_has_answered() -> None:
    site = GateSite().started()
    site.order("target", 200)
    site.run(400, answer=False)
    rise = site.machine.taken[-1]
    site.machine.unanswered.clear()
    site.machine.silent = True
    site.gate.indicated(bytes([0x80, 2, NOT_PERMITTED]))
    site.run(800)
    assert site.machine.taken == [rise, REQUEST]
    site.gate.indicated(bytes([0x80, 0, SUCCESS]))
    assert site.machine.taken == [rise, REQUEST, rise]


def test_a_start_that_waits_too_long_for_a_busy_machine_is_followed_by_no_speed() -> None:
    site = in_control(GateSite())
    site.order("start")
    site.machine.silent = True
    for _ in range(16):
        site.gate.write_failed(START, BUSY)
        site.clock.step(100)
        site.gate.measured(Measured(0, 0))
        site.gate.tick()
    assert [n.cause for n in site.notes if n.kind == "control_point"] == ["too_late"]
    assert list(dict.fromkeys(site.machine.taken)) == [START, STOP]


def test_a_start_whose_write_got_no_response_may_have_begun_and_is_followed_by_its_first_speed() -> None:
    site = in_control(GateSite())
    site.order("start")
    site.gate.write_failed(START, None)
    assert site.machine.taken == [START, FIRST]
    assert (site.relinks, site.gate.envelope.latched) == (1, "")


def test_a_start_that_waits_is_worth_as_much_as_its_lease_and_no_more() -> None:
    for waited_ms, goes_out in ((1_500, True), (1_501, False)):
        site = standing()
        site.order("start")
        site.clock.step(1_000)
        site.renew()
        site.clock.step(waited_ms)
        site.gate.indicated(bytes([0x80, 0, SUCCESS]))
        assert (START in site.machine.taken) is goes_out


def test_a_step_of_the_deck_that_came_too_late_is_told_and_is_no_hazard() -> None:
    site = GateSite().started()
    site.order("target", None, 10)
    site.run(200, answer=False)
    assert site.machine.taken == [STEP]
    site.machine.silent = True
    for _ in range(8):
        site.gate.write_failed(STEP, BUSY)
        site.clock.step(200)
        site.gate.measured(Measured(100, 0))
        site.gate.tick()
    assert [n.cause for n in site.notes] == ["too_late"]
    assert site.gate.envelope.latched == ""


def test_a_request_for_control_that_is_refused_while_nothing_waits_is_told_and_harms_nothing() -> None:
    site = GateSite().started()
    asks = talk.Procedure(0, REQUEST)
    site.gate.conversation = talk.ControlPointState(flying=asks, deadline_ms=site.clock.now_ms() + 300)
    site.gate.indicated(bytes([0x80, 0, NOT_PERMITTED]))
    assert [n.text for n in site.notes] == ["request_control: control_not_permitted"]
    assert site.gate.envelope.latched == ""
    site.gate.stop(Cause.STOP_PRESSED)
    assert site.machine.taken == [REQUEST]


def test_who_presses_stop_on_hearing_that_a_start_is_taken_is_written_no_rise_after_it() -> None:
    site = in_control(GateSite())

    def heard(_: Answer) -> None:
        site.gate.stop(Cause.STOP_PRESSED)

    before = site.gate
    site.gate = Gate("b", site.clock, Outlets(site.machine.send, heard, site.notes.append, site.relink))
    site.gate.envelope, site.gate.conversation = before.envelope, before.conversation
    assert site.gate.envelope.phase is Phase.READY
    site.gate.order(site.ordered("start"))
    assert site.machine.taken == [START, STOP]


def test_a_stop_lets_what_waits_outside_be_forgotten_once() -> None:
    forgotten: list[str] = []
    site = GateSite(forget=lambda: forgotten.append("bytes")).started()
    assert forgotten == []
    site.gate.stop(Cause.STOP_PRESSED)
    assert forgotten == ["bytes"]
    site.run(600)
    site.gate.stop(Cause.SAFETY_KEY)
    assert forgotten == ["bytes"]


def test_a_machine_that_cannot_indicate_is_subscribed_to_again() -> None:
    asked: list[str] = []
    site = GateSite(resubscribe=lambda: asked.append("anew")).started()
    site.order("target", 150)
    site.run(400, answer=False)
    site.gate.write_failed(site.machine.taken[-1], 0xFD)
    assert asked == ["anew"]
    assert site.relinks == 0


@pytest.mark.parametrize(("commissioned", "fastest"), [(True, 600), (False, 300)])
def test_what_a_record_is_worth_now_reaches_the_next_lease(commissioned: bool, fastest: int) -> None:
    site = GateSite()
    site.gate.linked(replace(MACHINE, commissioned=not commissioned))
    site.gate.measured(Measured(0, 0))
    site.gate.proven(commissioned)
    site.renew()
    assert site.gate.envelope.limits.speed_max_ckmh == fastest
