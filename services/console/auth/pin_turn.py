"""Hashing a PIN takes 64 MiB and a while: one at a time, and only so many wait, for nobody has signed in yet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

WAITING_MAX = 20


class TooManyWaitError(Exception):
    """Too many wait already."""


class PinTurn:
    """The queue before the hashing of PINs, of one console."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Once it is one's turn. TooManyWaitError: come back later."""
        if self._waiting >= WAITING_MAX:
            raise TooManyWaitError
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1
