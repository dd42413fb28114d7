"""What a device is asked beyond what is needed to read it: whatever it does with such a question, it is read.

A question without an answer costs a link: ATT lets nothing be asked behind it for 30 s. So whoever left one
unanswered twice in a row is asked it again only after a while.
"""

from collections.abc import Callable

from device_adapters.ble.failures import IncompleteError, NoAnswerError, NotifyRefusedError
from device_adapters.clock import Clock
from device_adapters.contract.oddities import Odd
from device_adapters.machine_link import MachineLink
from device_adapters.unit.oddities import Oddities
from device_adapters.units import HOUR_MS

UNANSWERED_MAX = 2
ASK_AGAIN_MS = HOUR_MS


class Asking:
    """Of one device, over all its links."""

    def __init__(self, clock: Clock, odd: Oddities) -> None:
        self._clock = clock
        self._odd = odd
        self._unanswered: dict[str, tuple[int, int]] = {}

    def skips(self, characteristic: str) -> bool:
        """Was it left unanswered so often that it is not asked now?"""
        times, at_ms = self._unanswered.get(characteristic, (0, 0))
        return times >= UNANSWERED_MAX and self._clock.now_ms() - at_ms < ASK_AGAIN_MS

    async def read(self, link: MachineLink, characteristic: str) -> bytes | None:
        """The value; None if it is absent, refused or not asked for now. LinkError when the link is of no use."""
        if self.skips(characteristic):
            return None
        try:
            value = await link.read(characteristic)
        except NoAnswerError:
            self._left(characteristic)
            raise
        self._answered(characteristic)
        return value

    async def subscribe(
        self, link: MachineLink, characteristic: str, handler: Callable[[bytes], None]
    ) -> bool:
        """Subscribe to what is not needed; whether it is told. Raises LinkError when the link is of no use."""
        if self.skips(characteristic):
            return False
        try:
            await link.subscribe(characteristic, handler)
        except (IncompleteError, NotifyRefusedError):
            return False
        except NoAnswerError:
            self._left(characteristic)
            raise
        self._answered(characteristic)
        return True

    def _left(self, characteristic: str) -> None:
        times, _ = self._unanswered.get(characteristic, (0, 0))
        self._unanswered[characteristic] = (times + 1, self._clock.now_ms())
        if times + 1 >= UNANSWERED_MAX:
            self._odd.seen(Odd.NO_ANSWER, characteristic[4:8])

    def _answered(self, characteristic: str) -> None:
        if self._unanswered.pop(characteristic, None) and not self._unanswered:
            self._odd.over(Odd.NO_ANSWER)
