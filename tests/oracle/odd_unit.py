"""A whole unit on the virtual radio, in virtual time, with one odd treadmill, a healthy one and a healthy strap.

The unit, its adapters, the link, bleak's side and bumble's radio are the product's; only the peripheral is odd. The
true belt, the wire and what is asked of it go to the oracle.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from bumble.device import Connection
from true_belt import TrueBelt
from virtual_loop import DiskLoopClock

from device_adapters.ble.radio import Backends
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.outbox import Outbox
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.air import SimLink
from device_adapters.sim.odd_computer import OddComputer
from device_adapters.sim.odd_strap import OddStrap
from device_adapters.sim.odd_treadmill import OddTreadmill
from device_adapters.sim.oddities import OF_STRAPS, Oddity
from device_adapters.sim.radio import VirtualRadio
from device_adapters.sim.runner import Runner, person
from device_adapters.sim.strap import VirtualStrap
from device_adapters.sim.traits import POLITE, Traits
from device_adapters.unit import Unit

Verb = Literal["start", "target", "stop", "clear"]

BOOT = "boot-1"
ODD, WELL, STRAP, ODD_STRAP = "tm-odd", "tm-well", "hr-well", "hr-odd"
FRAME_S = 0.25
SEE_S = 0.05


class OddRadio:
    """The unit's only adapter."""

    def __init__(self, link: SimLink) -> None:
        self.name, self.slots = "hci-v", 8
        self._link = link
        self._radio: VirtualRadio | None = None

    @property
    def backends(self) -> Backends:
        assert self._radio is not None
        return Backends(self._radio.client_backend, self._radio.scanner_backend)

    async def renew(self) -> None:
        await self._make()

    async def power_cycle(self) -> None:
        await self._make()

    async def _make(self) -> None:
        await self.close()
        self._radio = await VirtualRadio.on_link(self._link)

    async def lost(self) -> None:
        assert self._radio is not None
        await self._radio.wait_gone()

    async def close(self) -> None:
        if self._radio is not None:
            radio, self._radio = self._radio, None
            await radio.close()


class OddWatched(OddTreadmill):
    """The odd treadmill, whose wire the oracle hears."""

    oracle: TrueBelt

    def _on_control(self, client: Connection, data: bytes) -> None:
        self.oracle.wrote(self.odd_clock.now_ms(), data)
        super()._on_control(client, data)


class OddUnit:
    """`async with OddUnit(...) as world`: everything is on; `world.died` is why the unit ended, if it did."""

    def __init__(self, oddities: Sequence[Oddity] = (), traits: Traits = POLITE) -> None:
        self.clock = DiskLoopClock()
        link = SimLink()
        self.oracle = TrueBelt(obeys=traits.obeys, frame_ms=250, decel_ckmh_s=200)
        self.computers = {ODD: OddComputer(traits), WELL: OddComputer(POLITE)}
        machine = [oddity for oddity in oddities if oddity.step not in OF_STRAPS]
        worn = [oddity for oddity in oddities if oddity.step in OF_STRAPS]
        self.odd = OddWatched(link, "F1:00:00:00:00:01", self.computers[ODD], self.clock, machine, name="Odd")
        self.odd.oracle = self.oracle
        self.well = OddTreadmill(link, "F1:00:00:00:00:02", self.computers[WELL], self.clock, (), name="Well")
        self.runner = Runner(person("well"), "1")
        self.strap = VirtualStrap(link, "F2:00:00:00:00:01", self.runner, name="Strap")
        self.odd_strap = OddStrap(
            link, "F2:00:00:00:00:02", Runner(person("odd"), "2"), self.clock, worn, name="Odd strap"
        )
        self.states: dict[str, m.TreadmillState] = {}
        self.frames: dict[str, int] = {ODD: 0, WELL: 0, STRAP: 0, ODD_STRAP: 0}
        self.results: list[m.Result] = []
        self.events: list[m.Event] = []
        self.died: BaseException | None = None
        self.beat = 0
        self.leased = ""
        self._radio = OddRadio(link)
        self._tasks: list[asyncio.Task[None]] = []
        self._data = tempfile.TemporaryDirectory()
        self._linked = False

    async def __aenter__(self) -> Self:
        broker, data = MemoryBroker(), Path(self._data.name)
        bus = MemoryBus(broker, client_id="unit")
        mine = MemoryBus(broker, client_id="hub")
        config = UnitConfig(
            unit="unit-01",
            data=str(data),
            treadmill=(
                Treadmill(id=ODD, address=self.odd.address),
                Treadmill(id=WELL, address=self.well.address),
            ),
            strap=(
                Strap(id=STRAP, address=self.strap.address),
                Strap(id=ODD_STRAP, address=self.odd_strap.address),
            ),
            strap_salt="of these tests only",
        )
        outbox = Outbox(data / "outbox.db", bus, self.clock)
        self.unit = Unit(config, BOOT, bus, outbox, self.clock, (self._radio,))
        self.bus = SiteBus(mine, config.site, on_malformed=lambda _t, _e: None)
        self.bus.subscribe(registry.TREADMILL_STATE, self.states.__setitem__)
        self.bus.subscribe(registry.TREADMILL_TELEMETRY, lambda i, _x: self._came(i))
        self.bus.subscribe(registry.STRAP_TELEMETRY, lambda i, _x: self._came(i))
        self.bus.subscribe(registry.RESULT, lambda _i, x: self.results.append(x))
        self.bus.subscribe(registry.EVENT, lambda _i, x: self.events.append(x))
        self._begin(mine.run(), bus.run(), outbox.run(), self._live(), self._pass(), self._renew())
        self._begin(self.odd.start(), self.well.start(), self.strap.start(), self.odd_strap.start())
        return self

    def _begin(self, *jobs: Any) -> None:
        self._tasks += [asyncio.create_task(job) for job in jobs]

    async def __aexit__(self, *_: object) -> None:
        for task in reversed(self._tasks):
            task.cancel()
            await asyncio.wait([task])
        for device in (self.odd, self.well, self.strap, self.odd_strap):
            device.stop()
        await self._radio.close()
        self._data.cleanup()

    def _came(self, device: str) -> None:
        self.frames[device] = self.frames.get(device, 0) + 1

    async def _live(self) -> None:
        try:
            await self.unit.run()
        except asyncio.CancelledError:
            raise
        except BaseException as e:  # noqa: BLE001  that it ends at all is what is looked for
            self.died = e

    async def _pass(self) -> None:
        """Time for belts, frames and the oracle's eye."""
        told = 0.0
        while True:
            await asyncio.sleep(SEE_S)
            told += SEE_S
            for computer in self.computers.values():
                computer.step(round(SEE_S * 1000))
            belt, now = self.computers[ODD].belt, self.clock.now_ms()
            self.oracle.saw(now, belt.speed_ckmh, under_way=belt.under_way)
            linked = self.states.get(ODD) is not None and self.states[ODD].link == "connected"
            if linked is not self._linked:
                self._linked = linked
                self.oracle.linked(now, up=linked)
            if told >= FRAME_S:
                told = 0.0
                self.odd.tell()
                self.well.tell()
            if now % 1_000 < round(SEE_S * 1000):
                self.runner.step(1_000, belt.speed_ckmh / 100, 0.0, retro=True)
                self.strap.tell()
                self.odd_strap.tell()

    # The session service.

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self.leased:
                await self.lease(self.leased)

    async def lease(self, treadmill: str) -> None:
        self.beat += 1
        self.leased = treadmill
        state = self.states.get(treadmill)
        lease = m.Lease(
            epoch=1, beat=self.beat, holder="hub", boot=BOOT, session="s-1", goal=Goal.ATHLETIC, level=Level.ADVANCED,
            nonce=state.nonce if state is not None and state.boot == BOOT else None,
        )  # fmt: skip
        await self.bus.publish(registry.LEASE, lease, treadmill)

    async def command(
        self, verb: Verb, treadmill: str, wait_s: float = 5.0, **values: Any
    ) -> m.Result | None:
        known = len(self.results)
        command = m.Command(
            id=f"c{known}-{verb}-{self.clock.now_ms()}", verb=verb, epoch=1, beat=self.beat, **values
        )
        await self.bus.publish(registry.COMMAND, command, treadmill)
        await self.until(lambda: len(self.results) > known, wait_s)
        return self.results[-1] if len(self.results) > known else None

    async def press_stop(self, treadmill: str = ODD) -> None:
        self.oracle.pressed(self.clock.now_ms(), locks=True)
        await self.bus.publish(registry.STOP_ONE, m.Stop(by="Kim"), treadmill)

    async def until(self, true: Any, wait_s: float) -> bool:
        end = self.clock.now_ms() + wait_s * 1000
        while not true():
            if self.clock.now_ms() >= end or self.died is not None:
                return bool(true())
            await asyncio.sleep(SEE_S)
        return True
