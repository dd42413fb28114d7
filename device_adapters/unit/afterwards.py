"""What a unit records, says and logs of its belts comes after what it writes to them: no word keeps a belt waiting.

A stop for all is one turn of the loop in which every gate decides; the writes go out in the turns that follow, and
only then is any of it told, a little in each turn.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

TURNS = 3
"""Of the loop: a write begins in the first, and is with the radio's driver by the last."""

AT_A_TIME = 4
"""Deeds of one turn: answers of belts come in between."""

log = structlog.get_logger()


class Afterwards:
    """Deeds in their order, done soon. One that fails is logged, and the others are done."""

    def __init__(self) -> None:
        self._due: deque[Callable[[], None]] = deque()
        self._waits = False

    def do(self, deed: Callable[[], None]) -> None:
        """Do this once the writes of this turn are out."""
        self._due.append(deed)
        if not self._waits:
            self._waits = True
            self._in_turns(TURNS)

    def do_all(self) -> None:
        """Do now what is due: nothing comes after."""
        while self._due:
            self._do_next()

    def _in_turns(self, turns: int) -> None:
        loop = asyncio.get_running_loop()
        if turns:
            loop.call_soon(self._in_turns, turns - 1)
            return
        for _ in range(min(AT_A_TIME, len(self._due))):
            self._do_next()
        self._waits = bool(self._due)
        if self._waits:
            loop.call_soon(self._in_turns, 0)

    def _do_next(self) -> None:
        deed = self._due.popleft()
        try:
            deed()
        except Exception:
            log.exception("not told")
