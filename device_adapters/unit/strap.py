"""One heart-rate strap: its link and what it says on the bus. Any Heart Rate Service (0x180D) strap will do."""

import dataclasses

from msgspec.structs import replace

from device_adapters.ble.keep import keep_connected, until_gone
from device_adapters.ble.link import IncompleteError, Link, NoAnswerError
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import battery, heart_rate, uuids
from device_adapters.config import Strap
from device_adapters.contract import boundary, messages, registry
from device_adapters.contract.oddities import Odd
from device_adapters.errors import DecodeError
from device_adapters.link import plausibility, silence
from device_adapters.unit.arrivals import Arrivals
from device_adapters.unit.asking import Asking
from device_adapters.unit.introduction import introduced
from device_adapters.unit.kept import keep_at_work
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.reporter import Reporter

FRAMES_WAITING = 64
STATE_EVERY_S = 5.0
BATTERY_EVERY = 60
"""The battery is read again with every 60th state: each five minutes."""


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
        self._odd = Oddities(clock, lambda note: reporter.event(note, strap=config.id), self._say)
        self._asking = Asking(clock, self._odd)
        self._silence = silence.Silence(since_ms=clock.now_ms())
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
    def odd(self) -> tuple[str, ...]:
        """Keys of what is odd about it now."""
        return self._odd.keys

    @property
    def frames(self) -> int:
        """Measurements read since the unit started."""
        return self._seq

    async def run(self) -> None:
        """Until cancelled, whatever the strap does."""
        await keep_at_work(f"strap[{self.id}]", self._run, self._clock, self._failed)

    async def _run(self) -> None:
        self._say()
        await keep_connected(self._air, self._config.address, self._serve)

    def _failed(self, why: str) -> None:
        self._odd.seen(Odd.ADAPTER_FAILED, why)

    async def _serve(self, link: Link) -> None:
        self._say(link="connecting", radio=link.radio, rssi_dbm=link.rssi)
        try:
            self._need(link)
            await link.subscribe(uuids.HEART_RATE_MEASUREMENT, self._arrivals.push)
            self._silence = silence.linked(self._silence, self._clock.now_ms())
            await until_gone(link, self._read_frames(), self._introduce(link))
        finally:
            self.link_losses += self.linked
            self._say(link="lost")

    def _need(self, link: Link) -> None:
        try:
            link.need(uuids.HEART_RATE_MEASUREMENT)
        except IncompleteError as e:
            self._odd.seen(Odd.SERVICES_INCOMPLETE, str(e))
            raise
        self._odd.over(Odd.SERVICES_INCOMPLETE)
        self._odd.judge(Odd.DOUBLED, link.count(uuids.HEART_RATE_MEASUREMENT) > 1, "2a37")

    async def _introduce(self, link: Link) -> None:
        """Who it is. Its heart rate is taken meanwhile; a question that it leaves open is no reason to let it go."""
        try:
            known = await introduced(link, self._asking)
            self._signal = plausibility.Signal()
            self._always_sends_rr = known.profile.always_sends_rr
            self._say(model=known.model)
            asks = await self._read_battery(link)
        except NoAnswerError:
            asks = False
        self._say(link="connected")
        await self._keep_saying(link, asks)

    async def _read_frames(self) -> None:
        while True:
            at_ms, data = await self._arrivals.next()
            self._silence = silence.heard(self._clock.now_ms())
            self._odd.over(Odd.SILENT)
            try:
                measurement = heart_rate.decode(data)
            except DecodeError as e:
                self._odd.seen(Odd.MALFORMED, e.code)
                continue
            self._odd.over(Odd.MALFORMED)
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

    async def _keep_saying(self, link: Link, asks: bool) -> None:
        said = 0
        while True:
            await self._clock.sleep(STATE_EVERY_S)
            said += 1
            if asks and said % BATTERY_EVERY == 0:
                asks = await self._read_battery(link)
            await self._heed_silence(link)
            self._say()

    async def _read_battery(self, link: Link) -> bool:
        """Whether it may be asked for again. The battery alone is no reason to give a beating heart's link up."""
        try:
            data = await self._asking.read(link, uuids.BATTERY_LEVEL)
        except NoAnswerError:
            self._odd.seen(Odd.BATTERY_UNREADABLE)
            return False
        level = battery.decode(data) if data else None
        self._odd.judge(Odd.BATTERY_UNREADABLE, level is None and link.has(uuids.BATTERY_LEVEL))
        self._state = replace(self._state, battery_pct=level)
        return True

    async def _heed_silence(self, link: Link) -> None:
        self._silence, todo = silence.step(self._silence, silence.STRAP, self._clock.now_ms())
        if todo:
            self._odd.seen(Odd.SILENT)
        if todo == "resubscribe":
            await link.resubscribe(uuids.HEART_RATE_MEASUREMENT, other=True)
        elif todo == "relink":
            link.give_up()

    def _say(self, **changes: object) -> None:
        self._state = replace(
            self._state, at_ms=self._clock.wall_ms(), frames=self._seq, odd=self._odd.keys, **changes
        )
        self._reporter.state(registry.STRAP_STATE, self._state, self.id)
