"""Acknowledgements of arrived messages, sent in order of arrival (MQTT 5 §4.6)."""

from collections import deque
from collections.abc import Callable


class _Arrival:
    __slots__ = ("dealt_with", "mid")

    def __init__(self, mid: int) -> None:
        self.mid = mid
        self.dealt_with = False


class Acknowledging:
    """`send(mid)` acknowledges one message; one that is held back holds back later ones."""

    def __init__(self, send: Callable[[int], None]) -> None:
        self._send = send
        self._open: deque[_Arrival] = deque()

    def __len__(self) -> int:
        """Messages not acknowledged yet."""
        return len(self._open)

    def arrived(self, mid: int) -> Callable[[], None]:
        """A message of QoS 1 has come; call what is returned once it is dealt with."""
        arrival = _Arrival(mid)
        self._open.append(arrival)

        def dealt_with() -> None:
            arrival.dealt_with = True
            while self._open and self._open[0].dealt_with:
                self._send(self._open.popleft().mid)

        return dealt_with

    def forget(self) -> None:
        """The connection is lost: whatever is dealt with from now on, the broker sends it again."""
        self._open.clear()
