"""The demo's own eye on the bus: what it shows, starts, stops and sums up is what everybody else sees."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping, Sequence

from device_adapters.bus.port import Bus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError
from device_adapters.safety.limits import Goal, Level
from services.session_client import SessionClient
from services.stop_sender import StopSender

CLIENT = "demo"
READY_S = 20.0
NOT_YET = ("minimum_gap", "weekly_cap")


class DemoWatch:
    """Keeps the newest state of every device and session of the site."""

    def __init__(self, bus: Bus, site: str) -> None:
        self._bus = SiteBus(bus, site, on_malformed=lambda _topic, _error: None)
        self.first_frame = asyncio.Event()
        self.treadmills: dict[str, m.TreadmillState] = {}
        self.straps: dict[str, m.StrapState] = {}
        self.sessions: dict[str, m.SessionView] = {}
        self._stops = StopSender(bus, site)
        self._client = SessionClient(self._bus, CLIENT, SystemClock())
        self._bus.subscribe(registry.TREADMILL_TELEMETRY, lambda _id, _message: self.first_frame.set())
        self._bus.subscribe(registry.TREADMILL_STATE, self.treadmills.__setitem__)
        self._bus.subscribe(registry.STRAP_STATE, self.straps.__setitem__)
        self._bus.subscribe(
            registry.SESSION_VIEW, lambda _id, view: self.sessions.update({view.session: view})
        )

    def moving(self) -> list[str]:
        """Linked treadmills whose belt is not known to stand still."""
        return sorted(i for i, t in self.treadmills.items() if t.link == "connected" and t.belt != "still")

    async def stop_all(self) -> None:
        """Stop every belt."""
        await self._stops.all("demo", "the demo is ending")

    async def start_one_per_goal(self, members: Mapping[Goal, str], treadmills: Sequence[str]) -> list[str]:
        """Start one guided session per goal, as far as there are treadmills; one line for each of what became of it.

        A member who was here too lately (a demo on kept data) leaves the belt to a guest.
        """
        said = []
        for number, (goal, treadmill) in enumerate(zip(Goal, treadmills, strict=False), start=1):
            if not await self._free(treadmill):
                said.append(f"{treadmill}: not ready, no {goal} session")
                continue
            reply = await self._start(treadmill, goal, members[goal], number)
            if reply is not None and reply.cause in NOT_YET:
                said.append(f"{treadmill}: {reply.text} A guest trains instead.")
                reply = await self._start(treadmill, goal, "", number)
            words = "started" if reply and reply.ok else reply.text if reply else "no answer"
            said.append(f"{treadmill}: {goal} {words}")
        return said

    async def _start(self, treadmill: str, goal: Goal, member: str, number: int) -> m.SessionReply | None:
        strap = self._strap_at(treadmill)
        return await self._request(
            m.SessionRequest(
                id=uuid.uuid4().hex,
                client=CLIENT,
                verb="start",
                treadmill=treadmill,
                by="demo",
                goal=goal,
                level=Level.NOVICE,
                strap=strap,
                waiver="" if strap else "this demo has no strap there",
                member=member,
                alias=f"Guest {number}",
                hr_max_bpm=185,
                spotter=goal is Goal.MOBILITY,
                screened=True,
            )
        )

    async def _free(self, treadmill: str) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                while True:
                    state = self.treadmills.get(treadmill)
                    if state and state.link == "connected" and state.belt == "still":
                        return True
                    await asyncio.sleep(0.05)
        return False

    def _strap_at(self, treadmill: str) -> str:
        return next((s.strap for s in self.straps.values() if s.treadmill == treadmill), "")

    async def _request(self, request: m.SessionRequest) -> m.SessionReply | None:
        try:
            return await self._client.ask(request)
        except (BusError, TimeoutError):
            return None
