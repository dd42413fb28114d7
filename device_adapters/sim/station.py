"""A place in the virtual gym with a Bluetooth treadmill."""

from typing import TYPE_CHECKING

import structlog

from device_adapters.clock import Clock
from device_adapters.sim.computer import Computer
from device_adapters.sim.faults import CABLE, Fault, Kind
from device_adapters.sim.place import Place, TrueBelt
from device_adapters.sim.runner import Runner

if TYPE_CHECKING:
    from device_adapters.sim.treadmill import VirtualTreadmill

log = structlog.get_logger()


class Station(Place):
    """The treadmill may be missing."""

    def __init__(self, computer: Computer, runner: Runner, clock: Clock) -> None:
        super().__init__(runner, clock)
        self.computer = computer
        self.treadmill: VirtualTreadmill | None = None

    @property
    def belt(self) -> TrueBelt:
        """The treadmill's."""
        return self.computer.belt

    def step_machine(self, dt_ms: int) -> None:
        """Let its time pass."""
        self.computer.step(dt_ms)

    def tell_treadmill(self) -> None:
        """The treadmill notifies."""
        self.catch_up()
        if self.treadmill:
            self.treadmill.tell()

    def heal_machine(self) -> None:
        """Whatever is wrong with the machine ends."""
        belt = self.computer.belt
        belt.quirks.mph_firmware = belt.quirks.ignore_stop = belt.quirks.overspeed = False
        belt.insert_key()
        if self.treadmill:
            self.treadmill.reappear()

    def break_machine(self, fault: Fault) -> None:
        """A fault of the machine's own."""
        if self.treadmill is None or fault.kind in CABLE:
            log.warning("there is no such treadmill here", fault=str(fault.kind))
            return
        quirks = self.computer.belt.quirks
        match fault.kind:
            case Kind.OVERSPEED:
                quirks.overspeed = True
            case Kind.MPH_FIRMWARE:
                quirks.mph_firmware = True
            case Kind.IGNORE_STOP:
                quirks.ignore_stop = True
            case Kind.CONTROL_REVOKED:
                self.treadmill.say(self.computer.revoke_control())
            case Kind.SAFETY_KEY:
                self.treadmill.say(self.computer.pull_key())
            case _:
                self.treadmill.say(self.computer.press_speed(round(fault.kmh * 100)))
