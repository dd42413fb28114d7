"""A sensor of our own on a belt by Bluetooth: a CSC sensor on its roller, or an RSC pod that tells the belt's speed.

While its link is up, its silence is that of a belt that stands. Once the link is lost it sees nothing, as before: it
says neither that the belt moves nor that it rests, and the machine's word stands alone, which is told.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from device_adapters.ble.failures import NoAnswerError
from device_adapters.ble.keep import keep_connected, until_gone
from device_adapters.ble.link import Link
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import battery, uuids
from device_adapters.config import Treadmill
from device_adapters.contract.oddities import Odd
from device_adapters.errors import ConfigError, DecodeError
from device_adapters.link.belt_pod import ByRevolutions, BySpeed, PodSpeed
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.hazards import Cause
from device_adapters.seldom import Seldom
from device_adapters.unit.asking import Asking
from device_adapters.unit.belt_sensor import BeltSensor, uncounted
from device_adapters.unit.clicker import LOW_PCT
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.pod_silence import PodSilence

UNHEARD_MS = 10_000
"""A pod that sleeps at rest wakes as its roller turns; within this it is found and linked."""

BATTERY_EVERY_S = 300.0

log = structlog.get_logger()


class BeltPod(BeltSensor):
    """That of one treadmill. `per_m`: revolutions of its wheel per metre of belt, None where nobody counted them;
    `fault` is told of a pod that cannot be of use without.
    """

    def __init__(
        self,
        treadmill: Treadmill,
        per_m: float | None,
        air: Air,
        clock: Clock,
        odd: Oddities,
        fault: Callable[[ConfigError], None],
    ) -> None:
        super().__init__(clock)
        self._treadmill = treadmill
        self._per_m = per_m
        self._air = air
        self._odd = odd
        self._fault = fault
        self._asking = Asking(clock, odd)
        self._silence = PodSilence(clock)
        self._seldom = Seldom()
        self._speed: PodSpeed | None = None
        self._seen_ms = clock.now_ms()
        self._uncounted = False

    def seen_ckmh(self, now_ms: int) -> int | None:
        """By what it told over the link that is up."""
        return None if self._speed is None else self._speed.speed_ckmh(now_ms)

    def judged(self, state: State) -> Cause | None:
        """As any sensor's; told of a belt that moves without being seen."""
        now_ms = self._clock.now_ms()
        seen = self.seen_ckmh(now_ms) is not None
        if seen or state.phase is not Phase.MOVING:
            self._seen_ms = now_ms
        if seen:
            self._odd.over(Odd.BELT_SENSOR_UNHEARD)
        elif now_ms - self._seen_ms >= UNHEARD_MS:
            self._odd.seen(Odd.BELT_SENSOR_UNHEARD, self._treadmill.belt_sensor_address)
        return super().judged(state)

    def close(self) -> None:
        """Its link ends with `run`."""

    async def run(self) -> None:
        """Until cancelled."""
        await keep_connected(self._air, self._treadmill.belt_sensor_address, self._serve)

    async def _serve(self, link: Link) -> None:
        reading = self._reading(link)
        if reading is None:
            await link.gone.wait()
            return
        characteristic, anew = reading
        self._speed = anew()
        self._silence.linked()
        try:
            await link.subscribe(characteristic, lambda data: self._told(data, anew))
            await until_gone(link, self._watch_battery(link), self._silence.heed(link, characteristic))
        finally:
            self._speed = None

    def _reading(self, link: Link) -> tuple[str, Callable[[], PodSpeed]] | None:
        """What it tells its speed by, and how that is read; None for revolutions that nobody counted. IncompleteError
        if it tells neither.
        """
        if link.has(uuids.RSC_MEASUREMENT):
            return uuids.RSC_MEASUREMENT, BySpeed
        link.need(uuids.CSC_MEASUREMENT)
        if self._per_m is not None:
            return uuids.CSC_MEASUREMENT, partial(ByRevolutions, self._per_m)
        if not self._uncounted:
            self._uncounted = True
            self._fault(uncounted(self._treadmill.id, "wheel revolutions"))
        return None

    def _told(self, data: bytes, anew: Callable[[], PodSpeed]) -> None:
        self._silence.heard()
        if self._speed is None:
            return
        try:
            self._speed.told(data, self._clock.now_ms())
        except DecodeError as e:
            self._speed = anew()
            if nth := self._seldom.nth():
                log.warning("not a belt pod's measurement", code=e.code, times=nth)

    async def _watch_battery(self, link: Link) -> None:
        """What it leaves open costs nothing but that."""
        with suppress(NoAnswerError):
            while (data := await self._asking.read(link, uuids.BATTERY_LEVEL)) is not None:
                left = battery.decode(data)
                self._odd.judge(Odd.BELT_SENSOR_BATTERY, left is not None and left <= LOW_PCT, f"{left} %")
                await self._clock.sleep(BATTERY_EVERY_S)
