"""What a unit needs of the link to a machine, whatever carries it: a fitness machine's characteristics, by UUID."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class MachineLink(Protocol):
    """A live link. `gone` is set when it ends."""

    gone: asyncio.Event

    @property
    def fault(self) -> Exception | None:
        """What a handler of its notifications raised."""
        ...

    @property
    def name(self) -> str:
        """Its name, as it says it."""
        ...

    @property
    def rssi(self) -> int | None:
        """How loud it was heard, dBm; None: no radio."""
        ...

    @property
    def backward(self) -> bool | None:
        """Does its belt run backward, as it said last? None: it says no direction, or stands."""
        ...

    @property
    def radio(self) -> str:
        """What carries it."""
        ...

    def give_up(self) -> None:
        """End the link; whoever serves it sees it gone."""
        ...

    def has(self, characteristic: str) -> bool:
        """Is there such a characteristic? Raises LinkError once the link is lost."""
        ...

    def count(self, characteristic: str) -> int:
        """How often is it there?"""
        ...

    def need(self, characteristic: str) -> None:
        """Raises an error of the link if this cannot be notified."""
        ...

    async def read(self, characteristic: str) -> bytes | None:
        """Its value; None if it has none that may be read."""
        ...

    async def subscribe(self, characteristic: str, handler: Callable[[bytes], None]) -> None:
        """Call `handler(data)` for each notification."""
        ...

    async def resubscribe(self, characteristic: str, *, other: bool = False) -> None:
        """Subscribe once more."""
        ...

    async def write(self, characteristic: str, data: bytes) -> None:
        """Write, and wait for the response. LinkError where none comes."""
        ...
