"""What the broker has yet to answer, and when its silence means that it is gone."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from device_adapters.errors import BusLostError

ANSWER_MAX_S = 5.0
TICK_S = 1.0
MID_MAX = 65_535

A = TypeVar("A")


def _nothing() -> None:
    """What follows an answer that nothing waits behind."""


class Owed(Generic[A]):
    """Questions by packet identifier, oldest first; one that nobody waits for any more is still owed.

    Silence is counted in ticks without any answer: a broker that has much to answer is slow, and there; and while this
    loop itself stood still, it heard nobody.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._questions: dict[int, tuple[asyncio.Future[A], Callable[[], None]]] = {}
        self._owed: object = None
        self._silent_ticks = 0
        self._mid = 0

    def __contains__(self, mid: int) -> bool:
        """Is that still to be answered?"""
        return mid in self._questions

    def new_mid(self) -> int:
        """An identifier that no open question has."""
        while True:
            self._mid = self._mid % MID_MAX + 1
            if self._mid not in self._questions:
                return self._mid

    def ask(self, mid: int, then: Callable[[], None] = _nothing) -> asyncio.Future[A]:
        """A question is on its way: its answer. `then` is called once the broker has answered or is lost."""
        answer: asyncio.Future[A] = self._loop.create_future()
        self._questions[mid] = answer, then
        return answer

    def answered(self, mid: int, answer: A) -> None:
        """The broker answers; an answer to no question is a sign of life and no more."""
        self._owed = None
        question = self._questions.pop(mid, None)
        if question is None:
            return
        asked, then = question
        then()
        if not asked.done():
            asked.set_result(answer)

    def tick(self) -> bool:
        """Once every TICK_S: has the broker been silent for ANSWER_MAX_S while it owed an answer?"""
        oldest = next(iter(self._questions.values()), None)
        self._silent_ticks = self._silent_ticks + 1 if oldest and oldest is self._owed else 0
        self._owed = oldest
        return self._silent_ticks * TICK_S >= ANSWER_MAX_S

    def lose_all(self, why: str) -> None:
        """No answer will come any more."""
        lost, self._questions = self._questions, {}
        for asked, then in lost.values():
            fail(asked, why)
            then()


def fail(future: asyncio.Future[A], why: str) -> None:
    """Whoever waits gets BusLostError."""
    if not future.done():
        future.set_exception(BusLostError(f"the connection to the broker was lost ({why})"))
        future.exception()  # taken note of, also where nobody waits any more
