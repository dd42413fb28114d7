"""Against guessing: growing delays by account, device and network, and how often an address came with a token that is
none. Bounded: a guesser cannot fill the memory. Pure."""

from collections import OrderedDict, deque
from dataclasses import dataclass

from device_adapters.units import HOUR_MS

DELAY_MAX_S = 900
FORGOTTEN_MS = HOUR_MS
KEYS_MAX = 2_000

FAILURES_MAX = 10
FAILURES_WINDOW_S = 60
ADDRESSES_MAX = 1000


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_ms: int


class Delays:
    """Failures by key. The first `free` cost nothing, each further one doubles the wait, up to DELAY_MAX_S."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_s(self, key: str, now_ms: int) -> int:
        """How long this key has to wait before its next try, in seconds; 0: it may try."""
        failures = self._failures.get(key)
        if failures is None or failures.count <= self._free:
            return 0
        delay_s = min(1 << min(failures.count - self._free, 20), DELAY_MAX_S)
        return max(0, -((now_ms - failures.last_ms - 1000 * delay_s) // 1000))

    def failures(self, key: str) -> int:
        """How many are held against this key."""
        found = self._failures.get(key)
        return 0 if found is None else found.count

    def failed(self, key: str, now_ms: int) -> None:
        """One more failure; those of an hour without any are forgotten."""
        before = self._failures.pop(key, None)
        recent = before is not None and now_ms - before.last_ms < FORGOTTEN_MS
        self._failures[key] = _Failures((before.count if before and recent else 0) + 1, now_ms)
        if len(self._failures) > KEYS_MAX:
            self._failures.popitem(last=False)

    def passed(self, key: str) -> None:
        """It was right: nothing is held against this key."""
        self._failures.pop(key, None)


class Failures:
    """Failed tokens of the last FAILURES_WINDOW_S, by address; the address that failed longest ago is dropped first."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[int]] = OrderedDict()

    def failed(self, address: str, now_ms: int) -> None:
        """One more failure of this address, at `now_ms`."""
        times = self._times.setdefault(address, deque(maxlen=FAILURES_MAX))
        times.append(now_ms)
        self._times.move_to_end(address)
        if len(self._times) > ADDRESSES_MAX:
            self._times.popitem(last=False)

    def too_many(self, address: str, now_ms: int) -> bool:
        """Has it failed FAILURES_MAX times within the window?"""
        times = self._times.get(address)
        return (
            times is not None and len(times) == FAILURES_MAX and now_ms - times[0] < FAILURES_WINDOW_S * 1000
        )
