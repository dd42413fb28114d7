"""A class on the in-memory bus in virtual time: the session service, treadmills with the unit's real envelope whose
consoles count down differently, and a desk that looks on."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from session_floor import SITE, FloorDesk, SessionFloor
from session_rig import SPEC, EngineUnit
from virtual_time import LoopClock
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.programme import own
from services.programme.parse import parse
from services.session.journal import Journal
from services.session.service import SessionService

PROGRAMME = """
schema = "retro-session/1"
name = "Class in a test"
goal = "conditioning"
level = "intermediate"
[[step]]
kind = "warmup"
facing = "retro"
time_s = 20
speed_kmh = 2.5
[[step]]
kind = "repeat"
times = 2
  [[step.step]]
  kind = "interval"
  facing = "retro"
  time_s = 20
  speed_kmh = 5.0
  [[step.step]]
  kind = "recovery"
  facing = "retro"
  time_s = 25
  speed_kmh = 2.0
[[step]]
kind = "cooldown"
facing = "retro"
time_s = 15
speed_kmh = 1.5
"""
"""Steps of 20, 20, 25, 20, 25 and 15 s."""

TURNS = """
schema = "retro-session/1"
name = "Class that turns"
goal = "conditioning"
level = "intermediate"
[[step]]
kind = "warmup"
facing = "forward"
time_s = 15
speed_kmh = 3.0
[[step]]
kind = "interval"
facing = "retro"
time_s = 20
speed_kmh = 4.0
"""


@dataclass
class ClassGym:
    """`countdowns_s`: how long each machine's console counts down before its belt moves."""

    path: Path
    countdowns_s: tuple[int, ...]
    clock: LoopClock = field(default_factory=LoopClock)
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    classes: list[tuple[int, m.ClassView]] = field(default_factory=list)
    commands: dict[str, list[tuple[int, m.Command]]] = field(default_factory=lambda: defaultdict(list))
    views: dict[str, list[tuple[int, m.SessionView]]] = field(default_factory=lambda: defaultdict(list))
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    serving: asyncio.Task[None] | None = None
    floor: SessionFloor = field(init=False)
    desk: FloorDesk = field(init=False)
    desk_task: asyncio.Task[None] = field(init=False)

    @property
    def names(self) -> list[str]:
        return list(self.floor.units)

    @property
    def seen(self) -> m.ClassView:
        """The class as it was told last."""
        return self.classes[-1][1]

    def lane(self, name: str) -> str:
        return next((lane.phase for lane in self.seen.lanes if lane.treadmill == name), "")

    def lanes(self) -> set[str]:
        return {lane.phase for lane in self.seen.lanes}

    async def open(self) -> None:
        unit_bus, desk_bus = (MemoryBus(self.broker, client_id=n) for n in ("unit", "desk"))
        self.floor = SessionFloor(unit_bus, self.clock, len(self.countdowns_s))
        for name, countdown_s in zip(self.floor.units, self.countdowns_s, strict=True):
            spec = replace(SPEC, start_delay_ms=countdown_s * 1000)
            self.floor.units[name] = EngineUnit(spec=spec)
        self.desk = FloorDesk(desk_bus)
        site = self.desk.site
        site.subscribe(registry.CLASS_VIEW, lambda _, said: self.classes.append((self.clock.now_ms(), said)))
        site.subscribe(
            registry.COMMAND, lambda id_, said: self.commands[id_].append((self.clock.now_ms(), said))
        )
        site.subscribe(
            registry.SESSION_VIEW, lambda id_, said: self.views[id_].append((self.clock.now_ms(), said))
        )
        self.desk_task = asyncio.create_task(desk_bus.run())
        self.tasks += [asyncio.create_task(unit_bus.run()), self.desk_task]
        await until(lambda: unit_bus.connected and desk_bus.connected)
        self.tasks.append(asyncio.create_task(self.floor.run()))

    async def serve(self, name: str = "session-a") -> None:
        """A session service that takes requests and knows the floor."""
        journal = Journal(self.path / "sessions.db")
        made = {file: parse(text, file) for file, text in (("one.toml", PROGRAMME), ("turns.toml", TURNS))}
        bus = MemoryBus(self.broker, client_id=name)
        service = SessionService(bus, SITE, self.clock, journal, name, read_own=lambda: own.OwnFolder(made))
        ready = asyncio.Event()

        async def run() -> None:
            try:
                await service.run(ready.set)
            finally:
                journal.close()

        self.serving = asyncio.create_task(run())
        await ready.wait()
        await asyncio.sleep(2.0)

    async def ask_class(self, verb: Any, **more: Any) -> m.SessionReply:
        values = {"id": f"c{next(self.desk.ids)}", "client": "desk", "verb": verb, "by": "Anna", **more}
        request = m.ClassRequest(**values)
        await self.desk.site.publish(registry.CLASS_REQUEST, request)
        await until(lambda: any(r.id == request.id for r in self.desk.replies), seconds=5)
        return next(r for r in self.desk.replies if r.id == request.id)

    async def open_class(self, programme: str = "Class in a test") -> str:
        reply = await self.ask_class("open", goal="conditioning", level="intermediate", programme=programme)
        assert reply.ok, reply.text
        return reply.class_id

    async def confirm(self, name: str, class_id: str, **more: Any) -> m.SessionReply:
        """Somebody at the belt starts the lane for the class. Guests are novices."""
        told = {"level": "novice", "hr_max_bpm": 185, "screened": True, "alias": f"Guest {name}", **more}
        values = {"id": f"r{next(self.desk.ids)}", "client": "desk", "verb": "start", "treadmill": name}
        request = m.SessionRequest(**{**values, "class_id": class_id, **told})
        await self.desk.site.publish(registry.SESSION_REQUEST, request)
        await until(lambda: any(r.id == request.id for r in self.desk.replies), seconds=5)
        return next(r for r in self.desk.replies if r.id == request.id)

    async def gathered(self, programme: str = "Class in a test", names: list[str] | None = None) -> str:
        """A class in which these lanes stand ready."""
        class_id = await self.open_class(programme)
        for name in names or self.names:
            reply = await self.confirm(name, class_id)
            assert reply.ok, reply.text
        await until(lambda: self.lanes() == {"ready"} and len(self.seen.lanes) == len(names or self.names))
        return class_id

    async def under_way(self, names: list[str] | None = None) -> str:
        """A class whose clock runs, and all lanes by it."""
        class_id = await self.gathered(names=names)
        reply = await self.ask_class("go")
        assert reply.ok, reply.text
        await until(lambda: self.lanes() == {"with"}, seconds=300)
        return class_id

    def speed(self, name: str) -> int:
        return self.floor.units[name].belt.speed_ckmh

    def still(self) -> bool:
        return all(unit.belt.speed_ckmh == 0 for unit in self.floor.units.values())

    def steps_of(self, name: str) -> dict[int, int]:
        """When each step was first seen in a lane."""
        seen: dict[int, int] = {}
        for at_ms, view in self.views[name]:
            if view.phase == "running":
                seen.setdefault(view.step, at_ms)
        return seen


@asynccontextmanager
async def class_gym(path: Path, *countdowns_s: int) -> AsyncIterator[ClassGym]:
    """A gym with so many treadmills and a session service."""
    path.mkdir(exist_ok=True)
    gym = ClassGym(path, countdowns_s)
    await gym.open()
    await gym.serve()
    try:
        yield gym
    finally:
        for task in [*gym.tasks, *([gym.serving] if gym.serving else [])]:
            task.cancel()
        await asyncio.gather(*gym.tasks, *([gym.serving] if gym.serving else []), return_exceptions=True)


async def later(seconds: float, fact: Callable[[], object] | None = None) -> None:
    """Let virtual time pass, while a fact stays true."""
    for _ in range(round(seconds / 0.1)):
        await asyncio.sleep(0.1)
        assert fact is None or fact()
