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
        self._last: CscMeasurement | None = None
        self._heard_ms = 0
        self._turned_ms: int | None = None
        self._known = False
        self._begin(0)

    def _begin(self, now_ms: int) -> None:
        """Count from the event of the newest revolution, which is 0 of the pod's time."""
        self._ticks = 0
        self._behind_ms = now_ms
        self._pulses = Pulses(self._per_m, 0)

    def told(self, data: bytes, now_ms: int) -> None:
        """A CSC Measurement. DecodeError if it tells no wheel revolutions."""
        measurement = cycling_speed_cadence.decode(data)
        last, self._last, self._heard_ms = self._last, measurement, now_ms
        if last is None:
            return
        turns, ticks = measurement.since(last)
        self._known = True
        if turns:
            self._turned(abs(turns), ticks, now_ms)

    def _turned(self, turns: int, ticks: int, now_ms: int) -> None:
        before_ms, self._turned_ms = self._turned_ms, now_ms
        if before_ms is None or now_ms - before_ms > APART_MOST_MS:
            self._begin(now_ms)
            return
        if not self._plausible(turns, ticks, now_ms - before_ms):
            self._known, self._turned_ms = False, None
            self._begin(now_ms)
            return
        began_ms = _ms(self._ticks)
        self._ticks += ticks
        each_ms = _ms(ticks) / turns
        for turn in range(1, turns + 1):
            self._pulses.came(round(began_ms + turn * each_ms))
        # The quickest of its ways to us so far, less what two clocks may drift apart.
        self._behind_ms = min(self._behind_ms + 1, now_ms - round(_ms(self._ticks)))

    def _plausible(self, turns: int, ticks: int, passed_ms: int) -> bool:
        same_time = abs(_ms(ticks) - passed_ms) <= CLOCKS_DIFFER_MOST_MS
        return same_time and turns * CKMH_PER_M_MS <= MOST_CKMH * self._per_m * _ms(ticks)

    def speed_ckmh(self, now_ms: int) -> int | None:
        """By the revolutions of its last second; no faster than the next one could come by what was heard."""
        if not self._known:
            return None
        seen_ms = self._heard_ms if now_ms - self._heard_ms < HEARD_MS else now_ms
        return self._pulses.speed_ckmh(seen_ms - self._behind_ms)


def _ms(ticks: int) -> float:
    return ticks * SECOND_MS / EVENT_HZ
