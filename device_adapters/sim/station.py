"""A place in the virtual gym: a treadmill, a person on it, the strap they wear; time and faults come in here."""

from typing import TYPE_CHECKING

import structlog

from device_adapters.clock import Clock
from device_adapters.sim.computer import Computer
from device_adapters.sim.faults import Fault, Kind
from device_adapters.sim.runner import RUNNING_FROM_RETRO_KMH, Runner

if TYPE_CHECKING:
    from device_adapters.sim.footpod import VirtualFootpod
    from device_adapters.sim.peripheral import Peripheral
    from device_adapters.sim.strap import VirtualStrap
    from device_adapters.sim.treadmill import VirtualTreadmill

log = structlog.get_logger()


class Station:
    """Treadmill or strap may be missing; the person is always there, and walks backward (member turned)."""

    def __init__(self, computer: Computer, runner: Runner, clock: Clock) -> None:
        self.computer = computer
        self.runner = runner
        self.treadmill: VirtualTreadmill | None = None
        self.strap: VirtualStrap | None = None
        self.footpod: VirtualFootpod | None = None
        self._clock = clock
        self._at_ms = clock.now_ms()

    def catch_up(self) -> None:
        """Bring belt and heart to now. The belt's physics does not mind how time is cut."""
        now_ms = self._clock.now_ms()
        dt_ms, self._at_ms = now_ms - self._at_ms, now_ms
        if dt_ms > 0:
            self.computer.step(dt_ms)
            belt = self.computer.belt
            self.runner.step(dt_ms, belt.speed_ckmh / 100, belt.incline_dpct / 10, retro=True)

    def tell_treadmill(self) -> None:
        """The treadmill notifies."""
        self.catch_up()
        if self.treadmill:
            self.treadmill.tell()

    def tell_strap(self) -> None:
        """The strap notifies, and the foot pod."""
        self.catch_up()
        if self.strap:
            self.strap.tell()
        if self.footpod:
            speed_ckmh = self.computer.belt.speed_ckmh
            speed_kmh = speed_ckmh / 100
            self.footpod.tell(
                speed_ckmh, self.runner.steps_per_min(speed_kmh), running=speed_kmh >= RUNNING_FROM_RETRO_KMH
            )

    def inject(self, device: "Peripheral", fault: Fault) -> None:
        """Make it go wrong. A fault of the heart is the strap's and one of the belt the treadmill's, whichever of
        the two was named; `link_lost` is the named device's; `none` ends all faults of the place."""
        self.catch_up()
        match fault.kind:
            case Kind.NONE:
                self._heal()
            case Kind.LINK_LOST:
                device.vanish()
            case Kind.HR_LOST | Kind.HR_FREEZE | Kind.HR_HIGH:
                self._strain(fault.kind)
            case _:
                self._break(fault)

    def _heal(self) -> None:
        belt = self.computer.belt
        belt.quirks.mph_firmware = belt.quirks.ignore_stop = belt.quirks.overspeed = False
        belt.insert_key()
        self.runner.racing = False
        if self.treadmill:
            self.treadmill.reappear()
        if self.strap:
            self.strap.contact = True
            self.strap.freeze(False)
            self.strap.reappear()

    def _strain(self, kind: Kind) -> None:
        if self.strap is None:
            log.warning("nobody wears a strap here", fault=str(kind))
        elif kind is Kind.HR_LOST:
            self.strap.contact = False
        elif kind is Kind.HR_FREEZE:
            self.strap.freeze(True)
        else:
            self.runner.racing = True

    def _break(self, fault: Fault) -> None:
        if self.treadmill is None:
            log.warning("there is no treadmill here", fault=str(fault.kind))
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
