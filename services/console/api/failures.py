"""How often an address came with a token that is none. Bounded: whoever guesses cannot fill the memory. Pure."""

from collections import OrderedDict, deque

FAILURES_MAX = 10
FAILURES_WINDOW_S = 60
ADDRESSES_MAX = 1000


class Failures:
    """Failed tokens of the last FAILURES_WINDOW_S, by address; the address that failed longest ago is dropped first."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[int]] = OrderedDict()

    def failed(self, address: str, now_ms: int) -> None:
        """One more."""
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
