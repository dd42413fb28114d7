"""A sensor of our own on a belt, and what it makes of what the machine tells; one by pulses at a pin."""

from abc import ABC, abstractmethod
from typing import Any

from device_adapters.clock import Clock
from device_adapters.errors import ConfigError
from device_adapters.pins import pin
from device_adapters.safety.envelope_state import State, speed_now
from device_adapters.safety.hazards import Cause
from device_adapters.safety.pulses import Pulses
from device_adapters.safety.second_opinion import Opinion, judged


class BeltSensor(ABC):
    """That of one treadmill. `contradicted`: what was told and what was seen of its belt (0.01 km/h) when something was
    last found wrong with it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opinion = Opinion()
        self.contradicted: tuple[int, int] | None = None

    @abstractmethod
    def seen_ckmh(self, now_ms: int) -> int | None:
        """The speed that it sees (0.01 km/h) at `now_ms`, monotonic; None while it sees nothing."""

    def judged(self, state: State) -> Cause | None:
        """What is wrong with the belt by what is seen of it now."""
        now_ms = self._clock.now_ms()
        told, seen = speed_now(state, now_ms), self.seen_ckmh(now_ms)
        self._opinion, cause = judged(self._opinion, state, seen, now_ms)
        if cause is not None and told is not None and seen is not None:
            self.contradicted = told, seen
        return cause

    @abstractmethod
    def close(self) -> None:
        """It is needed no more."""


class PulseSensor(BeltSensor):
    """A reed or optical sensor at a pin. Raises ConfigError where that cannot be read."""

    def __init__(self, treadmill: str, gpio: int, per_m: float, clock: Clock) -> None:
        super().__init__(clock)
        self._pulses = Pulses(per_m, clock.now_ms())
        self._input = sensor_input(gpio, treadmill)
        self._input.when_activated = self._came

    def _came(self) -> None:  # in a thread of gpiozero's
        self._pulses.came(self._clock.now_ms())

    def seen_ckmh(self, now_ms: int) -> int:
        """By its pulses; one that fails sees a belt that stands."""
        return self._pulses.speed_ckmh(now_ms)

    def close(self) -> None:
        """Let the pin go; others may have it."""
        self._input.close()


def sensor_input(gpio: int, treadmill: str) -> Any:
    """The pin of a belt sensor; ConfigError if it cannot be read."""
    what = f"the belt sensor of {treadmill}"
    return pin(gpio, what, lambda gpiozero: gpiozero.DigitalInputDevice(gpio, pull_up=True))


def uncounted(treadmill: str, what: str) -> ConfigError:
    """What is wrong with a sensor whose pulses or revolutions nobody counted."""
    return ConfigError(
        f"belt sensor of {treadmill}: nobody counted its {what}: backstride belt-sensor {treadmill}"
    )
