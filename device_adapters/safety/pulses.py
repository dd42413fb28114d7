"""The speed of a belt by the pulses of a sensor on it. Pure."""

from collections import deque

WINDOW_MS = 800
APART_MS = 3
"""Edges that are closer are one contact that bounces: 10 km/h with 50 pulses per metre are 7 ms apart."""

CKMH_PER_M_MS = 360_000
"""0.01 km/h in 1 m per ms."""


class Pulses:
    """Of one belt. `per_m` were counted at commissioning. Counted from `now_ms`, monotonic."""

    def __init__(self, per_m: float, now_ms: int) -> None:
        self._per_m = per_m
        self._at_ms = deque([now_ms])
        self.count = 0

    def came(self, at_ms: int) -> None:
        """A pulse; what bounces is not one. From whatever thread. Those of the last WINDOW_MS are kept, and at least
        two.
        """
        if at_ms - self._at_ms[-1] < APART_MS:
            return
        self._at_ms.append(at_ms)
        self.count += 1
        while len(self._at_ms) > 2 and at_ms - self._at_ms[0] > WINDOW_MS:
            self._at_ms.popleft()

    def speed_ckmh(self, now_ms: int) -> int:
        """By the pulses that are kept; no faster than the next could come now."""
        at_ms = list(self._at_ms)
        count = len(at_ms) - 1
        if not count:
            return 0
        return min(self._speed(count, at_ms[-1] - at_ms[0]), self._speed(1, now_ms - at_ms[-1]))

    def _speed(self, count: int, in_ms: int) -> int:
        return round(count / self._per_m * CKMH_PER_M_MS / max(APART_MS, in_ms))
