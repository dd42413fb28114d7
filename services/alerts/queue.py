"""What waits for one target, in the order in which a person is to read it. Pure.

A beginning waits for as long as its incident lasts. One that is over by then is told all the same, its end after it: a
phone that has "look now" as its last word of a belt that is well, or no word of one that was not, tells what is not so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, takewhile

from services.alerts.incidents import Notice

ENDS_MAX = 100
"""That wait; the oldest that is not urgent gives way, with its beginning."""

OLD_S = 6 * 3_600
"""What has been over for so long, and no server took, is news no more."""

LINES_MAX = 20
"""Of one message: providers cut what is longer than 4 kB."""


@dataclass(frozen=True, slots=True, eq=False)
class WaitingNotice:
    """One that was not taken yet, and since when, on the monotonic clock."""

    notice: Notice
    since_ms: int

    @property
    def is_end(self) -> bool:
        """Not a beginning?"""
        return self.notice.end_ms is not None


class AlertQueue:
    """One target's."""

    def __init__(self) -> None:
        self._waiting: list[WaitingNotice] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All that wait, the first first."""
        return tuple(one.notice for one in self._waiting)

    def put(self, notice: Notice, now_ms: int) -> None:
        """It waits from now on; in the stead of the same incident's beginning, if that waits and has grown worse."""
        fresh = WaitingNotice(notice, now_ms)
        same = [one for one in self._waiting if one.notice.cause.place == notice.cause.place]
        if same and not same[-1].is_end and not fresh.is_end:
            self._waiting[self._waiting.index(same[-1])] = fresh
            return
        self._waiting.append(fresh)
        ends = [one for one in self._waiting if one.is_end]
        if len(ends) > ENDS_MAX:
            self._forget(next((one for one in ends if not one.notice.urgent), ends[0]))

    def first(self) -> tuple[WaitingNotice, ...]:
        """What the next message tells: the urgent first, and together what are all beginnings or all ends."""
        line = [one for one in self._waiting if one.notice.urgent] or self._waiting
        alike = takewhile(lambda one: one.is_end == line[0].is_end, line)
        return tuple(islice(alike, LINES_MAX))

    def taken(self, told: Iterable[WaitingNotice]) -> None:
        """A server has these."""
        gone = set(told)
        self._waiting = [one for one in self._waiting if one not in gone]

    def forget_old(self, now_ms: int) -> None:
        """Incidents that have been over for OLD_S."""
        for one in list(self._waiting):
            if one.is_end and now_ms - one.since_ms > OLD_S * 1_000:
                self._forget(one)

    def _forget(self, end: WaitingNotice) -> None:
        """The end and all that waits of its incident."""
        place = end.notice.cause.place
        at = self._waiting.index(end)
        self._waiting = [
            one for n, one in enumerate(self._waiting) if n > at or one.notice.cause.place != place
        ]
