"""The checker of the two heart ladders (domain.md §2.2): what the strap said, and what the true belt did after.

It counts only while all between strap and belt is in order: the readings, the service, the lines, the console. What
happens when they are not is the business of the other checkers.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from sim_bounds import (
    GONE_MS,
    HEART_RAMP_MS,
    HEART_WAY_MS,
    HIGH_MS,
    LOST_MS,
    OVER_MAX_MS,
    ROWS,
    STILL_HIGH_MS,
    TOO_HIGH_MS,
)
from sim_machine import SimulatedMachine

from device_adapters.contract import messages as m

VIEW_FRESH_MS = 3_000
STALE_MS, FLAT_MS = 5_000, 60_000
SLOWEST_CKMH, RECOVERY_CKMH, RECOVERY_MOBILITY_CKMH = 100, 200, 150
LEAST_CKMH = 10

Violated = Callable[[SimulatedMachine, str, str], None]


@dataclass(slots=True)
class Rungs:
    """One wearer: since when the last reading is known, for how long the heart is over its ceiling."""

    view: m.SessionView | None = None
    view_ms: int = 0
    hr_max_bpm: int | None = None
    said_bpm: int = 0
    said_ms: int = 0
    read_ms: int = 0
    bpm: int = 0
    looked_ms: int = 0
    over_ms: int = 0
    over_max_ms: int = 0
    unsure: bool = False
    """Something was out of order: how long the heart has been over its ceiling is not known until it is under it."""

    marks: dict[str, int] = field(default_factory=dict)


class Hearts:
    """One `Rungs` per treadmill. `in_order` says whether nothing else is wrong at it."""

    def __init__(self, violated: Violated, in_order: Callable[[SimulatedMachine], bool]) -> None:
        self._violated = violated
        self._in_order = in_order
        self._rungs = defaultdict[str, Rungs](Rungs)
        self.reached = Counter[str]()

    def asked(self, treadmill: str, hr_max_bpm: int | None) -> None:
        """A session was asked for, with this maximum heart rate."""
        rungs = self._rungs[treadmill]
        if rungs.view is None or rungs.view.phase == "ended":
            rungs.hr_max_bpm = hr_max_bpm

    def viewed(self, machine: SimulatedMachine, view: m.SessionView, now_ms: int) -> None:
        """What screens show; a session that begins to run begins with a heart that is expected."""
        rungs = self._rungs[machine.name]
        was = rungs.view.phase if rungs.view is not None else ""
        rungs.view, rungs.view_ms = view, now_ms
        if was != "running" or view.phase != "running" or not view.strap:
            self._anew(rungs, now_ms)

    @staticmethod
    def _anew(rungs: Rungs, now_ms: int) -> None:
        rungs.read_ms = rungs.looked_ms = now_ms
        rungs.over_ms = rungs.over_max_ms = rungs.bpm = rungs.said_bpm = 0
        rungs.marks = {}

    def read(self, machine: SimulatedMachine, bpm: int, now_ms: int) -> None:
        """The strap said so. What it has said unchanged for a minute is no heart rate."""
        rungs = self._rungs[machine.name]
        if bpm != rungs.said_bpm:
            rungs.said_bpm, rungs.said_ms = bpm, now_ms
        if now_ms - rungs.said_ms < FLAT_MS:
            rungs.bpm, rungs.read_ms = bpm, now_ms

    def seen(self, machine: SimulatedMachine, now_ms: int) -> None:
        """The true belt, now."""
        rungs = self._rungs[machine.name]
        view = rungs.view
        if view is None or view.phase != "running" or not view.strap:
            return
        if not self._in_order(machine) or now_ms - rungs.view_ms > VIEW_FRESH_MS:
            self._anew(rungs, now_ms)
            rungs.unsure = True
            return
        passed_ms, rungs.looked_ms = now_ms - rungs.looked_ms, now_ms
        if now_ms - rungs.read_ms < STALE_MS:
            self._climb(rungs, view, passed_ms)
        calm = (
            now_ms - rungs.read_ms < STALE_MS and rungs.over_ms < HIGH_MS and rungs.over_max_ms < OVER_MAX_MS
        )
        if rungs.marks or not calm:
            self._judge(machine, rungs, view, now_ms)

    def _climb(self, rungs: Rungs, view: m.SessionView, passed_ms: int) -> None:
        if rungs.hr_max_bpm is None:
            return
        ceiling = rungs.hr_max_bpm * ROWS[view.goal][view.level].heart // 1000
        over, above = rungs.bpm > ceiling, rungs.bpm > rungs.hr_max_bpm
        rungs.unsure = rungs.unsure and (over or not rungs.bpm)
        rungs.over_ms = rungs.over_ms + passed_ms if over and not rungs.unsure else 0
        rungs.over_max_ms = rungs.over_max_ms + passed_ms if above else 0

    def _judge(self, machine: SimulatedMachine, rungs: Rungs, view: m.SessionView, now_ms: int) -> None:
        recovery = RECOVERY_MOBILITY_CKMH if view.goal == "mobility" else RECOVERY_CKMH
        unread_ms = now_ms - rungs.read_ms
        self._rung(machine, rungs, "hr_stale", unread_ms - STALE_MS, lambda v: v, now_ms)
        self._rung(machine, rungs, "hr_lost", unread_ms - LOST_MS, lambda v: min(v, recovery), now_ms)
        self._rung(machine, rungs, "hr_gone", unread_ms - GONE_MS, lambda _: 0, now_ms)
        high, still = rungs.over_ms - HIGH_MS, rungs.over_ms - STILL_HIGH_MS
        self._rung(machine, rungs, "hr_high", high, lambda v: v * 85 // 100, now_ms)
        self._rung(machine, rungs, "hr_still_high", still, lambda v: min(v // 2, recovery), now_ms)
        self._rung(machine, rungs, "hr_too_high", rungs.over_ms - TOO_HIGH_MS, lambda _: 0, now_ms)
        self._rung(machine, rungs, "hr_over_max", rungs.over_max_ms - OVER_MAX_MS, lambda _: 0, now_ms)

    def _rung(
        self,
        machine: SimulatedMachine,
        rungs: Rungs,
        cause: str,
        due_ms: int,
        slower: Callable[[int], int],
        now_ms: int,
    ) -> None:
        """On a rung, and the time is over that it may take to act on it: is the belt as slow as it must be?"""
        marks = rungs.marks
        if due_ms < 0:
            marks.pop(cause, None)
            return
        speed = machine.belt.speed_ckmh
        if cause not in marks:
            marks[cause] = speed
            self.reached[cause] += 1
        may = slower(marks[cause])
        if may > 0:
            may = max(may, min(marks[cause], max(SLOWEST_CKMH, machine.spec.speed_min_ckmh)))
        ramp_ms = 0 if cause == "hr_stale" else HEART_RAMP_MS
        if due_ms > HEART_WAY_MS + ramp_ms and speed > may + LEAST_CKMH + (speed // 10 if may else 0):
            self._violated(machine, "heart", f"{cause} for {due_ms / 1000:.0f} s: {speed}, {may} is due")
            self._anew(rungs, now_ms)
