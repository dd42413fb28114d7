"""A black-box client of a running demo: it knows the contract's topics and nothing of the processes behind them."""

import asyncio
import json
import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import Broker
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError
from device_adapters.safety.limits import Goal, Level
from services.cli.demo.settings_files import UNIT

SITE = "gym"
ON_ITS_WAY = ("unknown_treadmill", "unit_offline", "link_lost", "not_still")
"""Why a start is refused while a unit that was just started is not back yet."""


@dataclass
class DemoBus:
    """Newest states, true belts and all events of a demo.

    `bus` is staff at the hub's terminal; `thief` has the session service's own credentials, `unit` the unit's.
    """

    bus: SiteBus
    thief: SiteBus
    unit: SiteBus
    data: Path
    states: dict[str, m.TreadmillState] = field(default_factory=dict)
    views: dict[str, m.SessionView] = field(default_factory=dict)
    belts: dict[str, float] = field(default_factory=dict)
    results: list[m.Result] = field(default_factory=list)
    events: list[m.Event] = field(default_factory=list)
    replies: list[m.SessionReply] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition; the bound is what SAFETY.md says, plus the way of the message."""
        await until(condition, lambda: f"{what}; {self._now()}", seconds)

    def _now(self) -> str:
        return "; ".join(f"{i}: {s.belt} {s.latched} {self.belts.get(i)}" for i, s in self.states.items())

    async def request(self, verb: str, treadmill: str, **values: object) -> m.SessionReply:
        """Ask the session service and wait for its answer."""
        id_ = uuid.uuid4().hex
        fields = {
            "id": id_,
            "client": "fault-test",
            "verb": verb,
            "treadmill": treadmill,
            "by": "Kim",
            **values,
        }
        await self.bus.publish(registry.SESSION_REQUEST, m.SessionRequest(**fields))  # type: ignore[arg-type]
        await self.until(lambda: any(r.id == id_ for r in self.replies), 10, f"an answer to {verb}")
        return next(r for r in self.replies if r.id == id_)

    async def start(self, treadmill: str, goal: Goal = Goal.KNEE_STRENGTH) -> None:
        """A guided session that moves; asked again while its unit is on its way back, as whoever presses does."""
        await self.until(lambda: self._free(treadmill), 30, f"{treadmill} free")
        values = {"goal": goal, "level": Level.NOVICE, "hr_max_bpm": 185, "screened": True}
        async with asyncio.timeout(30):
            while (reply := await self.request("start", treadmill, **values)).cause in ON_ITS_WAY:
                await asyncio.sleep(0.3)
        assert reply.ok, reply.text

    def _free(self, treadmill: str) -> bool:
        state = self.states.get(treadmill)
        return state is not None and state.belt == "still" and not state.latched and not state.lease_holder

    async def moving(self, treadmill: str) -> None:
        await self.until(lambda: self.belts.get(treadmill, 0) >= 1.0, 30, f"{treadmill} moving")

    async def at_rest(self, treadmill: str, seconds: float) -> None:
        await self.until(lambda: self.belts.get(treadmill) == 0, seconds, f"{treadmill} at rest")

    async def fault(self, device: str, name: str) -> None:
        await self.bus.publish(registry.SIM_FAULT, m.SimFault(fault=name), device)

    async def clear(self, treadmill: str) -> None:
        await self.until(lambda: self.states[treadmill].belt == "still", 20, f"{treadmill} still")
        view = self.views.get(treadmill)
        if view is not None:
            await self.until(lambda: self.views[treadmill].phase == "ended", 20, "session over")
        async with asyncio.timeout(20):  # one that was just stopped again is not known to stand yet
            while self.states[treadmill].latched and not (await self.request("clear", treadmill)).ok:
                await asyncio.sleep(0.3)
        await self.until(lambda: not self.states[treadmill].latched, 10, f"{treadmill} cleared")

    async def settle(self, count: int) -> None:
        """Everything healed, at rest, cleared: where each test begins."""
        ids = [f"tm-{n:02d}" for n in range(1, count + 1)]
        await self.until(
            lambda: set(ids) <= set(self.states) and set(ids) <= set(self.belts), 20, "all treadmills"
        )
        await asyncio.gather(*(self.fault(i, "none") for i in ids))
        await self.bus.publish(registry.STOP_ALL, m.Stop(by="fault-test"))
        await asyncio.gather(*(self.at_rest(i, 30) for i in ids))
        # A stop locks what stands, too.
        await asyncio.gather(*(self.until(lambda i=i: self._locked(i), 20, f"{i} locked") for i in ids))  # type: ignore[misc]
        await asyncio.gather(*(self.clear(i) for i in ids))
        await asyncio.gather(*(self.until(lambda i=i: self._free(i), 20, f"{i} free") for i in ids))  # type: ignore[misc]

    def _locked(self, treadmill: str) -> bool:
        state = self.states[treadmill]
        return bool(state.latched) and state.belt == "still"

    def kill(self, role: str) -> int:
        """End a process of the demo as a power cut would."""
        pid: int = json.loads((self.data / "running.json").read_text())["pids"][role]
        os.kill(pid, signal.SIGKILL)
        return pid


@asynccontextmanager
async def demo_bus(mqtt_url: str, data: Path) -> AsyncIterator[DemoBus]:
    """Three connected clients."""
    lines = tuple(
        MqttBus(Broker(mqtt_url, username=user), client_id=f"fault-{uuid.uuid4().hex[:6]}")
        for user in ("cli", "session", UNIT)
    )
    site, thief, unit = (SiteBus(each, SITE, on_malformed=lambda _topic, _error: None) for each in lines)
    seen = DemoBus(site, thief, unit, data)
    site.subscribe(registry.TREADMILL_STATE, seen.states.__setitem__)
    site.subscribe(registry.SESSION_VIEW, seen.views.__setitem__)
    site.subscribe(
        registry.SIM_BELT, lambda treadmill, belt: seen.belts.__setitem__(treadmill, belt.speed_kmh)
    )
    thief.subscribe(registry.RESULT, lambda _id, result: seen.results.append(result))
    site.subscribe(registry.EVENT, lambda _id, event: seen.events.append(event))
    site.subscribe(registry.SESSION_REPLY, lambda _id, reply: seen.replies.append(reply), "fault-test")
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(each.run()) for each in lines]
        await seen.until(lambda: all(each.connected for each in lines), 10, "the broker")
        try:
            yield seen
        finally:
            for line in running:
                line.cancel()


async def publish(seen: DemoBus, topic: str, payload: bytes) -> None:
    """A message of any form, as a rogue client would send it."""
    try:
        line = seen.bus if topic.startswith(registry.STOP_ONE.topic(SITE)) else seen.thief
        await line.bus.publish(topic, payload)
    except BusError as e:
        raise AssertionError(f"the rogue client's own message failed: {e}") from e
