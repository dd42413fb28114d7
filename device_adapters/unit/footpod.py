"""One foot pod (Running Speed and Cadence, 0x1814) at a treadmill: how often feet land, and how long it
takes a stride to be. Its speed is not used: the belt's own is better, and a pod does not know that its wearer walks
backward.
"""

from collections.abc import Callable

import structlog

from device_adapters.ble.keep import keep_connected, until_gone
from device_adapters.ble.link import Link, NoAnswerError
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import running_speed_cadence, uuids
from device_adapters.contract import messages
from device_adapters.contract.oddities import Odd
from device_adapters.errors import DecodeError
from device_adapters.link import cadence
from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.seldom import Seldom
from device_adapters.unit.asking import Asking
from device_adapters.unit.introduction import introduced
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.pod_silence import PodSilence

ONE_FOOT, BOTH_FEET = 1, 2
"""Whose landings its cadence counts; steps are of both feet."""

log = structlog.get_logger()


class FootpodAdapter:
    """The adapter of one foot pod. `linked` is told of its link."""

    def __init__(
        self,
        address: str,
        air: Air,
        clock: Clock,
        linked: Callable[[messages.Link], None],
        odd: Oddities | None = None,
    ) -> None:
        self._seldom = Seldom()
        self._address = address
        self._air = air
        self._clock = clock
        self._linked = linked
        self._steps_per_min = 0
        self._stride_cm: int | None = None
        self._at_ms = -FRESH_MS
        self._odd = odd or Oddities(clock, lambda _note: None)
        self._asking = Asking(clock, self._odd)
        self._feet = ONE_FOOT
        self._may_be_power = False
        self._judged = cadence.CadenceJudged()
        self._silence = PodSilence(clock)

    @property
    def steps_per_min(self) -> int | None:
        """Of both feet, now, as the pod tells it; None where it is not known."""
        fresh = self._clock.now_ms() - self._at_ms < FRESH_MS
        return self._steps_per_min if fresh else None

    @property
    def step_cm(self) -> int | None:
        """Half of the stride that the pod tells, now; None where it tells none, or one that nobody makes."""
        fresh = self._clock.now_ms() - self._at_ms < FRESH_MS
        stride_cm = self._stride_cm if fresh else None
        return None if stride_cm is None or not cadence.is_step(stride_cm // 2) else stride_cm // 2

    def judged(self, speed_ckmh: int | None) -> int | None:
        """The same, if it can be of somebody on a belt at this speed."""
        steps = self.steps_per_min
        if steps is None:
            return None
        power = self._may_be_power
        most_cm = cadence.POWER_STEP_MOST_CM if power else cadence.STEP_MOST_CM
        good = cadence.plausible(steps, speed_ckmh, step_most_cm=most_cm)
        self._judged = cadence.step(self._judged, good, self._clock.now_ms())
        odd = Odd.CADENCE_MAY_BE_POWER if power else Odd.CADENCE_IMPLAUSIBLE
        self._odd.judge(odd, self._judged.lasts, f"{steps} steps/min")
        return steps if good else None

    async def run(self) -> None:
        """Until cancelled."""
        await keep_connected(self._air, self._address, self._serve)

    async def _serve(self, link: Link) -> None:
        self._linked("connecting")
        try:
            link.need(uuids.RSC_MEASUREMENT)
            await link.subscribe(uuids.RSC_MEASUREMENT, self._measured)
            self._silence.linked()
            self._linked("connected")
            await until_gone(link, self._introduce(link), self._silence.heed(link, uuids.RSC_MEASUREMENT))
        finally:
            self._linked("lost")

    async def _introduce(self, link: Link) -> None:
        """Whose feet it counts, if it counts feet. What it leaves open costs nothing but that."""
        try:
            known = await introduced(link, self._asking)
        except NoAnswerError:
            return
        self._feet = BOTH_FEET if known.profile.cadence_of_both_feet else ONE_FOOT
        self._may_be_power = known.profile.cadence_may_be_power

    def _measured(self, data: bytes) -> None:
        self._silence.heard()
        try:
            measurement = running_speed_cadence.decode(data)
        except DecodeError as e:
            if nth := self._seldom.nth():
                log.warning("not a foot pod's measurement", code=e.code, times=nth)
            return
        self._steps_per_min = measurement.steps_per_min // self._feet
        self._stride_cm = measurement.stride_cm
        self._at_ms = self._clock.now_ms()
