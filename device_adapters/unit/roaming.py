"""Straps of nobody in particular: who is near, and the one that a session wears, for as long as its lease lasts.

Who is near is told by a pseudonym and the signal, without connecting. A lease that names one of them has it read;
when such leases end, by whatever cause, it is let go. What it is called on the air is told to nobody: names hold
serial numbers.
"""

import asyncio
import hashlib
from dataclasses import dataclass

import structlog

from device_adapters.ble.radios import Radios
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.config import Strap
from device_adapters.contract import messages, registry
from device_adapters.profiles import loader
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.strap import StrapAdapter

LOOK_S = 0.5
SAY_EVERY_MS = 2_000
KEEP_MS = 5_000
"""A strap is let go when no lease has named it for this long: leases come twice a second and live 3 s."""

ABSENT_MS = 15_000
"""A strap unheard for this long has left; when it is heard again, it came anew."""

NEARBY_MAX = 20
COUNTS_MAX = 10_000
"""Straps whose count of measurements goes on when they are worn again; beyond that the first one begins anew."""

log = structlog.get_logger()


def pseudonym(address: str, salt: bytes) -> str:
    """The id of a strap on the bus: the same at every unit with this salt, and nothing that leads to its address."""
    return f"hr-{hashlib.blake2s(address.upper().encode(), key=salt[:32], digest_size=5).hexdigest()}"


@dataclass(slots=True)
class _Near:
    address: str
    since_ms: int
    heard_ms: int
    rssi_dbm: int
    model: str


@dataclass(slots=True)
class _Worn:
    strap: str
    adapter: StrapAdapter
    reading: "asyncio.Task[None]"


class Roaming:
    """The roaming straps of one unit. `own`: addresses of straps with a place of their own, which are left alone."""

    def __init__(
        self, boot: str, air: Radios, reporter: Reporter, clock: Clock, salt: bytes, own: frozenset[str]
    ) -> None:
        self._boot = boot
        self._air = air
        self._reporter = reporter
        self._clock = clock
        self._salt = salt
        self._own = own
        self._near: dict[str, _Near] = {}
        self._wanted: dict[str, tuple[str, int]] = {}
        self._worn: dict[str, _Worn] = {}
        self._counts: dict[str, int] = {}
        self._said: tuple[messages.NearbyStrap, ...] | None = None
        self._said_ms = 0

    def wanted(self, treadmill: str, strap: str) -> None:
        """A lease of this belt names this strap."""
        self._wanted[treadmill] = (strap, self._clock.now_ms())

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._look()
                await self._let_go()
                self._take()
                self._say()
                await self._clock.sleep(LOOK_S)
        finally:
            for worn in self._worn.values():
                worn.reading.cancel()
            self._worn.clear()

    def _look(self) -> None:
        now_ms = self._clock.now_ms()
        for address, sighting in self._air.heard().items():
            if uuids.HEART_RATE_SERVICE not in sighting.services or address in self._own:
                continue
            strap = pseudonym(address, self._salt)
            near = self._near.get(strap)
            if near is None:
                profile = loader.match(name=sighting.device.name or "")
                model = profile.model if profile.kind == "strap" else ""
                near = self._near[strap] = _Near(address, self._clock.wall_ms(), now_ms, sighting.rssi, model)
            near.heard_ms, near.rssi_dbm = sighting.heard_ms, sighting.rssi
        reading = {worn.strap for worn in self._worn.values()}
        self._near = {
            strap: near
            for strap, near in self._near.items()
            if strap in reading or now_ms - near.heard_ms <= ABSENT_MS
        }

    async def _let_go(self) -> None:
        now_ms = self._clock.now_ms()
        for treadmill, (strap, asked_ms) in list(self._wanted.items()):
            if now_ms - asked_ms > KEEP_MS:
                del self._wanted[treadmill]
                strap = ""
            worn = self._worn.get(treadmill)
            if worn is None or worn.strap == strap:
                continue
            del self._worn[treadmill]
            worn.reading.cancel()
            await asyncio.wait([worn.reading])
            self._count(worn)
            self._reporter.forget(registry.STRAP_STATE, worn.strap)
            log.info("strap let go", treadmill=treadmill, strap=worn.strap)

    def _take(self) -> None:
        for treadmill, (strap, _) in self._wanted.items():
            near = self._near.get(strap)
            taken = {worn.strap for worn in self._worn.values()}
            if near is None or treadmill in self._worn or strap in taken:
                continue
            config = Strap(id=strap, address=near.address)
            frames = self._counts.get(strap, 0)
            adapter = StrapAdapter(config, self._boot, self._air, self._reporter, self._clock, frames)
            reading = asyncio.create_task(adapter.run(), name=f"strap[{strap}]")
            self._worn[treadmill] = _Worn(strap, adapter, reading)
            log.info("strap taken", treadmill=treadmill, strap=strap)

    def _count(self, worn: _Worn) -> None:
        """A strap's measurements have one count in a start of the unit: (strap, boot, seq) names one of them."""
        self._counts.pop(worn.strap, None)
        self._counts[worn.strap] = worn.adapter.frames
        if len(self._counts) > COUNTS_MAX:
            del self._counts[next(iter(self._counts))]

    def _say(self) -> None:
        now_ms = self._clock.now_ms()
        if self._said is not None and now_ms - self._said_ms < SAY_EVERY_MS:
            return
        where = {worn.strap: treadmill for treadmill, worn in self._worn.items()}
        loudest = sorted(self._near.items(), key=lambda item: -item[1].rssi_dbm)[:NEARBY_MAX]
        straps = tuple(
            messages.NearbyStrap(
                strap=strap,
                rssi_dbm=near.rssi_dbm,
                since_ms=near.since_ms,
                model=near.model,
                treadmill=where.get(strap, ""),
            )
            for strap, near in loudest
        )
        if straps == self._said:
            return
        self._said, self._said_ms = straps, now_ms
        message = messages.Nearby(
            unit=self._reporter.unit, boot=self._boot, at_ms=self._clock.wall_ms(), straps=straps
        )
        self._reporter.state(registry.NEARBY, message, self._reporter.unit)
