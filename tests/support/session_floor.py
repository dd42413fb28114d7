"""Units and a front desk on a bus: scripted treadmills with the unit's real envelope, and who watches and asks."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from session_rig import EngineUnit
from waiting import until

from device_adapters.bus.port import Bus, Incoming
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract import boundary, registry
from device_adapters.contract import messages as m
from device_adapters.errors import MessageError
from device_adapters.safety import events as unit_events
from device_adapters.safety.hazards import Cause

SITE = "gym"
UNIT_STEP_MS = 100
MEASURED_EVERY_MS, HEARTS_EVERY_MS = 200, 1_000


def unexpected(topic: str, error: MessageError) -> None:
    """The session service says nothing malformed."""
    pytest.fail(f"{topic}: {error}")


class SessionFloor:
    """One unit process: `count` treadmills, each with a strap worn at it, looked at every `step_ms`."""

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        treadmills: int = 1,
        hr_bpm: int = 100,
        step_ms: int = UNIT_STEP_MS,
    ) -> None:
        self.clock = clock
        self.step_ms = step_ms
        self.site = SiteBus(bus, SITE, unexpected)
        self.units = {f"tm-{n:02d}": EngineUnit() for n in range(1, treadmills + 1)}
        self.hr_bpm = hr_bpm
        self.hearts: dict[str, int] = {}
        """Hearts of their own, bpm, by treadmill."""

        self._seq = count(1)
        self._said: dict[str, m.TreadmillState] = {}
        self.commands: dict[str, list[m.Command]] = defaultdict(list)
        self.site.subscribe(registry.LEASE, self._lease)
        self.site.subscribe(registry.COMMAND, self._command)
        bus.subscribe(registry.STOP_ALL.topic(SITE), self._stop)
        bus.subscribe(registry.STOP_ONE.topic(SITE, "+"), self._stop)

    def restart_counts(self) -> None:
        """Number measurements from 1 again."""
        self._seq = count(1)

    def _lease(self, treadmill: str, lease: m.Lease) -> None:
        self.units[treadmill].feed(boundary.claim_from(lease), self.clock.now_ms())

    def _command(self, treadmill: str, command: m.Command) -> None:
        self.commands[treadmill].append(command)
        self.units[treadmill].feed(boundary.order_from(command), self.clock.now_ms())

    def _stop(self, incoming: Incoming) -> None:
        for treadmill, unit in self.units.items():
            if registry.STOP_ONE.id_of(incoming.topic) in ("all", treadmill):
                unit.feed(unit_events.Hazard(Cause.STOP_PRESSED), self.clock.now_ms())

    async def run(self) -> None:
        """Until cancelled."""
        status = m.UnitStatus(unit="unit-01", online=True, boot="boot-1", at_ms=0)
        await self.site.publish(registry.UNIT_STATUS, status, "unit-01")
        for number, treadmill in enumerate(self.units, 1):
            strap = m.StrapState(
                strap=f"hr-{number:02d}", unit="unit-01", boot="boot-1", at_ms=0, link="connected",
                treadmill=treadmill,
            )  # fmt: skip
            await self.site.publish(registry.STRAP_STATE, strap, strap.strap)
        then = self.clock.now_ms()
        for step in count():
            now = self.clock.now_ms()
            for treadmill, unit in self.units.items():
                unit.belt.step(now - then)
                unit.feed(unit_events.Tick(), now)
                if unit.mute:
                    continue
                if step * self.step_ms % MEASURED_EVERY_MS == 0:
                    await self._measure(treadmill, unit, now)
                await self._say(treadmill, unit)
            if step * self.step_ms % HEARTS_EVERY_MS == 0:
                await self._hearts()
            then = now
            await self.clock.sleep(self.step_ms / 1000)

    async def _measure(self, treadmill: str, unit: EngineUnit, now: int) -> None:
        speed = unit.belt.speed_ckmh
        unit.feed(unit_events.Measured(speed, unit.belt.incline_dpct), now)
        telemetry = m.TreadmillTelemetry(
            treadmill=treadmill, boot="boot-1", seq=next(self._seq), at_ms=self.clock.wall_ms(),
            speed_kmh=speed / 100,
        )  # fmt: skip
        await self._publish(registry.TREADMILL_TELEMETRY, telemetry, treadmill)

    async def _say(self, treadmill: str, unit: EngineUnit) -> None:
        while unit.results:
            result = unit.results.pop(0)
            result = m.Result(
                id=result.id, treadmill=treadmill, outcome=result.outcome, at_ms=result.at_ms,
                cause=result.cause, speed_kmh=result.speed_kmh, incline_pct=result.incline_pct,
            )  # fmt: skip
            await self._publish(registry.RESULT, result, treadmill)
        before = m.TreadmillState(
            treadmill=treadmill, unit="unit-01", boot="boot-1", at_ms=0, link="connected"
        )
        said = boundary.treadmill_state(before, unit.state, True, self.clock.now_ms())
        if said != self._said.get(treadmill) and await self._publish(
            registry.TREADMILL_STATE, said, treadmill
        ):
            self._said[treadmill] = said

    async def _hearts(self) -> None:
        """Each wearer's own rate, a beat more every other ten seconds: one that never changes is no heart's."""
        wobble = self.clock.now_ms() // 10_000 % 2
        for number, treadmill in enumerate(self.units, 1):
            bpm = self.hearts.get(treadmill, self.hr_bpm + number % 40)
            strap = f"hr-{number:02d}"
            beat = m.StrapTelemetry(
                strap=strap, boot="boot-1", seq=next(self._seq), at_ms=self.clock.wall_ms(),
                hr_bpm=bpm + wobble, contact=True,
            )  # fmt: skip
            await self._publish(registry.STRAP_TELEMETRY, beat, strap)

    async def _publish(self, channel: Any, message: Any, id_: str) -> bool:
        if not self.site.bus.connected:
            return False
        await self.site.publish(channel, message, id_)
        return True


@dataclass
class FloorDesk:
    """A console: what it saw, and its requests."""

    bus: Bus
    name: str = "desk"
    replies: list[m.SessionReply] = field(default_factory=list)
    views: dict[str, list[m.SessionView]] = field(default_factory=lambda: defaultdict(list))
    retained: dict[str, bytes] = field(default_factory=dict)
    events: list[m.Event] = field(default_factory=list)
    leases: dict[str, list[m.Lease]] = field(default_factory=lambda: defaultdict(list))
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.site = SiteBus(self.bus, SITE, unexpected)
        self.site.subscribe(registry.SESSION_REPLY, lambda _, reply: self.replies.append(reply), self.name)
        self.site.subscribe(registry.SESSION_VIEW, lambda id_, view: self.views[id_].append(view))
        self.site.subscribe(registry.EVENT, lambda _, event: self.events.append(event))
        self.site.subscribe(registry.LEASE, lambda id_, lease: self.leases[id_].append(lease))

    async def ask(self, verb: Any, treadmill: str = "tm-01", **changes: Any) -> m.SessionReply:
        """Send a request and wait for its reply."""
        values: dict[str, Any] = {
            "id": f"r{next(self.ids)}",
            "client": self.name,
            "verb": verb,
            "treadmill": treadmill,
            "by": "Anna",
            **changes,
        }
        request = m.SessionRequest(**values)
        await self.site.publish(registry.SESSION_REQUEST, request)
        await until(lambda: any(r.id == request.id for r in self.replies))
        return next(r for r in self.replies if r.id == request.id)

    async def start(self, treadmill: str = "tm-01", goal: str = "mobility", **changes: Any) -> m.SessionReply:
        return await self.ask(
            "start",
            treadmill,
            **{
                "goal": goal,
                "level": "novice",
                "hr_max_bpm": 185,
                "screened": True,
                "spotter": goal == "mobility",
                **changes,
            },
        )

    def view(self, treadmill: str = "tm-01") -> m.SessionView:
        """The newest view."""
        return self.views[treadmill][-1]

    def phase(self, treadmill: str = "tm-01") -> str:
        return self.views[treadmill][-1].phase if self.views[treadmill] else ""
