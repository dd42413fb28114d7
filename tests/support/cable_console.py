"""A virtual treadmill on a cable as people and onlookers see it: its belt, and what can be done at its console."""

from collections.abc import Callable
from dataclasses import dataclass

from device_adapters.sim.computer import Said
from device_adapters.sim.reversible_belt import ReversibleSpec
from device_adapters.sim.woodway import Woodway


@dataclass(slots=True)
class CableQuirks:
    """What is wrong with its motor, by the names that the simulations know."""

    overspeed: bool = False
    mph_firmware: bool = False
    ignore_stop: bool = False


class CableConsole:
    """Belt and computer in one, in the place of `OddComputer` and its belt. `passed` hears that time went on."""

    mute, hung_up, answer_ms = True, False, 45

    def __init__(self, machine: Woodway, passed: Callable[[], None] = lambda: None) -> None:
        self.machine = machine
        self.quirks = CableQuirks()
        self._passed = passed

    @property
    def speed_ckmh(self) -> int:
        return self.machine.belt.speed_ckmh

    @property
    def target_ckmh(self) -> int:
        return abs(self.machine.belt.target)

    @property
    def under_way(self) -> bool:
        return self.target_ckmh > 0 or self.speed_ckmh > 0

    @property
    def incline_dpct(self) -> int:
        """Along travel: a rise of the deck is downhill on a belt that runs backward."""
        dpct = self.machine.belt.incline_dpct
        return -dpct if self.machine.belt.signed_ckmh < 0 else dpct

    @property
    def spec(self) -> ReversibleSpec:
        return self.machine.belt.spec

    @spec.setter
    def spec(self, spec: ReversibleSpec) -> None:
        self.machine.belt.spec = spec

    def step(self, ms: int) -> None:
        belt, quirks = self.machine.belt, self.quirks
        belt.ignores = quirks.ignore_stop
        belt.gain_pct = 161 if quirks.mph_firmware else 200 if quirks.overspeed else 100
        self.machine.step(ms)
        self._passed()

    def left(self, _client: str) -> None:
        """Nobody says goodbye on a cable."""

    def press_stop(self) -> tuple[Said, ...]:
        self.machine.press_stop()
        return ()

    press_pause = pull_key = press_stop

    def insert_key(self) -> None:
        """It starts nothing."""

    def press_speed(self, ckmh: int) -> tuple[Said, ...]:
        self.machine.press_speed(ckmh)
        return ()

    def set_incline(self, dpct: int) -> None:
        self.machine.belt.target_dpct = max(0, dpct)

    def revoke_control(self) -> tuple[Said, ...]:
        return ()
