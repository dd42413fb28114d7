"""The course of a commissioning: start, units, minimum, grade, stop, lost link. The belt is at rest when it ends."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from device_adapters.commission.findings import Check, Findings, steady, steepest, units_verdict
from device_adapters.commission.ride import CutShortError, Place, Ride, riding
from device_adapters.moving_mark import MovingMark
from device_adapters.safety.envelope_state import Machine, grade_of
from device_adapters.safety.hazards import Cause

A = TypeVar("A")

UNITS_CKMH = 200
FULL_CKMH = 300
GRADE_DPCT = 10
GRADE_TOLERANCE_DPCT = 3
GRADE_S = 30.0
STEADY_S = 20.0
STOP_S = 10.0
ALONE_S = 8.0
"""A belt that starts on a speed alone has moved by then, its countdown included."""

LINK_LOSS_S = 6.0
"""How long a belt at its minimum gets to stop by itself after its link was dropped."""

PERSON_S = 180.0
SPEED_CAUSES = (Cause.MPH_FIRMWARE, Cause.OVERSPEED, Cause.OFF_RAMP)


class Person(Protocol):
    """Whoever stands beside the treadmill."""

    def check(self, check: Check) -> None:
        """Hear of a check."""
        ...

    def warn(self, text: str) -> None:
        """Hear that something must be done at once."""
        ...

    async def counted_kmh(self, asked_kmh: float) -> float | None:
        """The belt speed that a tachometer counts, km/h; None without one."""
        ...

    async def deck_rose(self) -> bool | None:
        """Did the deck's front rise? None: nobody looked."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a course found. `moved`: the belt was started, so that the findings are worth a record."""

    findings: Findings
    moved: bool
    at_rest: bool
    cut_short: str


class Course:
    """One commissioning of one treadmill."""

    def __init__(self, place: Place, person: Person, by: str, data: Path) -> None:
        self._place = place
        self._person = person
        self._by = by
        self._mark = MovingMark(data, place.treadmill.id)
        self._findings = Findings()
        self._moved = False
        self._at_rest = False
        self._asked_ckmh = 0

    async def run(self) -> Outcome:
        """All checks in turn; the first that fails for good, a hazard or Ctrl-C ends them. Never raises for those."""
        why = ""
        try:
            await self._told_a_speed_alone()
            await self._commanded()
            await self._left_alone()
        except CutShortError as e:
            why = str(e)
            self._note(f"cut short: {why}")
        if self._at_rest:
            # Until now a unit that starts would have stopped this belt.
            await asyncio.to_thread(self._mark.set, False)
        return Outcome(self._findings, self._moved, self._at_rest, why)

    # First ride: does it need Start before Set Target Speed? What follows is started as this shows.

    async def _told_a_speed_alone(self) -> None:
        by_speed = False
        async with riding(replace(self._place, speed_alone=True)) as ride:
            await self._still(ride)
            await asyncio.to_thread(self._mark.set, True)
            self._at_rest = False
            try:
                await ride.start()
                by_speed = await ride.within(lambda: bool(ride.speed_ckmh), ALONE_S, ride.look)
            except CutShortError as e:
                if e.cause != Cause.CONTROL_FAILED:
                    raise
            finally:
                self._moved = any(sample.speed_ckmh for sample in ride.samples)
                if not self._moved:
                    await ride.came_to_nothing()
                await self._rest(ride)
        self._place = replace(self._place, speed_alone=by_speed)
        self._findings = replace(self._findings, starts_by_speed=by_speed)
        self._told("start", True, "by Set Speed alone" if by_speed else "needs Start before Set Speed")

    async def _still(self, ride: Ride) -> None:
        await ride.linked()
        if ride.speed_ckmh:
            raise CutShortError("the belt moves already; stop it at its console and begin again")

    # Second ride: it does what it is told.

    async def _commanded(self) -> None:
        async with riding(self._place) as ride:
            await self._still(ride)
            self._ranges(ride)
            try:
                await self._start(ride)
                await self._units(ride)
                await self._minimum(ride)
                await self._grade(ride)
                await self._stop(ride)
            except CutShortError as e:
                if e.cause in SPEED_CAUSES:
                    self._wrong_speed(ride)
                raise
            finally:
                await self._rest(ride)

    def _ranges(self, ride: Ride) -> None:
        machine = ride.machine
        self._findings = replace(self._findings, model=ride.model, speed_max_ckmh=machine.speed_max_ckmh)
        low, high = machine.speed_min_ckmh, machine.speed_max_ckmh
        self._told(
            "ranges", True, f"says {_kmh(low)} to {_kmh(high)} km/h, steps of {_kmh(machine.speed_step_ckmh)}"
        )
        self._note("the maximum speed is the machine's word; it was not run")

    async def _start(self, ride: Ride) -> None:
        await asyncio.to_thread(self._mark.set, True)
        self._moved = True
        self._asked_ckmh = await ride.start()
        await self._steady(ride)
        accel = steepest(ride.samples, rising=True)
        self._findings = replace(self._findings, accel_ckmh_s=accel)
        self._told("ramp up", True, f"{_kmh(accel)} km/h per s at the first movement")

    async def _steady(self, ride: Ride) -> int:
        began = len(ride.samples)
        await ride.until(
            lambda: steady(ride.samples[began:]), STEADY_S, "the belt does not move, or keeps no speed"
        )
        return ride.samples[-1].speed_ckmh

    async def _units(self, ride: Ride) -> None:
        self._judge_units(self._asked_ckmh, ride.samples[-1].speed_ckmh, "telemetry")
        self._asked_ckmh = await ride.go(min(max(UNITS_CKMH, ride.machine.speed_min_ckmh), FULL_CKMH))
        self._judge_units(self._asked_ckmh, await self._steady(ride), "telemetry")
        counted = await self._ask(ride, self._person.counted_kmh(self._asked_ckmh / 100))
        if counted is None:
            self._note("belt speed by the machine's own telemetry; not counted by hand")
        else:
            self._judge_units(self._asked_ckmh, round(counted * 100), "counted by hand")
            self._note(f"belt speed counted by hand: {counted:.2f} km/h at {_kmh(self._asked_ckmh)} asked")
        self._findings = replace(self._findings, units_right=True)

    def _judge_units(self, asked: int, measured: int, how: str) -> None:
        verdict = units_verdict(asked, measured)
        text = f"asked {_kmh(asked)}, belt {_kmh(measured)} km/h ({how})"
        if verdict == "right":
            self._told("units", True, text)
            return
        text += "; mph firmware found (km/h taken for mph)" if verdict == "mph" else "; not what was asked"
        self._told("units", False, text)
        raise CutShortError(text)

    def _wrong_speed(self, ride: Ride) -> None:
        """A hazard ended the ride before the belt was steady: say by what ratio it was wrong."""
        measured = max((s.speed_ckmh for s in ride.samples), default=0)
        self._findings = replace(self._findings, units_right=False)
        try:
            self._judge_units(self._asked_ckmh, measured, "telemetry")
        except CutShortError as e:
            self._note(str(e))

    async def _minimum(self, ride: Ride) -> None:
        self._asked_ckmh = await ride.go(ride.machine.speed_min_ckmh)
        measured = await self._steady(ride)
        self._findings = replace(self._findings, speed_min_ckmh=measured)
        self._told("minimum", True, f"runs at {_kmh(measured)} km/h")

    async def _grade(self, ride: Ride) -> None:
        machine = ride.machine
        if not _tilts(machine):
            self._findings = replace(self._findings, grade_right=True)
            self._told("grade", True, "not controllable here; never commanded")
            return
        low, high = machine.incline_min_dpct / 10, machine.incline_max_dpct / 10
        before = ride.state.measured_dpct
        await ride.tilt(GRADE_DPCT)
        wanted = grade_of(GRADE_DPCT, machine.arrangement)
        there = before is not None and await ride.within(
            lambda: abs((ride.state.measured_dpct or 0) - wanted) <= GRADE_TOLERANCE_DPCT, GRADE_S, ride.look
        )
        now = ride.state.measured_dpct
        seen = await self._ask(ride, self._person.deck_rose())
        right = there and seen is not False
        told = "no incline" if before is None or now is None else f"{before / 10:g} to {now / 10:g} %"
        looked = {True: "the front rose", False: "THE FRONT DID NOT RISE", None: "nobody looked"}[seen]
        self._findings = replace(self._findings, grade_right=right)
        self._told(
            "grade", right, f"asked {wanted / 10:+g} %, told {told}; {looked}; range {low:g} to {high:g} %"
        )
        if seen is None:
            self._note("direction of grade by the machine's own telemetry; not seen by a person")
        await ride.tilt(0)
        level = await ride.within(
            lambda: abs(ride.state.measured_dpct or 0) <= GRADE_TOLERANCE_DPCT, GRADE_S, ride.look
        )
        if not level:
            self._note("the deck did not come back to level")

    async def _stop(self, ride: Ride) -> None:
        self._asked_ckmh = await ride.go(FULL_CKMH)
        began, at_ms = len(ride.samples), self._place.clock.now_ms()
        ride.halt(self._by)
        stopped = await ride.within(lambda: ride.samples[-1].speed_ckmh == 0, STOP_S)
        falling = ride.samples[began - 1 :]
        decel = steepest(falling, rising=False)
        if not stopped:
            text = f"{_kmh(ride.samples[-1].speed_ckmh)} km/h still {STOP_S:.0f} s after Stop: the belt does not obey"
            self._told("stop", False, text)
            raise CutShortError(text, Cause.STOP_NOT_OBEYED)
        stop_ms = ride.samples[-1].at_ms - at_ms
        self._findings = replace(self._findings, decel_ckmh_s=decel, stop_ms=stop_ms)
        text = f"{stop_ms / 1000:.1f} s from {_kmh(self._asked_ckmh)} km/h, {_kmh(decel)} km/h per s"
        self._told("stop", True, text)

    # Third ride: its link is dropped while it runs. Fourth: what became of it.

    async def _left_alone(self) -> None:
        left = False
        async with riding(self._place) as ride:
            await ride.linked()
            self._at_rest = False
            try:
                await ride.start()
                await ride.go(ride.machine.speed_min_ckmh)
                left = True
            finally:
                if not left:
                    await self._rest(ride)
        await self._place.clock.sleep(LINK_LOSS_S)
        async with riding(self._place) as ride:
            try:
                await ride.linked()
                speed = ride.speed_ckmh or 0
                self._findings = replace(self._findings, stops_on_link_loss=speed == 0)
                text = f"{_kmh(speed)} km/h {LINK_LOSS_S:.0f} s after the link was dropped at its minimum"
                self._told("link loss", speed == 0, text)
            finally:
                await self._rest(ride)
        self._note("the link was dropped by disconnecting; a unit without power was not tried")

    async def _rest(self, ride: Ride) -> None:
        self._at_rest = await ride.rest(self._by, self._person.warn)
        if not self._at_rest:
            self._person.warn(
                "The belt is not known to stand still: use the red button or the cord, and look."
            )
            self._note("the belt was not known to stand still at the end")

    async def _ask(self, ride: Ride, question: Coroutine[Any, Any, A]) -> A | None:
        """Ask the person while the belt goes on and is watched; None if no answer comes."""
        answer = asyncio.create_task(question, name="commissioning.question")
        try:
            answered = await ride.within(answer.done, PERSON_S, ride.look)
            return answer.result() if answered else None
        finally:
            answer.cancel()
            await asyncio.wait([answer])

    def _told(self, name: str, good: bool, text: str) -> None:
        self._person.check(Check(name, good, text))

    def _note(self, text: str) -> None:
        self._findings = replace(self._findings, notes=(*self._findings.notes, text))


def _tilts(machine: Machine) -> bool:
    """Can this machine go 1 % uphill along travel?"""
    incline = grade_of(GRADE_DPCT, machine.arrangement)
    return machine.incline_min_dpct <= incline <= machine.incline_max_dpct


def _kmh(ckmh: int) -> str:
    return f"{ckmh / 100:.2f}"
