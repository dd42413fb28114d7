"""Several radios as one: a device goes where it is heard well and a slot is free, and moves when that radio fails."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from device_adapters.ble.radio import Radio, Seat, Sighting
from device_adapters.clock import Clock

SETTLE_S = 0.3
"""After the first radio heard a device, the others get this long to hear it, too."""

SIGHTED_MS = 5_000
FAILED_DB = 15
FULL_DB = 20
"""A radio on which a device failed is taken to hear it 15 dB worse, a full one 20 dB worse than an empty one."""

FAILED_MAX = 4
REMEMBERED_MAX = 200
"""Of so many devices that failed is it remembered; roaming straps change their addresses."""


class Radios:
    """The radios of a unit. Treadmills come first: a strap leaves a slot for each one that is not linked yet."""

    def __init__(self, radios: Sequence[Radio], clock: Clock, first: Sequence[str] = ()) -> None:
        self.radios = tuple(radios)
        self.clock = clock
        self._owed = {address.upper(): True for address in first}
        self._failed: dict[tuple[str, str], int] = {}
        self._waiting: dict[str, set[asyncio.Event]] = {}
        for radio in self.radios:
            radio.on_sighting = self._on_sighting
            radio.also_wanted = lambda: bool(self._waiting)

    def _on_sighting(self, sighting: Sighting) -> None:
        for waiter in self._waiting.get(sighting.device.address.upper(), ()):
            waiter.set()

    def heard(self) -> dict[str, Sighting]:
        """Who was heard lately, by address, at the radio that hears it best."""
        best: dict[str, Sighting] = {}
        for radio in self.radios:
            for address, sighting in radio.heard().items():
                if self._fresh(sighting) and (address not in best or best[address].rssi < sighting.rssi):
                    best[address] = sighting
        return best

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[Seat]:
        """Wait until `address` is heard where a slot is free for it, and hold the slot."""
        address = address.upper()
        await self._heard_again(address)
        while (seat := self._best(address)) is None:
            await self._heard_again(address)
        owed = self._owed.get(address)
        if owed:
            self._owed[address] = False
        try:
            with seat.radio.slot():
                yield seat
        finally:
            if owed:
                self._owed[address] = True

    async def _heard_again(self, address: str) -> None:
        waiter = asyncio.Event()
        self._waiting.setdefault(address, set()).add(waiter)
        try:
            await waiter.wait()
        finally:
            self._waiting[address].discard(waiter)
            if not self._waiting[address]:
                del self._waiting[address]
        if sum(radio.up for radio in self.radios) > 1:
            await self.clock.sleep(SETTLE_S)

    def _best(self, address: str) -> Seat | None:
        spare = sum(radio.free for radio in self.radios)
        if address not in self._owed and spare <= sum(self._owed.values()):
            return None
        seats = [
            Seat(radio, sighting)
            for radio in self.radios
            if radio.free and (sighting := radio.last_heard(address)) and self._fresh(sighting)
        ]
        return max(seats, key=lambda seat: self._score(seat, address), default=None)

    def _score(self, seat: Seat, address: str) -> float:
        failed = self._failed.get((address, seat.radio.name), 0)
        return seat.sighting.rssi - FAILED_DB * failed - FULL_DB * seat.radio.used / seat.radio.slots

    def _fresh(self, sighting: Sighting) -> bool:
        return self.clock.now_ms() - sighting.heard_ms <= SIGHTED_MS

    def tried(self, address: str, radio: Radio, *, good: bool, own: bool = False) -> None:
        """How an attempt to connect ended: a radio on which it failed is chosen less gladly next time."""
        radio.tried(address, radio, good=good, own=own)
        key = (address.upper(), radio.name)
        failed = self._failed.pop(key, 0)
        if not good:
            self._failed[key] = min(FAILED_MAX, failed + 1)
        for old in list(self._failed)[:-REMEMBERED_MAX]:
            del self._failed[old]
