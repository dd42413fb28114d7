"""Does a belt do what it is told? Its ranges, start, units, minimum, grade and stop, on one ride."""

from dataclasses import replace

from device_adapters.clock import Clock
from device_adapters.commission.findings import kmh_text, steady, steepest, units_verdict
from device_adapters.commission.notebook import Notebook
from device_adapters.commission.ride import CutShortError, Ride
from device_adapters.safety.envelope_state import Machine, grade_of
from device_adapters.safety.hazards import Cause

UNITS_CKMH = 200
FULL_CKMH = 300
GRADE_DPCT = 10
GRADE_TOLERANCE_DPCT = 3
GRADE_S = 30.0
STEADY_S = 20.0
STOP_S = 10.0
SENSOR_S = 10.0
SENSOR_LATE_S = 3.0
"""A belt's own sensor is heard within the first, and shows the speed of now after the second."""


class Obedience:
    """The checks, in the order in which they are to be called. A CutShortError says that one failed for good."""

    def __init__(self, ride: Ride, book: Notebook, clock: Clock, by: str) -> None:
        self._ride = ride
        self._book = book
        self._clock = clock
        self._by = by
        self._asked_ckmh = 0

    def ranges(self) -> None:
        """What the machine says that it can do; nothing is run."""
        ride = self._ride
        machine = ride.machine
        self._book.findings = replace(
            self._book.findings,
            model=ride.said.model,
            firmware=ride.said.firmware,
            speed_max_ckmh=machine.speed_max_ckmh,
        )
        low, high = machine.speed_min_ckmh, machine.speed_max_ckmh
        self._book.tell(
            "ranges",
            True,
            f"says {kmh_text(low)} to {kmh_text(high)} km/h, steps of {kmh_text(machine.speed_step_ckmh)}",
        )
        self._book.note("the maximum speed is the machine's word; it was not run")

    async def start(self) -> None:
        """The first movement, and how fast it rises."""
        self._asked_ckmh = await self._ride.start()
        await self._steady()
        accel = steepest(self._ride.samples, rising=True)
        self._book.findings = replace(self._book.findings, accel_ckmh_s=accel)
        self._book.tell("ramp up", True, f"{kmh_text(accel)} km/h per s at the first movement")

    async def _steady(self) -> int:
        ride = self._ride
        began = len(ride.samples)
        await ride.until(
            lambda: steady(ride.samples[began:]), STEADY_S, "the belt does not move, or keeps no speed"
        )
        return ride.samples[-1].speed_ckmh

    async def units(self) -> None:
        """Does it run at the speed it is asked for, by its telemetry, its own sensor, and as the person counts?"""
        ride = self._ride
        self._judge_units(self._asked_ckmh, ride.samples[-1].speed_ckmh, "telemetry")
        self._asked_ckmh = await ride.go(min(max(UNITS_CKMH, ride.machine.speed_min_ckmh), FULL_CKMH))
        self._judge_units(self._asked_ckmh, await self._steady(), "telemetry")
        if ride.has_sensor:
            await self._by_sensor()
        counted = await self._book.ask(ride, self._book.person.counted_kmh(self._asked_ckmh / 100))
        if counted is None and not self._book.findings.counted:
            self._book.note("belt speed by the machine's own telemetry; not counted by hand")
        elif counted is not None:
            self._judge_units(self._asked_ckmh, round(counted * 100), "counted by hand")
            self._book.findings = replace(self._book.findings, counted=True)
            self._book.note(
                f"belt speed counted by hand: {counted:.2f} km/h at {kmh_text(self._asked_ckmh)} asked"
            )
        self._book.findings = replace(self._book.findings, units_right=True)

    async def _by_sensor(self) -> None:
        ride = self._ride
        await ride.within(lambda: ride.seen_ckmh is not None, SENSOR_S, ride.look)
        await ride.within(lambda: False, SENSOR_LATE_S, ride.look)
        seen = ride.seen_ckmh
        if seen is None:
            self._book.note("the belt's own sensor was not heard")
            return
        self._judge_units(self._asked_ckmh, seen, "its own sensor")
        self._book.findings = replace(self._book.findings, counted=True)
        self._book.note(
            f"belt speed by its own sensor: {kmh_text(seen)} km/h at {kmh_text(self._asked_ckmh)} asked"
        )

    def _judge_units(self, asked: int, measured: int, how: str) -> None:
        verdict = units_verdict(asked, measured)
        text = f"asked {kmh_text(asked)}, belt {kmh_text(measured)} km/h ({how})"
        if verdict == "right":
            self._book.tell("units", True, text)
            return
        text += "; mph firmware found (km/h taken for mph)" if verdict == "mph" else "; not what was asked"
        self._book.tell("units", False, text)
        raise CutShortError(text)

    def wrong_speed(self) -> None:
        """A hazard ended the ride before the belt was steady: say by what ratio it was wrong."""
        if self._ride.contradicted is not None:
            told, seen = self._ride.contradicted
            text = f"told {kmh_text(told)}, belt {kmh_text(seen)} km/h (its own sensor)"
            self._book.findings = replace(self._book.findings, units_right=False)
            self._book.tell("units", False, text)
            self._book.note(text)
            return
        measured = max((s.speed_ckmh for s in self._ride.samples), default=0)
        self._book.findings = replace(self._book.findings, units_right=False)
        try:
            self._judge_units(self._asked_ckmh, measured, "telemetry")
        except CutShortError as e:
            self._book.note(str(e))

    async def minimum(self) -> None:
        """Its lowest speed."""
        self._asked_ckmh = await self._ride.go(self._ride.machine.speed_min_ckmh)
        measured = await self._steady()
        self._book.findings = replace(self._book.findings, speed_min_ckmh=measured)
        self._book.tell("minimum", True, f"runs at {kmh_text(measured)} km/h")

    async def grade(self) -> None:
        """Does its deck go where it is told, and that way round?"""
        ride = self._ride
        machine = ride.machine
        if not _tilts(machine):
            self._book.findings = replace(self._book.findings, grade_right=True)
            self._book.tell("grade", True, "not controllable here; never commanded")
            return
        low, high = machine.incline_min_dpct / 10, machine.incline_max_dpct / 10
        before = ride.state.measured_dpct
        await ride.tilt(GRADE_DPCT)
        wanted = grade_of(GRADE_DPCT, machine.arrangement)
        there = before is not None and await ride.within(
            lambda: abs((ride.state.measured_dpct or 0) - wanted) <= GRADE_TOLERANCE_DPCT, GRADE_S, ride.look
        )
        now = ride.state.measured_dpct
        seen = await self._book.ask(ride, self._book.person.deck_rose())
        right = there and seen is not False
        told = "no incline" if before is None or now is None else f"{before / 10:g} to {now / 10:g} %"
        looked = {True: "the front rose", False: "THE FRONT DID NOT RISE", None: "nobody looked"}[seen]
        self._book.findings = replace(self._book.findings, grade_right=right)
        self._book.tell(
            "grade", right, f"asked {wanted / 10:+g} %, told {told}; {looked}; range {low:g} to {high:g} %"
        )
        if seen is None:
            self._book.note("direction of grade by the machine's own telemetry; not seen by a person")
        await ride.tilt(0)
        level = await ride.within(
            lambda: abs(ride.state.measured_dpct or 0) <= GRADE_TOLERANCE_DPCT, GRADE_S, ride.look
        )
        if not level:
            self._book.note("the deck did not come back to level")

    async def stop(self) -> None:
        """Stop from the highest speed of a commissioning."""
        ride = self._ride
        self._asked_ckmh = await ride.go(FULL_CKMH)
        began, at_ms = len(ride.samples), self._clock.now_ms()
        ride.halt(self._by)
        stopped = await ride.within(lambda: ride.samples[-1].speed_ckmh == 0, STOP_S)
        falling = ride.samples[began - 1 :]
        decel = steepest(falling, rising=False)
        if not stopped:
            speed = kmh_text(ride.samples[-1].speed_ckmh)
            text = f"{speed} km/h still {STOP_S:.0f} s after Stop: the belt does not obey"
            self._book.tell("stop", False, text)
            raise CutShortError(text, Cause.STOP_NOT_OBEYED)
        stop_ms = ride.samples[-1].at_ms - at_ms
        self._book.findings = replace(self._book.findings, decel_ckmh_s=decel, stop_ms=stop_ms)
        text = f"{stop_ms / 1000:.1f} s from {kmh_text(self._asked_ckmh)} km/h, {kmh_text(decel)} km/h per s"
        self._book.tell("stop", True, text)


def _tilts(machine: Machine) -> bool:
    """Can this machine go 1 % uphill along travel?"""
    incline = grade_of(GRADE_DPCT, machine.arrangement)
    return machine.incline_min_dpct <= incline <= machine.incline_max_dpct
