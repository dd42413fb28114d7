"""What a unit records, says and logs of its belts comes after what it writes to them: no word keeps a belt waiting.

A stop for all is one turn of the loop in which every gate decides; the writes go out in the turns that follow, and
only then is any of it told, a little in each turn.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

TURNS = 3
"""Of the loop, from a deed's own: a write begins in the first, and is with the radio's driver by the last."""

AT_A_TIME = 4
"""Deeds of one turn: answers of belts come in between."""

log = structlog.get_logger()


class Afterwards:
    """Deeds in their order, each of them done soon. One that fails is logged, and the others are done."""

    def __init__(self) -> None:
        self._due: deque[tuple[int, Callable[[], None]]] = deque()
        self._turn = 0
        self._turning = False

    def do(self, deed: Callable[[], None]) -> None:
        """Do this once the writes of this turn are out."""
        self._due.append((self._turn + TURNS, deed))
        if not self._turning:
            self._turning = True
            asyncio.get_running_loop().call_soon(self._next_turn)

    def do_all(self) -> None:
        """Do now what is due: nothing comes after."""
        while self._due:
            self._do_next()

    def _next_turn(self) -> None:
        self._turn += 1
        for _ in range(AT_A_TIME):
            if self._due and self._due[0][0] <= self._turn:
                self._do_next()
        self._turning = bool(self._due)
        if self._turning:
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _do_next(self) -> None:
        _, deed = self._due.popleft()
        try:
            deed()
        except Exception:
            log.exception("not told")
