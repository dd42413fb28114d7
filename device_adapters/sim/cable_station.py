"""A place in the virtual gym with a treadmill on a cable: a Woodway, whose belt runs backward under a person who faces
its console, or a Trackmaster.
"""

import structlog

from device_adapters.clock import Clock
from device_adapters.sim.faults import Fault, Kind
from device_adapters.sim.place import Place, TrueBelt
from device_adapters.sim.runner import Runner
from device_adapters.sim.serial_line import PtyLine, SerialLine

TILTED_DPCT = 20
BIT = 0x01
"""Of a speed's first digit: ten mph more."""

log = structlog.get_logger()


class CableStation(Place):
    """`treadmill` is the end of the cable that a unit opens."""

    def __init__(self, treadmill: PtyLine, runner: Runner, clock: Clock) -> None:
        super().__init__(runner, clock)
        self.treadmill: PtyLine = treadmill
        self._speaks = treadmill.line.machine.quirks.dialect

    @property
    def line(self) -> SerialLine:
        """The cable between the unit and this treadmill."""
        return self.treadmill.line

    @property
    def belt(self) -> TrueBelt:
        """The treadmill's."""
        return self.line.machine.belt

    @property
    def grade_dpct(self) -> int:
        """A rise is downhill on a belt that runs backward."""
        return -self.belt.incline_dpct if self._speaks == "woodway" else self.belt.incline_dpct

    def step_machine(self, dt_ms: int) -> None:  # noqa: ARG002
        """The cable knows its own time, which requests move on, too."""
        self.line.catch_up()

    def tell_treadmill(self) -> None:
        """It speaks only when it is asked."""
        self.catch_up()

    def heal_machine(self) -> None:
        """Whatever is wrong with cable and machine ends."""
        quirks = self.line.machine.quirks
        quirks.timer_off = quirks.wrong_way = False
        quirks.dialect, quirks.flips = self._speaks, 0
        self.line.machine.belt.ignores = False
        self.line.mend()
        self.treadmill.reappear()

    def break_machine(self, fault: Fault) -> None:
        """A fault of cable or machine."""
        machine = self.line.machine
        match fault.kind:
            case Kind.CABLE_CUT:
                self.line.cut = True
            case Kind.CABLE_GARBAGE:
                self.line.garbage = True
            case Kind.CABLE_ECHO:
                self.line.echoes = True
            case Kind.DIALECT:
                machine.quirks.dialect = "woodway" if self._speaks == "trackmaster" else "trackmaster"
            case Kind.TIMER_OFF:
                machine.quirks.timer_off = True
            case Kind.FLIPPED_BIT:
                machine.quirks.flips = BIT
            case Kind.WRONG_WAY:
                machine.quirks.wrong_way = True
                machine.belt.target = -machine.belt.target
            case Kind.DECK_TILTS:
                machine.belt.target_dpct = TILTED_DPCT
            case Kind.IGNORE_STOP:
                machine.belt.ignores = True
            case Kind.SAFETY_KEY | Kind.CONSOLE_SPEED:
                machine.press_stop()
            case _:
                log.warning("no fault of a cable", fault=str(fault.kind))
