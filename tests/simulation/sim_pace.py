"""Checkers of grade, rises, and minutes: what a belt of ours does besides its speed. From outside, as sim_checks."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from sim_bounds import (
    ACCEL_SLACK_CKMH,
    BOUT_GRACE_MS,
    FIRST_CKMH,
    FIRST_MS,
    GRADE_TOLERANCE_DPCT,
    ROWS,
    SESSION_GRACE_MS,
    BoundRow,
)
from sim_machine import SimulatedMachine

from device_adapters.contract import messages as m

ON_ITS_WAY_MS = 300

Violated = Callable[[SimulatedMachine, str, str], None]


@dataclass(slots=True)
class Pace:
    """What one belt of ours has done under its present lease."""

    session: tuple[str, str, int] = ("", "", 0)
    row: BoundRow | None = None
    began_ms: int = 0
    moved_ms: int = 0
    up_to_ms: int = 0
    up_to_mkmh: int = 0
    target_kmh: float = 0.0
    step: tuple[str, int] = ("", 0)
    bout_ms: int = 0


class Paces:
    """One `Pace` per treadmill."""

    def __init__(self, violated: Violated) -> None:
        self._violated = violated
        self._paces = defaultdict[str, Pace](Pace)
        self._views: dict[str, m.SessionView] = {}

    def leased(self, machine: SimulatedMachine, lease: m.Lease) -> None:
        """The lease that moves the belt: a new one begins a new session; a named raise counts up to the ceiling."""
        pace, rows = self._paces[machine.name], ROWS[lease.goal]
        if pace.session != (lease.session, lease.boot, lease.epoch):
            pace.session, pace.moved_ms = (lease.session, lease.boot, lease.epoch), 0
            pace.row = rows[lease.level]
        if lease.raised is not None and lease.raised_by.strip() and lease.raised_why.strip():
            pace.row = rows["ceiling"]

    def begun(self, machine: SimulatedMachine, now_ms: int) -> None:
        """A start reached the machine."""
        pace = self._paces[machine.name]
        pace.began_ms = pace.up_to_ms = now_ms
        pace.up_to_mkmh = 1_000 * max(FIRST_CKMH, machine.spec.speed_min_ckmh)

    def ordered(self, machine: SimulatedMachine, target_kmh: float, now_ms: int) -> None:
        """A new target was accepted: a ramp begins now, and the time before earned no rise.

        The last write of the ramp before may still be on its way, so that its time counts.
        """
        pace = self._paces[machine.name]
        if target_kmh != pace.target_kmh:
            pace.target_kmh, pace.up_to_ms = target_kmh, max(pace.up_to_ms, now_ms - ON_ITS_WAY_MS)

    def told(self, machine: SimulatedMachine, value: int, now_ms: int) -> None:
        """A target speed reached the machine: no faster up than the limit, and slow at first.

        `up_to` is where the ramp may be: it rises with time, and is never above what was written last.
        """
        pace = self._paces[machine.name]
        if pace.row is None:
            return
        may = pace.up_to_mkmh + pace.row.accel * (now_ms - pace.up_to_ms)
        first = max(FIRST_CKMH, machine.spec.speed_min_ckmh)
        if value > first and now_ms - pace.began_ms < FIRST_MS:
            self._violated(machine, "pace", f"told {value} at its first movement")
        if value > may // 1_000 + ACCEL_SLACK_CKMH:
            self._violated(machine, "pace", f"told {value} where {may // 1_000} was due")
        pace.up_to_mkmh, pace.up_to_ms = min(1_000 * value, may), now_ms

    def moved(self, machine: SimulatedMachine, passed_ms: int) -> None:
        """A belt of ours moved for so long."""
        pace, belt = self._paces[machine.name], machine.belt
        if pace.row is None:
            return
        pace.moved_ms += passed_ms
        over_ms = pace.moved_ms - pace.row.session_s * 1000
        if over_ms > SESSION_GRACE_MS and belt.under_way and not belt.quirks.ignore_stop:
            self._violated(machine, "minutes", f"moves {over_ms / 1000:.0f} s beyond its session's minutes")
            pace.moved_ms = 0
        self._bout(machine, pace, passed_ms)

    def viewed(self, machine: SimulatedMachine, view: m.SessionView) -> None:
        """What screens show."""
        self._views[machine.name] = view
        pace = self._paces[machine.name]
        if pace.step != (view.session, view.step):
            pace.step, pace.bout_ms = (view.session, view.step), 0

    def _bout(self, machine: SimulatedMachine, pace: Pace, passed_ms: int) -> None:
        view = self._views.get(machine.name)
        if view is None or pace.row is None or view.step_kind not in ("active", "interval"):
            return
        at_speed = view.phase == "running" and machine.belt.speed_ckmh >= view.target_kmh * 95
        pace.bout_ms = pace.bout_ms + passed_ms if at_speed else 0
        if pace.bout_ms > pace.row.bout_s * 1000 + BOUT_GRACE_MS:
            self._violated(machine, "minutes", f"a bout of {pace.bout_ms / 1000:.0f} s")
            pace.bout_ms = 0

    def grade_out(self, machine: SimulatedMachine) -> bool:
        """Is the true grade outside the limits by more than the tolerance?"""
        row, grade = self._paces[machine.name].row, machine.belt.incline_dpct
        return row is not None and not -GRADE_TOLERANCE_DPCT <= grade <= row.grade + GRADE_TOLERANCE_DPCT
