"""One heart-rate strap: its link and what it says on the bus. Any Heart Rate Service (0x180D) strap will do."""

import asyncio
import dataclasses

import structlog
from msgspec.structs import replace

from device_adapters.arrivals import Arrivals
from device_adapters.ble.keep import keep_connected
from device_adapters.ble.link import Link
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import battery, heart_rate, uuids
from device_adapters.config import Strap
from device_adapters.contract import boundary, messages, registry
from device_adapters.errors import DecodeError
from device_adapters.introduce import introduced
from device_adapters.link import plausibility
from device_adapters.reporter import Reporter

FRAMES_WAITING = 64
STATE_EVERY_S = 5.0
BATTERY_EVERY = 60
"""The battery is read again with every 60th state: each five minutes."""

log = structlog.get_logger()


class StrapAdapter:
    """The adapter of one strap of a unit. Heart rates go to the bus and nowhere else, least of all to a log.

    `frames`: how many of its measurements this unit has read since it started; their numbers go on from there.
    """

    def __init__(
        self, config: Strap, boot: str, air: Air, reporter: Reporter, clock: Clock, frames: int = 0
    ) -> None:
        self.id = config.id
        self._config = config
        self._boot = boot
        self._air = air
        self._reporter = reporter
        self._clock = clock
        self._arrivals = Arrivals(clock, FRAMES_WAITING)
        self._seq = frames
        self.link_losses = 0
        self._signal = plausibility.Signal()
        self._always_sends_rr = False
        self._state = messages.StrapState(
            strap=config.id,
            unit=reporter.unit,
            boot=boot,
            at_ms=0,
            link="absent",
            treadmill=config.treadmill,
        )

    @property
    def linked(self) -> bool:
        """Is it connected now?"""
        return self._state.link == "connected"

    @property
    def frames(self) -> int:
        """Measurements read since the unit started."""
        return self._seq

    async def run(self) -> None:
        """Until cancelled."""
        self._say()
        await keep_connected(self._air, self._config.address, self._serve)

    async def _serve(self, link: Link) -> None:
        self._say(link="connecting", radio=link.radio, rssi_dbm=link.rssi)
        try:
            known = await introduced(link)
            self._signal = plausibility.Signal()
            self._always_sends_rr = known.profile.always_sends_rr
            await link.subscribe(uuids.HEART_RATE_MEASUREMENT, self._arrivals.push)
            self._say(link="connected", model=known.model)
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(self._read_frames()), tasks.create_task(self._keep_saying(link))]
                await link.gone.wait()
                for task in work:
                    task.cancel()
        finally:
            self.link_losses += self.linked
            self._say(link="lost")

    async def _read_frames(self) -> None:
        while True:
            at_ms, data = await self._arrivals.next()
            try:
                measurement = heart_rate.decode(data)
            except DecodeError as e:
                log.warning("not a heart rate measurement", strap=self.id, code=e.code)
                continue
            self._seq += 1
            message = boundary.strap_telemetry(
                self._judged(measurement), self.id, self._boot, self._seq, at_ms
            )
            self._reporter.telemetry(registry.STRAP_TELEMETRY, message, self.id)

    def _judged(self, measurement: heart_rate.HeartRateMeasurement) -> heart_rate.HeartRateMeasurement:
        """A rate that its own beats contradict is passed on as one without contact."""
        self._signal, good = plausibility.step(
            self._signal,
            measurement.bpm,
            measurement.rr_1024 or (),
            always_sends_rr=self._always_sends_rr,
            now_ms=self._clock.now_ms(),
        )
        return measurement if good else dataclasses.replace(measurement, contact=False)

    async def _keep_saying(self, link: Link) -> None:
        said = 0
        while True:
            if said % BATTERY_EVERY == 0:
                level = await link.read(uuids.BATTERY_LEVEL)
                self._say(battery_pct=battery.decode(level) if level else None)
            said += 1
            await self._clock.sleep(STATE_EVERY_S)
            self._say()

    def _say(self, **changes: object) -> None:
        self._state = replace(self._state, at_ms=self._clock.wall_ms(), frames=self._seq, **changes)
        self._reporter.state(registry.STRAP_STATE, self._state, self.id)
