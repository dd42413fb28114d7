"""The speed of a belt by what a Bluetooth pod tells: a CSC sensor of its roller's revolutions, an RSC pod of the speed
itself. Pure. Both tell about once a second; speeds are 0.01 km/h, times monotonic ms.

A pod may say nothing while it stands. So one that is linked and silent shows what its silence allows: no revolution.
One whose link is lost shows nothing, and is begun anew.
"""

from typing import Protocol

from device_adapters.codecs import cycling_speed_cadence, running_speed_cadence
from device_adapters.codecs.cycling_speed_cadence import EVENT_HZ, CscMeasurement
from device_adapters.safety.pulses import CKMH_PER_M_MS, Pulses
from device_adapters.units import KMH_PER_M_S, SECOND_MS, ckmh_from_kmh

HEARD_MS = 2_000
"""What it told holds for so long: two of its seconds."""

APART_MOST_MS = 30_000
"""Revolutions that came further apart show no speed, and the next are counted from there: the event time rolls over in
64 s, and nothing tells how often.
"""

CLOCKS_DIFFER_MOST_MS = 2_500
"""Between two measurements, by the pod's clock and by ours, as each comes late by up to two seconds. More: the pod
began anew.
"""

MOST_CKMH = 3_000
"""No belt is faster: what was told is none of a belt's, or a count was set anew."""


class PodSpeed(Protocol):
    """What is known of a pod over one link."""

    def told(self, data: bytes, now_ms: int) -> None:
        """A notification. DecodeError if it tells nothing."""
        ...

    def speed_ckmh(self, now_ms: int) -> int | None:
        """Now; None where nothing is known yet, or no more."""
        ...


class BySpeed:
    """Of an RSC pod, which tells its belt's speed."""

    def __init__(self) -> None:
        self._told: tuple[int, int] | None = None

    def told(self, data: bytes, now_ms: int) -> None:
        """An RSC Measurement. DecodeError if it is too short."""
        m_s = running_speed_cadence.decode(data).speed_256ths / 256
        speed = ckmh_from_kmh(m_s * KMH_PER_M_S)
        self._told = (now_ms, speed) if speed <= MOST_CKMH else None

    def speed_ckmh(self, now_ms: int) -> int | None:
        """As it told; 0 once it is silent."""
        if self._told is None:
            return None
        at_ms, speed = self._told
        return speed if now_ms - at_ms < HEARD_MS else 0


class ByRevolutions:
    """Of a CSC sensor whose wheel turns `per_m` times in each metre of belt."""

    def __init__(self, per_m: float) -> None:
        self._per_m = per_m
        self._last: tuple[CscMeasurement, int] | None = None
        self._told = 0
        self._turns: _Turns | None = None

    def told(self, data: bytes, now_ms: int) -> None:
        """A CSC Measurement. DecodeError if it tells no wheel revolutions."""
        measurement = cycling_speed_cadence.decode(data)
        last, self._last = self._last, (measurement, now_ms)
        self._told += 1
        if last is not None:
            count, ticks = measurement.since(last[0])
            if count:
                self._turned(abs(count), ticks, now_ms)

    def _turned(self, count: int, ticks: int, now_ms: int) -> None:
        turns = self._turns
        if turns is None or now_ms - turns.heard_ms > APART_MOST_MS:
            self._turns = _Turns(self._per_m, now_ms)
        elif self._plausible(count, ticks, now_ms - turns.heard_ms):
            turns.came(count, ticks, now_ms)
        else:
            self._turns, self._told = None, 1

    def _plausible(self, count: int, ticks: int, passed_ms: int) -> bool:
        same_time = abs(_ms(ticks) - passed_ms) <= CLOCKS_DIFFER_MOST_MS
        return same_time and count * CKMH_PER_M_MS <= MOST_CKMH * self._per_m * _ms(ticks)

    def speed_ckmh(self, now_ms: int) -> int | None:
        """By the revolutions of its last second; no faster than the next one could come by what was heard. None until
        it told twice.
        """
        if self._last is None or self._told < 2:
            return None
        heard_ms = self._last[1]
        return (
            self._turns.speed_ckmh(heard_ms if now_ms - heard_ms < HEARD_MS else now_ms) if self._turns else 0
        )


class _Turns:
    """Revolutions that came in a row, counted from the first, which is 0 of the pod's time."""

    def __init__(self, per_m: float, now_ms: int) -> None:
        self._pulses = Pulses(per_m, 0)
        self._ticks = 0
        self._behind_ms = now_ms
        self.heard_ms = now_ms

    def came(self, count: int, ticks: int, now_ms: int) -> None:
        self._ticks += ticks
        each_ms = _ms(ticks) / count
        for left in reversed(range(count)):
            self._pulses.came(round(_ms(self._ticks) - left * each_ms))
        # The quickest of its ways to us so far, less what two clocks may drift apart.
        self._behind_ms = min(self._behind_ms + 1, now_ms - round(_ms(self._ticks)))
        self.heard_ms = now_ms

    def speed_ckmh(self, now_ms: int) -> int:
        return self._pulses.speed_ckmh(now_ms - self._behind_ms)


def _ms(ticks: int) -> float:
    return ticks * SECOND_MS / EVENT_HZ
