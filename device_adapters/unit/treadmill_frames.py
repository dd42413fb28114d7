"""What one treadmill notifies: stamped as it comes, read in its order, said on the bus, and judged by its gate."""

from collections.abc import Callable

from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs.ftms.ranges import InclineRange
from device_adapters.config import Treadmill
from device_adapters.contract import boundary, messages, registry
from device_adapters.machine_link import MachineLink
from device_adapters.profiles.loader import Profile
from device_adapters.safety.events import Measured
from device_adapters.safety.limits import Arrangement
from device_adapters.unit.arrivals import Arrivals
from device_adapters.unit.footpod import FootpodAdapter
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.reading import Reading
from device_adapters.unit.reporter import Reporter

FRAMES_WAITING = 256


class TreadmillFrames:
    """Of one treadmill, over all its links, with the cadence of its foot pod. `measured` hears each speed of the belt;
    `pod_linked` is told of the pod's link. `count`: records read since the unit started.
    """

    def __init__(
        self,
        config: Treadmill,
        boot: str,
        air: Air,
        reporter: Reporter,
        clock: Clock,
        odd: Oddities,
        *,
        measured: Callable[[Measured], None],
        pod_linked: Callable[[messages.Link], None],
    ) -> None:
        self._id = config.id
        self._arrangement = Arrangement(config.arrangement)
        self._boot = boot
        self._reporter = reporter
        self._measured = measured
        self._arrivals = Arrivals(clock, FRAMES_WAITING)
        self._reading = Reading(odd)
        self.footpod = FootpodAdapter(config.footpod, air, clock, pod_linked, odd)
        self.count = 0

    def push(self, data: bytes) -> None:
        """A notification: stamped, and read later."""
        self._arrivals.push(data)

    def known(self, profile: Profile) -> None:
        """Which model it is, so that it is read with its deviations."""
        self._reading.known(profile)

    def tilts(self, claimed: InclineRange | None) -> None:
        """Which inclines it claims."""
        self._reading.tilts(claimed)

    def forget(self) -> None:
        """The link is gone, and what it told is past."""
        self._arrivals.clear()
        self._reading.reset()

    async def read(self, link: MachineLink, heard: Callable[[], None]) -> None:
        """Read what this link brings until cancelled. `heard` is called for each notification, readable or not."""
        while True:
            at_ms, data = await self._arrivals.next()
            heard()
            record = self._reading.record(data)
            if record is None:
                continue
            self.count += 1
            cadence_spm = self.footpod.judged(record.speed_ckmh)
            message = boundary.treadmill_telemetry(
                record, self._id, self._boot, self.count, at_ms, cadence_spm,
                self._arrangement, link.backward, self.footpod.step_cm if cadence_spm else None,
            )  # fmt: skip
            self._reporter.telemetry(registry.TREADMILL_TELEMETRY, message, self._id)
            if (
                heart := boundary.treadmill_heart(record, self._id, self._boot, self.count, at_ms)
            ) is not None:
                self._reporter.telemetry(registry.TREADMILL_HEART, heart, self._id)
            if record.speed_ckmh is not None:
                self._measured(boundary.measured_from(record, record.speed_ckmh))
