"""A place in the virtual gym: a person on a belt, the strap and the pod they wear, the sensor on the belt's roller;
time and faults come in here.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

import structlog

from device_adapters.clock import Clock
from device_adapters.sim.faults import Fault, Kind
from device_adapters.sim.runner import RUNNING_FROM_RETRO_KMH, Runner

if TYPE_CHECKING:
    from device_adapters.sim.footpod import VirtualFootpod
    from device_adapters.sim.strap import VirtualStrap
    from device_adapters.sim.wheel_sensor import VirtualWheelSensor

log = structlog.get_logger()


class PlacedDevice(Protocol):
    """What can be switched on, lost and found again."""

    async def start(self) -> None:
        """Switch it on: it can be found from now on."""
        ...

    def stop(self) -> None:
        """It is switched off."""
        ...

    def vanish(self) -> None:
        """Its link ends, and it cannot be found."""
        ...

    def reappear(self) -> None:
        """It can be found again."""
        ...


class TrueBelt(Protocol):
    """What a belt really does."""

    @property
    def speed_ckmh(self) -> int:
        """Its speed, whichever way."""
        ...

    @property
    def incline_dpct(self) -> int:
        """The deck's elevation, 0.1 %."""
        ...


class Place(ABC):
    """A strap may be missing; the person is always there, and walks backward."""

    treadmill: PlacedDevice | None

    def __init__(self, runner: Runner, clock: Clock) -> None:
        self.runner = runner
        self.strap: VirtualStrap | None = None
        self.footpod: VirtualFootpod | None = None
        self.wheel_sensor: VirtualWheelSensor | None = None
        self._clock = clock
        self._at_ms = clock.now_ms()

    @property
    @abstractmethod
    def belt(self) -> TrueBelt:
        """The belt under the person."""

    @property
    def grade_dpct(self) -> int:
        """Effective grade along travel: + is uphill for a member who turned round."""
        return self.belt.incline_dpct

    @abstractmethod
    def step_machine(self, dt_ms: int) -> None:
        """Let its time pass."""

    @abstractmethod
    def tell_treadmill(self) -> None:
        """The treadmill notifies, if it does."""

    @abstractmethod
    def heal_machine(self) -> None:
        """Whatever is wrong with the machine ends."""

    @abstractmethod
    def break_machine(self, fault: Fault) -> None:
        """A fault of the machine's own."""

    def catch_up(self) -> None:
        """Bring belt and heart to now. The belt's physics does not mind how time is cut."""
        now_ms = self._clock.now_ms()
        dt_ms, self._at_ms = now_ms - self._at_ms, now_ms
        if dt_ms > 0:
            self.step_machine(dt_ms)
            self.runner.step(dt_ms, self.belt.speed_ckmh / 100, self.grade_dpct / 10, retro=True)
            if self.wheel_sensor:
                self.wheel_sensor.roll(dt_ms, self.belt.speed_ckmh)

    def tell_strap(self) -> None:
        """The strap notifies, and the pods."""
        self.catch_up()
        if self.strap:
            self.strap.tell()
        if self.footpod:
            speed_ckmh = self.belt.speed_ckmh
            speed_kmh = speed_ckmh / 100
            self.footpod.tell(
                speed_ckmh, self.runner.steps_per_min(speed_kmh), running=speed_kmh >= RUNNING_FROM_RETRO_KMH
            )
        if self.wheel_sensor:
            self.wheel_sensor.tell()

    def inject(self, device: PlacedDevice, fault: Fault) -> None:
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
                self.break_machine(fault)

    def _heal(self) -> None:
        self.heal_machine()
        self.runner.racing = False
        if self.strap:
            self.strap.contact = True
            self.strap.freeze(False)
        for worn in (self.strap, self.footpod, self.wheel_sensor):
            if worn:
                worn.reappear()

    def _strain(self, kind: Kind) -> None:
        if self.strap is None:
            log.warning("nobody wears a strap here", fault=str(kind))
        elif kind is Kind.HR_LOST:
            self.strap.contact = False
        elif kind is Kind.HR_FREEZE:
            self.strap.freeze(True)
        else:
            self.runner.racing = True
