"""Who stands beside the treadmill, and what is told to them and written down while the course goes."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from device_adapters.commission.findings import Check, Findings
from device_adapters.commission.ride import Ride

A = TypeVar("A")

PERSON_S = 180.0


class Person(Protocol):
    """Whoever stands beside the treadmill."""

    def check(self, check: Check) -> None:
        """Hear of a check."""
        ...

    def warn(self, text: str) -> None:
        """Hear that something must be done at once."""
        ...

    async def counted_kmh(self, asked_kmh: float) -> float | None:
        """The belt speed that a tachometer counts, km/h; None without one."""
        ...

    async def deck_rose(self) -> bool | None:
        """Did the deck's front rise? None: nobody looked."""
        ...


class Notebook:
    """The findings so far. What is told to the person is not kept; what is noted goes into the record."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.findings = Findings()

    def note(self, text: str) -> None:
        """One more note of the record."""
        self.findings = replace(self.findings, notes=(*self.findings.notes, text))

    def tell(self, name: str, good: bool, text: str) -> None:
        """Tell the person of a check."""
        self.person.check(Check(name, good, text))

    async def ask(self, ride: Ride, question: Coroutine[Any, Any, A]) -> A | None:
        """Ask the person while the belt goes on and is watched; None if no answer comes."""
        answer = asyncio.create_task(question, name="commissioning.question")
        try:
            answered = await ride.within(answer.done, PERSON_S, ride.look)
            return answer.result() if answered else None
        finally:
            answer.cancel()
            await asyncio.wait([answer])
