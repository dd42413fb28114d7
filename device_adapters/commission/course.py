"""The course of a commissioning: start, units, minimum, grade, stop, lost link. The belt is at rest when it ends."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from device_adapters.commission.cable import PULLS, CableChecks
from device_adapters.commission.findings import Findings, kmh_text
from device_adapters.commission.notebook import Bystander, Notebook
from device_adapters.commission.obedience import Obedience
from device_adapters.commission.ride import CutShortError, Ride, RideSetup, riding
from device_adapters.safety.hazards import Cause
from device_adapters.unit.moving_mark import MovingMark

ALONE_S = 8.0
"""A belt that starts on a speed alone has moved by then, its countdown included."""

LINK_LOSS_S = 6.0
"""How long a belt at its minimum gets to stop by itself after its link was dropped."""

SPEED_CAUSES = (Cause.MPH_FIRMWARE, Cause.OVERSPEED, Cause.OFF_RAMP)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a course found. `moved`: the belt was started, so that the findings are worth a record."""

    findings: Findings
    moved: bool
    at_rest: bool
    cut_short: str


class Course:
    """One commissioning of one treadmill."""

    def __init__(self, place: RideSetup, person: Bystander, by: str, data: Path) -> None:
        self._place = replace(place, counted=data)
        self._book = Notebook(person)
        self._by = by
        self._mark = MovingMark(data, place.treadmill.id)
        treadmill = place.treadmill
        self._cable = CableChecks(self._book, treadmill.arrangement) if treadmill.link else None
        self._moved = False
        self._at_rest = False

    async def run(self) -> Outcome:
        """All checks in turn; the first that fails for good, a hazard or Ctrl-C ends them. Never raises for those."""
        why = ""
        try:
            await self._told_a_speed_alone()
            await self._commanded()
            await self._left_alone()
            if self._cable is not None:
                await self._without_cable(self._cable)
        except CutShortError as e:
            why = str(e)
            self._book.note(f"cut short: {why}")
        if self._at_rest:
            # Until now a unit that starts would have stopped this belt.
            await asyncio.to_thread(self._mark.set, False)
        return Outcome(self._book.findings, self._moved, self._at_rest, why)

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
        self._book.findings = replace(self._book.findings, starts_by_speed=by_speed)
        self._book.tell("start", True, "by Set Speed alone" if by_speed else "needs Start before Set Speed")

    async def _still(self, ride: Ride) -> None:
        await ride.linked()
        if ride.speed_ckmh:
            raise CutShortError("the belt moves already; stop it at its console and begin again")

    # Second ride: it does what it is told.

    async def _commanded(self) -> None:
        async with riding(self._place) as ride:
            await self._still(ride)
            checks = Obedience(ride, self._book, self._place.clock, self._by)
            checks.ranges()
            if self._cable is not None:
                self._cable.dialect(ride)
            try:
                await asyncio.to_thread(self._mark.set, True)
                self._moved = True
                await checks.start()
                if self._cable is not None:
                    await self._cable.direction(ride)
                await checks.units()
                await checks.minimum()
                await checks.grade()
                await checks.stop()
            except CutShortError as e:
                if e.cause in SPEED_CAUSES:
                    checks.wrong_speed()
                raise
            finally:
                await self._rest(ride)

    # Third ride: its link is dropped while it runs. Fourth: what became of it.

    async def _left_alone(self) -> None:
        left = False
        async with riding(self._place) as ride:
            await ride.linked()
            if self._cable is not None:
                self._cable.dialect(ride)
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
                self._book.findings = replace(self._book.findings, stops_on_link_loss=speed == 0)
                text = f"{kmh_text(speed)} km/h {LINK_LOSS_S:.0f} s after the link was dropped at its minimum"
                self._book.tell("link loss", speed == 0, text)
            finally:
                await self._rest(ride)
        self._book.note("the link was dropped by disconnecting; a unit without power was not tried")

    # Two more of a treadmill on a cable: it is pulled at either end. What was not seen by a person is not believed.

    async def _without_cable(self, checks: CableChecks) -> None:
        for what in PULLS:
            async with riding(self._place) as ride:
                await ride.linked()
                self._at_rest = False
                try:
                    await ride.start()
                    await ride.go(ride.machine.speed_min_ckmh)
                    stops = await checks.pulled(ride, what)
                finally:
                    await self._rest(ride)
            found = self._book.findings
            self._book.findings = replace(found, stops_on_link_loss=found.stops_on_link_loss and stops)
        found = self._book.findings
        if not found.counted:
            self._book.note("not proven: its unit of speed; what it tells is in the unit of what it is told")
        seen = found.units_right and found.counted and found.direction_right
        self._book.findings = replace(found, units_right=seen)

    async def _rest(self, ride: Ride) -> None:
        self._at_rest = await ride.rest(self._by, self._book.person.warn)
        if not self._at_rest:
            self._book.person.warn(
                "The belt is not known to stand still: use the red button or the cord, and look."
            )
            self._book.note("the belt was not known to stand still at the end")
