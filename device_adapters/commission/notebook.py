"""Who stands beside the treadmill, and what is told to them and written down while the course goes."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from device_adapters.commission.findings import Check, Findings
from device_adapters.commission.ride import Ride

A = TypeVar("A")

PERSON_S = 180.0


class Bystander(Protocol):
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

    async def runs_backward(self) -> bool | None:
        """Does the belt run backward, as seen by whoever stands there? None: nobody looked."""
        ...

    async def pulled(self, what: str) -> bool | None:
        """Pull this, look, and plug it in again: was the belt at rest within 6 s? None: it was not pulled."""
        ...


class Notebook:
    """The findings so far. What is told to the person is not kept; what is noted goes into the record."""

    def __init__(self, person: Bystander) -> None:
        self.person = person
        self.findings = Findings()

    def note(self, text: str) -> None:
        """One more note of the record."""
        self.findings = replace(self.findings, notes=(*self.findings.notes, text))

    def tell(self, name: str, good: bool, text: str) -> None:
        """Tell the person of a check."""
        self.person.check(Check(name, good, text))

    async def ask(
        self, ride: Ride, question: Coroutine[Any, Any, A], look: Callable[[], None] | None = None
    ) -> A | None:
        """Ask the person while the belt goes on and is watched (by `look`); None if no answer comes."""
        answer = asyncio.create_task(question, name="commissioning.question")
        try:
            answered = await ride.within(answer.done, PERSON_S, look or ride.look)
            return answer.result() if answered else None
        finally:
            answer.cancel()
            await asyncio.wait([answer])
