"""The physics of a treadmill: a motor that ramps a belt with mass, a slow incline motor, and what real ones get wrong.

Pure, and in integers: an acceleration in 0.01 km/h per second times milliseconds is a speed in 0.00001 km/h, so
nothing rounds and the same commands give the same belt on every machine.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

FINE = 1000
"""Fine units per wire unit: speeds are kept in 0.00001 km/h, inclinations in 0.0001 %."""

OVERSPEED_CKMH = 300
"""A belt that runs away settles this far above what it was asked."""

MPH_PER_MIL = 1609
"""Firmware that takes km/h for mph runs 1.609 times as fast (Horizon T202, qdomyos-zwift PR #4904)."""

_FINE_CKMH_MS_PER_M = 360 * FINE * 1000
"""1 m is 360 * 0.01 km/h * 1 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltSpec:
    """What the motor can do. The defaults are those of a common gym treadmill."""

    speed_min_ckmh: int = 80
    speed_max_ckmh: int = 2000
    speed_step_ckmh: int = 10
    accel_ckmh_s: int = 150
    decel_ckmh_s: int = 200
    coast_ckmh_s: int = 400
    """Without power (safety key pulled) the belt coasts to a halt under the walker's weight."""
    start_delay_ms: int = 2000
    speed_at_rest: Literal["refused", "ignored", "starts"] = "refused"
    """What becomes of a target speed that comes before Start."""
    remembers_speed: bool = False
    """Start goes to the speed that was set when it was stopped or paused, not to the minimum."""
    incline_min_dpct: int = 0
    incline_max_dpct: int = 150
    incline_step_dpct: int = 5
    incline_rate_dpct_s: int = 5


class Drive(Enum):
    """What the motor controller is doing."""

    IDLE = auto()
    COUNTDOWN = auto()
    RUNNING = auto()
    PAUSING = auto()
    PAUSED = auto()
    STOPPING = auto()


@dataclass(slots=True)
class Quirks:
    """What goes wrong, now."""

    mph_firmware: bool = False
    ignore_stop: bool = False
    overspeed: bool = False


class Belt:
    """One belt and deck. Commands return False where the machine, as it is, cannot do them."""

    def __init__(self, spec: BeltSpec | None = None) -> None:
        self.spec = spec or BeltSpec()
        self.quirks = Quirks()
        self.drive = Drive.IDLE
        self.key_in = True
        self.target_ckmh = 0
        self.target_dpct = max(0, self.spec.incline_min_dpct)
        self._speed = 0
        self._incline = self.target_dpct * FINE
        self._countdown_ms = 0
        self._kept_ckmh = 0
        self._travel = 0
        self._climb = 0
        self._moving_ms = 0

    @property
    def speed_ckmh(self) -> int:
        """True belt speed."""
        return (self._speed + FINE // 2) // FINE

    @property
    def incline_dpct(self) -> int:
        """True inclination."""
        return (self._incline + FINE // 2) // FINE

    @property
    def distance_m(self) -> int:
        """Metres since the last start from a stop."""
        return self._travel // _FINE_CKMH_MS_PER_M

    @property
    def climbed_dm(self) -> int:
        """Positive elevation gain in 0.1 m since the last start from a stop."""
        return self._climb // (_FINE_CKMH_MS_PER_M * FINE * 100)

    @property
    def elapsed_s(self) -> int:
        """Seconds of movement since the last start from a stop."""
        return self._moving_ms // 1000

    @property
    def can_start(self) -> bool:
        """Key in and nothing running."""
        return self.key_in and self.drive in (Drive.IDLE, Drive.PAUSED)

    @property
    def under_way(self) -> bool:
        """Running or about to: there is something to stop and a speed to set."""
        return self.drive in (Drive.COUNTDOWN, Drive.RUNNING)

    def start(self) -> bool:
        """Count down, then move at the machine's minimum (or the speed that it remembers). Totals begin anew unless
        it was paused.
        """
        if not self.can_start:
            return False
        if self.drive is Drive.IDLE:
            self.begin_totals()
        self.drive = Drive.COUNTDOWN
        self._countdown_ms = self.spec.start_delay_ms
        remembered = self._kept_ckmh if self.spec.remembers_speed else 0
        self.target_ckmh = max(self.spec.speed_min_ckmh, remembered)
        return True

    def begin_totals(self) -> None:
        """Distance, climb and elapsed time from 0."""
        self._travel = self._climb = self._moving_ms = 0

    def halt(self, *, pause: bool) -> bool:
        """Ramp down. A belt that ignores stops says yes too."""
        if not self.under_way:
            return False
        if not self.quirks.ignore_stop:
            self._ramp_down(Drive.PAUSING if pause else Drive.STOPPING)
        return True

    def set_speed(self, ckmh: int) -> bool:
        """A new target within the machine's range; a belt at rest does with it what its model does."""
        if not self.spec.speed_min_ckmh <= ckmh <= self.spec.speed_max_ckmh:
            return False
        if not self.under_way and not (self.spec.speed_at_rest == "starts" and self.start()):
            return self.spec.speed_at_rest == "ignored"
        self.target_ckmh = ckmh
        return True

    def set_incline(self, dpct: int) -> bool:
        """A new target for the deck, at rest too."""
        if not self.spec.incline_min_dpct <= dpct <= self.spec.incline_max_dpct:
            return False
        self.target_dpct = dpct
        return True

    def pull_key(self) -> None:
        """The safety key: power off, whatever the software thinks."""
        self.key_in = False
        self._ramp_down(Drive.STOPPING)

    def insert_key(self) -> None:
        """Allows a start; does not start."""
        self.key_in = True

    def _ramp_down(self, drive: Drive) -> None:
        self._kept_ckmh = self.target_ckmh or self._kept_ckmh
        self.drive = drive
        self.target_ckmh = 0

    def step(self, dt_ms: int) -> None:
        """Let `dt_ms` pass: countdown, speed, incline and travel go on."""
        dt_ms -= self._count_down(dt_ms)
        before = self._speed
        aim = self._aim_ckmh() * FINE
        rate = self.spec.accel_ckmh_s
        if aim < before:
            rate = self.spec.decel_ckmh_s if self.key_in else self.spec.coast_ckmh_s
        self._speed = _towards(before, aim, rate * dt_ms)
        ramp_ms = min(dt_ms, abs(aim - before) // rate)
        travel = (before + self._speed) * ramp_ms // 2 + self._speed * (dt_ms - ramp_ms)
        self._travel += travel
        self._climb += travel * max(0, self._incline)
        if before or self._speed:
            self._moving_ms += dt_ms
        if self._speed == 0:
            self.drive = {Drive.STOPPING: Drive.IDLE, Drive.PAUSING: Drive.PAUSED}.get(self.drive, self.drive)
        if self.key_in:
            self._incline = _towards(
                self._incline, self.target_dpct * FINE, self.spec.incline_rate_dpct_s * dt_ms
            )

    def _count_down(self, dt_ms: int) -> int:
        """Milliseconds of `dt_ms` that the countdown takes up."""
        if self.drive is not Drive.COUNTDOWN:
            return 0
        used = min(dt_ms, self._countdown_ms)
        self._countdown_ms -= used
        if self._countdown_ms == 0:
            self.drive = Drive.RUNNING
        return used

    def _aim_ckmh(self) -> int:
        if self.drive is not Drive.RUNNING or not self.key_in:
            return 0
        aim = self.target_ckmh
        if self.quirks.mph_firmware:
            aim = aim * MPH_PER_MIL // 1000
        aim = min(aim, self.spec.speed_max_ckmh)
        return aim + OVERSPEED_CKMH if self.quirks.overspeed else aim


def _towards(value: int, aim: int, step: int) -> int:
    return min(aim, value + step) if aim > value else max(aim, value - step)
