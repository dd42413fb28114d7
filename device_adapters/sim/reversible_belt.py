"""The physics of a belt that runs both ways, and of a deck that only rises. Pure, in integers, as `belt.py`.

A speed has a sign: + is forward. What the motor does is its own: nobody can set its rates.
"""

from dataclasses import dataclass
from typing import Literal

FINE = 1000
"""Fine units per wire unit: speeds are kept in 0.00001 km/h, inclinations in 0.0001 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversibleSpec:
    """What the motor does: 0.01 km/h per second, 0.1 % per second. `turns`: what becomes of a speed of the other sign
    under way.
    """

    accel_ckmh_s: int = 100
    decel_ckmh_s: int = 150
    coast_ckmh_s: int = 60
    incline_rate_dpct_s: int = 5
    turns: Literal["ramps", "refuses", "jolts"] = "ramps"


class ReversibleBelt:
    """One belt and deck. `target` (signed 0.01 km/h) is where the motor goes while it has power; by `gain_pct` of it,
    should it be off. It `ignores` what is slower.
    """

    def __init__(self, spec: ReversibleSpec | None = None) -> None:
        self.spec = spec or ReversibleSpec()
        self.target = 0
        self.target_dpct = 0
        self.powered = True
        self.ignores = False
        self.gain_pct = 100
        self._speed = 0
        self._incline = 0

    @property
    def signed_ckmh(self) -> int:
        """True speed, + forward."""
        return (abs(self._speed) + FINE // 2) // FINE * (1 if self._speed >= 0 else -1)

    @property
    def speed_ckmh(self) -> int:
        """True speed, whichever way."""
        return abs(self.signed_ckmh)

    @property
    def incline_dpct(self) -> int:
        """True inclination of the deck."""
        return (self._incline + FINE // 2) // FINE

    @property
    def rests(self) -> bool:
        """Does nothing move, and is nothing to?"""
        return not (self.target or self._speed) and self._incline == self.target_dpct * FINE

    def step(self, dt_ms: int) -> None:
        """Let `dt_ms` pass: deck and belt move towards their targets."""
        self._incline = _towards(
            self._incline, self.target_dpct * FINE, self.spec.incline_rate_dpct_s * dt_ms
        )
        if not self.powered:
            self._speed = _towards(self._speed, 0, self.spec.coast_ckmh_s * dt_ms)
            return
        if self.ignores and abs(self.target) * FINE < abs(self._speed):
            return
        aim = self.target * FINE * self.gain_pct // 100
        if self.spec.turns == "jolts" and aim * self._speed < 0:
            self._speed = 0
        slower = aim * self._speed < 0 or abs(aim) < abs(self._speed)
        if slower:
            stop_at = 0 if aim * self._speed < 0 else aim
            self._speed = _towards(self._speed, stop_at, self.spec.decel_ckmh_s * dt_ms)
        else:
            self._speed = _towards(self._speed, aim, self.spec.accel_ckmh_s * dt_ms)


def _towards(value: int, aim: int, step: int) -> int:
    return min(aim, value + step) if aim > value else max(aim, value - step)
