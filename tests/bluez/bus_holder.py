"""A scripted holder of a lease who hears all that a unit says, on whatever bus."""

import asyncio
from typing import Literal

from device_adapters.bus.port import Bus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level

Verb = Literal["start", "target", "clear"]
RENEW_S = 1.0
ANSWER_S = 20.0


class Holder:
    """What was said last by each device, and the commands of one session."""

    name = "check"

    def __init__(self, bus: Bus, site: str) -> None:
        self.complaints: list[str] = []
        self._bus = SiteBus(bus, site, on_malformed=lambda _topic, error: self.complaints.append(str(error)))
        self._beat = 0
        self._epoch = 0
        self._renewing: asyncio.Task[None] | None = None
        self._said: dict[str, m.TreadmillState | m.StrapState] = {}
        self._last: dict[str, m.TreadmillTelemetry | m.StrapTelemetry] = {}
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._bus.subscribe(registry.TREADMILL_STATE, self._said.__setitem__)
        self._bus.subscribe(registry.STRAP_STATE, self._said.__setitem__)
        self._bus.subscribe(registry.TREADMILL_TELEMETRY, self._frame)
        self._bus.subscribe(registry.STRAP_TELEMETRY, self._frame)
        self._bus.subscribe(
            registry.RESULT, lambda _id, result: self._answers[result.id].set_result(result.outcome)
        )

    def _frame(self, device: str, frame: m.TreadmillTelemetry | m.StrapTelemetry) -> None:
        before = self._last.get(device)
        if frame.seq != (before.seq if before else 0) + 1:
            self.complaints.append(f"{device}: {before.seq if before else 0} → {frame.seq}")
        self._last[device] = frame

    def link(self, device: str) -> str:
        """As the unit says; '' before it has said anything."""
        said = self._said.get(device)
        return said.link if said else ""

    def frames(self, device: str) -> int:
        """Frames received."""
        return self._last[device].seq if device in self._last else 0

    def speed_kmh(self, treadmill: str) -> float | None:
        """The newest measured speed."""
        frame = self._last.get(treadmill)
        return frame.speed_kmh if isinstance(frame, m.TreadmillTelemetry) else None

    def treadmill(self, treadmill: str) -> m.TreadmillState:
        """The newest state of one that has said something."""
        state = self._said[treadmill]
        if not isinstance(state, m.TreadmillState):
            raise TypeError(f"{treadmill} is no treadmill")
        return state

    def strap(self, strap: str) -> m.StrapState:
        """The newest state of one that has said something."""
        state = self._said[strap]
        if not isinstance(state, m.StrapState):
            raise TypeError(f"{strap} is no strap")
        return state

    async def hold(self, treadmill: str, *, hand: bool = False) -> None:
        """Take the lease and renew it until `let_go`. `hand`: of hold-to-run."""
        await self.let_go()
        self._epoch += 1
        self._renewing = asyncio.create_task(self._renew(treadmill, hand=hand))

    async def let_go(self) -> None:
        """Renew no more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    async def _renew(self, treadmill: str, *, hand: bool) -> None:
        while True:
            self._beat += 1
            lease = m.Lease(
                epoch=self._epoch,
                beat=self._beat,
                holder=self.name,
                boot=self.treadmill(treadmill).boot,
                session="check-1",
                goal=Goal.ATHLETIC,
                level=Level.ADVANCED,
                hold=hand,
            )
            await self._bus.publish(registry.LEASE, lease, treadmill)
            await asyncio.sleep(RENEW_S)

    async def command(self, treadmill: str, verb: Verb, speed_kmh: float | None = None) -> str:
        """Send a command; returns the outcome the unit gave."""
        id_ = f"{verb}-{len(self._answers)}"
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answers[id_] = answer
        command = m.Command(
            id=id_, verb=verb, epoch=self._epoch, beat=self._beat, speed_kmh=speed_kmh, by="check"
        )
        await self._bus.publish(registry.COMMAND, command, treadmill)
        async with asyncio.timeout(ANSWER_S):
            return await answer
