"""A pod whose link is up and that says nothing: it is asked anew after a while, and then its link is made anew."""

from device_adapters.ble.link import Link
from device_adapters.clock import Clock
from device_adapters.link import silence

LOOK_S = 5.0


class PodSilence:
    """Of one pod, over all its links."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._silence = silence.Silence(since_ms=clock.now_ms())

    def linked(self) -> None:
        """There is a new link."""
        self._silence = silence.linked(self._silence, self._clock.now_ms())

    def heard(self) -> None:
        """It told something."""
        self._silence = silence.heard(self._clock.now_ms())

    async def heed(self, link: Link, characteristic: str) -> None:
        """Until cancelled. LinkError when the link is of no use."""
        while True:
            await self._clock.sleep(LOOK_S)
            self._silence, todo = silence.step(self._silence, silence.FOOTPOD, self._clock.now_ms())
            if todo == "resubscribe":
                await link.resubscribe(characteristic, other=True)
            elif todo == "relink":
                link.give_up()
