"""Each row of the hazard table: its action and lock written down from SAFETY.md, and what it does to a belt."""

import re
from pathlib import Path

import pytest
from envelope_rig import EnvelopeRig

from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Hazard
from device_adapters.safety.hazards import Action, Cause, reaction

WORDS = Path(__file__).with_name("hazard_words.txt")
RAMP, NOW = Action.CONTROLLED_STOP, Action.STOP_NOW
SAFETY = Path(__file__).parents[2] / "SAFETY.md"
TOLD = {"ramp": RAMP, "Stop": NOW, "hold": Action.HOLD}
"""The first word of SAFETY.md's column "action"."""
LOCKS: dict[str, Action] = {
    "broker_lost": RAMP,
    Cause.STOP_PRESSED: RAMP,
    Cause.LEASE_EXPIRED: RAMP,
    Cause.LINK_LOST: NOW,
    Cause.DATA_SILENT: NOW,
    Cause.OVERSPEED: NOW,
    Cause.OFF_RAMP: RAMP,
    Cause.MPH_FIRMWARE: RAMP,
    Cause.NOT_STARTED: NOW,
    Cause.GRADE_OUT: RAMP,
    Cause.STOP_NOT_OBEYED: NOW,
    Cause.MOVED_WHILE_LATCHED: NOW,
    Cause.MOVED_UNORDERED: NOW,
    Cause.MACHINE_REBOOT: NOW,
    Cause.CONTROL_LOST: NOW,
    Cause.CONTROL_FAILED: NOW,
    Cause.SAFETY_KEY: NOW,
    Cause.CONSOLE_STOP: NOW,
    Cause.TIME_UP: RAMP,
    Cause.UNIT_STALLED: RAMP,
    Cause.UNIT_RESTARTED: RAMP,
    Cause.UNIT_STOPPING: RAMP,
    Cause.LEFT_FREE: RAMP,
    Cause.WRONG_DIRECTION: NOW,
    Cause.WATCHDOG_TRIPPED: NOW,
    Cause.WATCHDOG_OFF: NOW,
    Cause.SET_DIFFERS: NOW,
    Cause.LINE_SILENT: NOW,
    Cause.LINE_GARBLED: NOW,
    Cause.DECK_MOVED: RAMP,
    Cause.STOP_LINE_OPEN: RAMP,
    Cause.BELT_STANDS: RAMP,
    Cause.BELT_MOVES: NOW,
    Cause.HOLD_RELEASED: RAMP,
}
MILD: dict[str, Action] = {
    Cause.CONSOLE_SLOWER: Action.HOLD,
    Cause.CONSOLE_FASTER: Action.HOLD,
    Cause.SLOWER_PRESSED: Action.HOLD,
    Cause.HR_STALE: Action.HOLD,
    Cause.HR_MISSING: Action.HOLD,
    Cause.HR_LOST: Action.RECOVERY,
    Cause.HR_GONE: RAMP,
    Cause.HR_HIGH: Action.SLOW,
    Cause.HR_STILL_HIGH: Action.RECOVERY,
    Cause.HR_TOO_HIGH: RAMP,
    Cause.HR_OVER_MAX: RAMP,
}


def test_every_cause_has_its_row_here() -> None:
    assert set(Cause) <= set(LOCKS) | set(MILD)


@pytest.mark.parametrize("cause", Cause)
def test_action_and_lock_are_as_written_down(cause: Cause) -> None:
    row = reaction(cause)
    assert row.action is (LOCKS | MILD)[cause]
    assert row.latches is (cause in LOCKS)
    assert row.staff.endswith(".")


def _rows(heading: str, action: int) -> dict[str, str]:
    """Cause → what SAFETY.md says is done, of the table below a heading."""
    part = SAFETY.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `")]
    return {cause: row[action] for row in cells for cause in re.findall(r"`(\w+)`", row[0])}


def test_safety_md_has_the_same_rows() -> None:
    unit, heart = _rows("Hazards at the unit", 2), _rows("Hazards of the heart", 2)
    assert set(unit) | set(heart) == set(Cause)
    assert {cause: TOLD[re.split(r"[ ,:]", done)[0]] for cause, done in unit.items()} == {
        cause: reaction(Cause(cause)).action for cause in unit
    }
    stops = {cause for cause, done in heart.items() if done.startswith("controlled stop")}
    assert stops == {cause for cause in heart if reaction(Cause(cause)).action is RAMP}


@pytest.mark.parametrize("cause", Cause)
def test_the_words_are_those_that_were_agreed_on(cause: Cause) -> None:
    """hazard_words.txt: cause, what staff read, what the member hears, and what staff read once such a belt rests."""
    rows = (line.split(" | ") for line in WORDS.read_text().splitlines())
    words = {row[0]: (*row[1:], "")[:3] for row in rows}
    told = reaction(cause)
    assert (told.staff, told.member, told.rested) == words[cause]


@pytest.mark.parametrize("cause", [c for c in Cause if c in LOCKS])
def test_a_cause_that_locks_stops_latches_and_takes_the_lease(cause: Cause) -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    known = len(rig.writes)
    rig.do(Hazard(cause, "somebody"))
    first = rig.writes[known][1]
    assert first.verb is (Verb.SPEED if LOCKS[cause] is RAMP else Verb.HALT)
    note = rig.notes[-1]
    assert (note.kind, note.cause, note.text) == ("hazard", cause, reaction(cause).staff)
    assert note.severity == ("alarm" if LOCKS[cause] is NOW else "warning")
    assert note.before == {"setpoint_ckmh": 250, "measured_ckmh": 250}
    assert note.after == {"action": LOCKS[cause].name.lower(), "by": "somebody"}
    assert rig.state.latched == cause
    assert rig.state.lease.claim is None
    rig.run(6_000)
    assert rig.belt_ckmh == 0
    assert rig.state.phase is Phase.OBSERVING
    assert rig.notes[-1].kind == "stopped"
    assert rig.notes[-1].cause == cause
