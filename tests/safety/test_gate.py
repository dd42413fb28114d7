"""What a gate writes and does not write, with a fake machine at the other end of its outlets (gate_rig.py)."""

from dataclasses import replace

import pytest
from envelope_rig import MACHINE
from gate_rig import FAILED, NOT_PERMITTED, PAUSE, REQUEST, START, STOP, SUCCESS, GateSite

from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.gate import Gate, Outlets
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Measured, Note
from device_adapters.safety.hazards import Cause


def test_a_gate_starts_with_nothing_to_stop_and_a_stop_may_have_no_name() -> None:
    site = GateSite()
    assert Gate("b", site.clock, Outlets(print, print, print, print)).envelope.phase is Phase.OBSERVING
    site.gate.stop(Cause.STOP_PRESSED)
    assert site.notes[0].after["by"] == ""


def test_linking_measuring_and_a_lease_send_no_byte() -> None:
    site = GateSite()
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.run(2_000)
    assert not site.gate.busy
    site.renew()
    site.run(2_000)
    assert site.machine.taken == []
    assert site.gate.busy


def test_a_start_is_control_then_start_then_the_first_speed() -> None:
    site = GateSite()
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.renew()
    site.order("start")
    site.run(1_000)
    assert site.machine.taken == [REQUEST, START, b"\x02\x64\x00"]


def test_a_target_becomes_speeds_and_inclines_on_the_wire() -> None:
    site = GateSite().started()
    assert site.order("target", 130, 20).outcome == "accepted"
    site.run(15_000)
    speeds = [int.from_bytes(d[1:], "little") for d in site.machine.taken if d[0] == 2]
    assert speeds == sorted(speeds)
    assert speeds[-1] == 130
    assert [d for d in site.machine.taken if d[0] == 3] == [b"\x03\x0a\x00", b"\x03\x14\x00"]


def test_a_stop_goes_ahead_of_a_procedure_in_flight() -> None:
    site = GateSite().started()
    site.order("target", 200)
    site.machine.silent = True
    site.run(600, answer=False)
    assert site.gate.conversation.flying is not None
    site.gate.stop(Cause.SAFETY_KEY)
    assert site.machine.taken[-1] == STOP


def test_a_belt_that_ignores_stop_is_told_to_pause_too() -> None:
    site = GateSite().started()
    site.machine.result = FAILED
    site.gate.stop(Cause.STOP_PRESSED, "button")
    site.run(8_000)
    assert STOP in site.machine.taken
    assert PAUSE in site.machine.taken
    assert Cause.STOP_NOT_OBEYED in [n.cause for n in site.notes]
    assert site.notes[0].after["by"] == "button"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (StatusCode.CONTROL_PERMISSION_LOST, Cause.CONTROL_LOST),
        (StatusCode.STOPPED_BY_SAFETY_KEY, Cause.SAFETY_KEY),
        (StatusCode.RESET, Cause.MACHINE_REBOOT),
        (StatusCode.STOPPED_OR_PAUSED_BY_USER, Cause.CONSOLE_STOP),
    ],
)
def test_what_is_done_at_the_treadmill_stops_and_latches(code: StatusCode, cause: Cause) -> None:
    site = GateSite().started()
    site.gate.status(MachineStatus(code))
    assert site.gate.envelope.latched == cause
    site.run(4_000)
    assert STOP in site.machine.taken
    assert (REQUEST in site.machine.taken) is (cause is Cause.CONTROL_LOST)
    assert site.machine.belt_ckmh == 0
    assert site.gate.envelope.phase is Phase.OBSERVING


def test_other_news_from_the_treadmill_changes_nothing() -> None:
    site = GateSite().started()
    before = site.gate.envelope
    site.gate.status(MachineStatus(StatusCode.STARTED_OR_RESUMED_BY_USER))
    site.gate.status(MachineStatus(StatusCode.TARGET_SPEED_CHANGED, (400,)))
    assert site.gate.envelope == before


def test_a_refused_write_stops_the_belt_and_says_which() -> None:
    site = GateSite().started()
    site.machine.result = FAILED
    site.order("target", 200)
    site.run(2_000)
    assert site.gate.envelope.latched == Cause.CONTROL_FAILED
    told = next(n for n in site.notes if n.kind == "control_point")
    assert (told.cause, told.text, told.severity) == (
        "operation_failed",
        "set_target_speed: operation_failed",
        "warning",
    )
    hazard = next(n for n in site.notes if n.kind == "hazard")
    assert hazard.after["by"] == "speed: operation_failed"


def test_a_failed_write_stops_the_belt() -> None:
    site = GateSite().started()
    site.order("target", 200)
    site.machine.silent = True
    site.run(400, answer=False)
    site.gate.write_failed(site.machine.taken[-1], 0x80)
    assert site.gate.envelope.latched == Cause.CONTROL_FAILED
    assert site.machine.taken[-1] == STOP


def test_a_busy_control_point_is_written_again_and_is_no_hazard() -> None:
    site = GateSite().started()
    site.order("target", 200)
    site.machine.silent = True
    site.run(400, answer=False)
    sent = site.machine.taken[-1]
    site.gate.write_failed(sent, 0xFE)
    site.run(200, answer=False)
    assert site.machine.taken[-2:] == [sent, sent]
    assert site.gate.envelope.latched == ""


def test_a_halt_that_fails_is_no_new_hazard_but_is_asked_for_again() -> None:
    site = GateSite().started()
    site.gate.stop(Cause.CONSOLE_STOP)
    site.machine.unanswered.clear()
    site.gate.indicated(bytes([0x80, 8, FAILED]))
    assert site.gate.envelope.latched == Cause.CONSOLE_STOP
    assert [n.text for n in site.notes if n.kind == "control_point"] == ["stop_or_pause: operation_failed"]
    site.run(1_200)
    assert site.machine.taken.count(STOP) == 2


def test_refused_control_before_a_halt_is_told_and_the_halt_is_asked_for_again() -> None:
    site = GateSite().started()
    site.machine.result = NOT_PERMITTED
    site.gate.status(MachineStatus(StatusCode.CONTROL_PERMISSION_LOST))
    site.answer()
    assert site.gate.envelope.latched == Cause.CONTROL_LOST
    site.machine.result = SUCCESS
    site.run(3_000)
    assert site.machine.taken[-1] == STOP
    assert site.machine.belt_ckmh == 0


def test_nonsense_from_the_control_point_is_told_and_harmless() -> None:
    site = GateSite().started()
    before = site.gate.envelope
    for data in (b"", b"\x80", b"\x01\x02"):
        site.gate.indicated(data)
    assert site.gate.envelope == before
    assert [(n.kind, n.cause, n.severity) for n in site.notes[-3:]] == [
        ("control_point", "malformed", "warning")
    ] * 3
    assert all("control point 2ad9" in n.text for n in site.notes[-3:])


def test_a_lost_link_forgets_control_and_nothing_is_sent_until_it_returns() -> None:
    site = GateSite().started()
    site.gate.unlinked()
    assert not site.gate.conversation.held
    assert site.gate.envelope.latched == Cause.LINK_LOST
    site.run(5_000)
    assert site.machine.taken == []
    site.gate.linked(MACHINE)
    site.run(6_000)
    assert site.machine.taken[0] == REQUEST
    assert START not in site.machine.taken
    assert site.machine.belt_ckmh == 0


def test_a_unit_that_restarts_over_its_own_moving_belt_brings_it_to_rest() -> None:
    site = GateSite(was_moving=True)
    assert site.gate.busy
    site.machine.belt_ckmh = 300
    site.gate.linked(MACHINE)
    site.run(5_000)
    assert site.machine.taken[0] == REQUEST
    speeds = [int.from_bytes(d[1:], "little") for d in site.machine.taken[1:-1]]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] < 300
    assert site.machine.taken[-1] == STOP
    assert site.machine.belt_ckmh == 0
    assert site.gate.envelope.phase is Phase.OBSERVING
    assert site.gate.envelope.latched == Cause.UNIT_RESTARTED
    assert site.order("clear").outcome == "accepted"
    assert site.gate.envelope.latched == ""


def test_the_gate_is_busy_while_a_procedure_flies() -> None:
    site = GateSite().started()
    site.gate.stop(Cause.SAFETY_KEY)
    site.machine.unanswered.clear()
    site.machine.silent = True
    site.machine.belt_ckmh = 0
    site.run(1_400, answer=False)
    assert site.gate.envelope.phase is Phase.OBSERVING
    assert site.gate.busy
    site.gate.indicated(bytes([0x80, 8, SUCCESS]))
    assert not site.gate.busy


def test_a_control_point_that_lets_a_halt_go_unanswered_is_linked_anew_after_10_s() -> None:
    site = GateSite().started()
    site.machine.silent = True
    site.gate.stop(Cause.STOP_PRESSED)
    site.run(9_000)
    assert site.relinks == 0
    assert site.machine.taken.count(STOP) > 5  # asked again all the time
    site.run(2_000)
    assert site.relinks == 1
    text = "The treadmill's control point is silent; its link is made anew. Nothing resumes."
    note = Note(kind="relink", cause="no_answer", text=text, key="control_point_silent", severity="warning")
    assert [n for n in site.notes if n.kind == "relink"] == [note]
    site.gate.unlinked()
    assert site.gate.envelope.latched


def test_a_write_that_is_lost_gives_up_the_link() -> None:
    site = GateSite().started()
    site.order("target", 150)
    site.run(400, answer=False)
    site.gate.write_failed(site.machine.taken[-1], None)
    assert site.relinks == 1
    site.gate.unlinked()
    assert site.gate.envelope.latched == Cause.LINK_LOST


def test_a_belt_that_obeys_a_control_point_that_never_answers_runs_on_and_keeps_its_link() -> None:
    site = GateSite().started()
    site.order("target", 300)
    for _ in range(350):
        site.run(200, answer=False)
        while site.machine.unanswered:
            site.machine.obey(site.machine.unanswered.pop(0))
    assert site.machine.belt_ckmh == 300
    assert (site.gate.envelope.latched, site.relinks) == ("", 0)


@pytest.mark.parametrize("answer", [None, SUCCESS, FAILED, NOT_PERMITTED])
def test_nothing_rises_on_the_wire_once_a_halt_was_asked(answer: int | None) -> None:
    """A start whose answer comes late, or never, or is a refusal; a speed that waits behind it."""
    site = GateSite()
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.renew()
    site.order("start")
    site.gate.indicated(bytes([0x80, 0, SUCCESS]))
    site.gate.stop(Cause.SAFETY_KEY)
    after = len(site.machine.taken)
    if answer is not None:
        site.gate.indicated(bytes([0x80, 7, answer]))
    site.machine.silent = True
    site.run(8_000, answer=False)
    assert STOP in site.machine.taken[after - 1 :]
    assert {data[0] for data in site.machine.taken[after:]} <= {0, 8}


def test_a_halt_goes_out_though_control_is_refused() -> None:
    site = GateSite().started()
    site.machine.result = NOT_PERMITTED
    site.gate.status(MachineStatus(StatusCode.CONTROL_PERMISSION_LOST))
    site.run(400)
    assert site.machine.taken[:2] == [REQUEST, STOP]
    site.machine.silent = True
    site.machine.taken.clear()
    site.run(1_400, answer=False)
    assert STOP in site.machine.taken


def test_a_machine_that_takes_no_speed_while_it_counts_down_is_told_again() -> None:
    site = GateSite()
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.renew()
    site.order("start")
    site.gate.indicated(bytes([0x80, 0, SUCCESS]))
    site.gate.indicated(bytes([0x80, 7, SUCCESS]))
    site.machine.unanswered.clear()
    site.machine.result = FAILED
    site.gate.indicated(bytes([0x80, 2, FAILED]))
    site.run(2_600)
    assert site.gate.envelope.latched == ""
    site.machine.result = SUCCESS
    site.run(2_000)
    assert site.machine.belt_ckmh == 100


def test_a_failed_gate_outlet_that_nobody_connected_does_nothing() -> None:
    site = GateSite().started()
    site.order("target", 150)
    site.run(400, answer=False)
    site.gate.write_failed(site.machine.taken[-1], 0xFD)
    assert site.gate.envelope.latched == ""


def test_a_machine_that_is_paused_first_is_paused_and_stopped_once_it_rests() -> None:
    site = GateSite()
    site.gate.linked(replace(MACHINE, pause_before_stop=True))
    site.gate.measured(Measured(0, 0))
    site.renew()
    assert site.order("start").outcome == "accepted"
    site.run(6_000)
    site.machine.taken.clear()
    site.gate.stop(Cause.SAFETY_KEY)
    assert site.machine.taken == [PAUSE]
    site.run(3_000)
    assert site.machine.taken[-1] == STOP
    assert site.machine.taken.count(STOP) == 1
    assert site.gate.envelope.phase is Phase.OBSERVING


def test_a_machine_that_starts_by_speed_gets_no_start_and_no_speed_once_it_was_stopped_by_hand() -> None:
    site = GateSite()
    site.gate.linked(replace(MACHINE, starts_by_speed=True))
    site.gate.measured(Measured(0, 0))
    site.renew()
    assert site.order("start").outcome == "accepted"
    site.run(6_000)
    assert site.machine.belt_ckmh == 100
    assert START not in site.machine.taken
    site.order("target", 150)
    site.machine.belt_ckmh = 0  # stopped at its console, which says nothing
    site.gate.measured(Measured(0, 0))
    site.machine.taken.clear()
    site.gate.stop(Cause.STOP_PRESSED)
    site.run(4_000)
    assert set(site.machine.taken) == {STOP}
    assert site.machine.belt_ckmh == 0


def test_a_model_known_to_take_miles_is_not_started() -> None:
    site = GateSite()
    site.gate.linked(replace(MACHINE, takes_miles=True))
    site.gate.measured(Measured(0, 0))
    site.renew()
    assert (site.order("start").outcome, site.answers[-1].cause) == ("refused", "takes_miles")
    assert site.machine.taken == []
    site.machine.belt_ckmh = 400  # set at its console: a pressed stop still reaches it
    site.gate.measured(Measured(400))
    site.gate.stop(Cause.STOP_PRESSED)
    site.run(6_000)
    assert site.machine.taken[-1] == STOP


def test_a_stop_goes_out_as_soon_as_the_control_point_can_be_reached() -> None:
    site = GateSite(was_moving=True)
    site.gate.reachable()
    site.run(600)
    assert site.machine.taken == [REQUEST, STOP]


def test_a_start_waits_for_the_mark_on_the_disk() -> None:
    site = GateSite()
    outlets = Outlets(site.machine.send, site.answers.append, site.notes.append, site.relink)
    site.gate = Gate("b", site.clock, outlets, marks=True)
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.renew()
    assert site.order("start").cause == "not_marked"
    site.gate.marked(on_disk=True)
    site.clock.step(1)
    assert site.order("start").outcome == "accepted"
    assert Gate("b", site.clock, outlets, marks=True, was_moving=True).envelope.marked


def test_nothing_rises_while_the_line_is_made_anew() -> None:
    site = GateSite().started()
    site.order("target", 200)
    site.gate.freeze(3_000)
    site.run(2_800)
    assert site.machine.taken == []


def test_a_start_that_came_too_late_is_told_and_is_no_hazard() -> None:
    site = GateSite()
    site.gate.linked(MACHINE)
    site.gate.measured(Measured(0, 0))
    site.renew()
    site.order("start")
    site.clock.step(1_600)
    site.gate.indicated(bytes([0x80, 0, SUCCESS]))
    assert [n.cause for n in site.notes] == ["too_late"]
    assert site.machine.taken == [REQUEST, STOP]
    assert (site.gate.envelope.latched, site.gate.envelope.phase) == ("", Phase.STOPPING)


def test_slower_by_hand_comes_off_what_the_belt_does_with_the_name_of_whose_hand() -> None:
    site = GateSite().started()
    site.order("target", 130)
    site.run(15_000)
    site.gate.slower("clicker of tm-01")
    (note,) = [note for note in site.notes if note.cause is Cause.SLOWER_PRESSED]
    assert (note.before["setpoint_ckmh"], note.after["setpoint_ckmh"]) == (130, 110)
    assert note.after["by"] == "clicker of tm-01"


@pytest.mark.parametrize(("at_once", "waits_ms"), [(True, 0), (False, 400)])
def test_a_gate_in_the_place_of_another_stops_its_belt_and_keeps_what_was_fenced_off(
    at_once: bool, waits_ms: int
) -> None:
    site = GateSite().started()
    old, taken = site.gate, len(site.machine.taken)
    site.gate = old.successor(at_once=at_once)
    assert site.gate.conversation.held
    for waited_ms in range(0, 500, 100):
        site.gate.tick()
        assert (site.machine.taken[taken:] == [STOP]) is (waited_ms >= waits_ms)
        site.clock.step(100)
    state = site.gate.envelope
    assert (state.latched, state.machine, state.last_machine, state.introduced) == (
        "unit_restarted", MACHINE, MACHINE, True,
    )  # fmt: skip
    assert (state.lease.epoch, state.lease.claim, state.seen_ids) == (1, None, old.envelope.seen_ids)
    assert (state.marked, state.boot, state.asked_ms) == (True, "b", old.envelope.ticked_ms)


def test_a_gate_in_the_place_of_another_ramps_a_belt_that_shows_its_speed() -> None:
    site = GateSite().started()
    site.gate = site.gate.successor(at_once=False)
    taken = len(site.machine.taken)
    site.clock.step(100)
    site.gate.measured(Measured(500, 0))
    assert [data[0] for data in site.machine.taken[taken:]] == [0x02], "from where it is, by its own range"
    site.machine.belt_ckmh = 0
    site.run(3_000)
    assert site.machine.taken[-1] == STOP
    assert site.gate.envelope.phase is Phase.OBSERVING


def test_a_gate_in_the_place_of_one_without_a_link_waits_for_it() -> None:
    site = GateSite().started()
    site.gate.unlinked()
    site.gate = site.gate.successor(at_once=True)
    taken = len(site.machine.taken)
    site.run(1_000)
    assert site.machine.taken[taken:] == []
    assert (site.gate.envelope.introduced, site.gate.conversation.held) == (False, False)


def test_a_gate_in_the_place_of_another_believes_rest_after_a_second_of_it() -> None:
    site = GateSite().started()
    site.gate = site.gate.successor(at_once=True)
    site.gate.tick()
    site.machine.unanswered.clear()
    for waited_ms in range(100, 1_200, 100):
        site.clock.step(100)
        site.gate.measured(Measured(0, 0))
        assert (site.gate.envelope.phase is Phase.OBSERVING) is (waited_ms >= 1_000)


@pytest.mark.parametrize("marked", [True, False])
def test_a_gate_in_the_place_of_another_knows_whether_the_disk_holds_the_mark(marked: bool) -> None:
    site = GateSite().started()
    site.gate.marked(marked)
    assert site.gate.successor(at_once=True).envelope.marked is marked
