"""Getting to know a treadmill at each new link, in the order that a belt which may move needs: make it possible to
stop it, hear it, and only then ask who it is. Whatever it lacks or does wrongly, what can be read of it is read.
"""

from collections.abc import Callable

from device_adapters.ble.link import IncompleteError
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms.ranges import InclineRange
from device_adapters.contract.oddities import Odd
from device_adapters.machine_link import MachineLink
from device_adapters.safety.envelope_state import Machine
from device_adapters.safety.limits import Arrangement
from device_adapters.unit.asking import Asking
from device_adapters.unit.commissioned import Commissioned
from device_adapters.unit.introduction import Introduction, abilities, firmware, introduced
from device_adapters.unit.machine import machine_of
from device_adapters.unit.oddities import Oddities

Handler = Callable[[bytes], None]
ONCE = (uuids.TREADMILL_DATA, uuids.FITNESS_MACHINE_STATUS, uuids.FITNESS_MACHINE_CONTROL_POINT)


class Acquaintance:
    """Of one treadmill, over all its links. `commissioned`: what its record is worth; `proving`: that is going on now;
    `speed_alone`: it is tried without Start.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        commissioned: Commissioned,
        clock: Clock,
        odd: Oddities,
        *,
        proving: bool,
        speed_alone: bool,
    ) -> None:
        self._arrangement = arrangement
        self._commissioned = commissioned
        self._odd = odd
        self._asking = Asking(clock, odd)
        self._proving = proving
        self._speed_alone = speed_alone
        self._had_control = False
        self.firmware = ""

    async def reach(self, link: MachineLink, answered: Handler) -> bool:
        """Subscribe to the control point; whether there is one. One that answers nobody can still be written."""
        controlled = link.has(uuids.FITNESS_MACHINE_CONTROL_POINT)
        if controlled:
            answers = await self._asking.subscribe(link, uuids.FITNESS_MACHINE_CONTROL_POINT, answered)
            self._odd.judge(Odd.ANSWERS_REFUSED, not answers)
            self._had_control = True
        elif self._had_control:
            self._incomplete("2ad9 was there before")
        return controlled

    async def hear(self, link: MachineLink, data: Handler, status: Handler) -> None:
        """Subscribe to what it says. Raises IncompleteError if it says no speed."""
        try:
            link.need(uuids.TREADMILL_DATA)
        except IncompleteError as e:
            self._incomplete(str(e))
        self._odd.over(Odd.SERVICES_INCOMPLETE)
        doubled = [c[4:8] for c in ONCE if link.count(c) > 1]
        self._odd.judge(Odd.DOUBLED, bool(doubled), ", ".join(doubled))
        await link.subscribe(uuids.TREADMILL_DATA, data)
        told = await self._asking.subscribe(link, uuids.FITNESS_MACHINE_STATUS, status)
        self._odd.judge(Odd.STATUS_REFUSED, not told and link.has(uuids.FITNESS_MACHINE_STATUS))

    def _incomplete(self, why: str) -> None:
        """What is remembered of its services is wrong, or the device is: it is asked anew, without the memory."""
        self._odd.seen(Odd.SERVICES_INCOMPLETE, why)
        raise IncompleteError(why)

    async def who(self, link: MachineLink) -> Introduction:
        """Its maker and model, as far as it tells them; what its record is worth is held against them."""
        known = await introduced(link, self._asking)
        self.firmware = await firmware(link, self._asking)
        self._commissioned.linked(known.model, self.firmware)
        self._odd.judge(Odd.ANOTHER_MACHINE, self._commissioned.is_of_another)
        return known

    async def machine(
        self, link: MachineLink, known: Introduction
    ) -> tuple[Machine | None, InclineRange | None]:
        """What it may be asked to do (None: it may be stopped and not started), and the inclines that it claims."""
        said = await abilities(link, self._asking, self._odd)
        good = self._commissioned.good()
        machine = machine_of(
            said.speed,
            said.incline,
            said.features,
            known.profile,
            commissioned=good is not None,
            proving=self._proving,
            starts_by_speed=self._speed_alone or (good is not None and good.starts_by_speed),
            arrangement=self._arrangement,
        )
        return machine, said.incline
