"""A real broker, a real console process and a scripted gym on the bus, for the console's tests."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
from ports import free_port
from sign_in import NAMES, SIGNED_IN, headers, make_accounts, sign_in
from websockets.asyncio.client import connect

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Incoming
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError
from device_adapters.safety.limits import Goal, Level
from services.broker import RunningBroker, start_broker
from services.console.auth.roles import Role

SITE = "gym"
WAIT_MAX_S = 60.0


class ConsoleProcess:
    """`backstride run console` as a child process that can be ended, killed and started again."""

    def __init__(self, http_port: int, mqtt_url: str, folder: Path, more: str = "") -> None:
        self.url = f"http://127.0.0.1:{http_port}"
        self._config = folder / "hub.toml"
        self._log = folder / "console.log"
        self._config.write_text(
            f'site = "{SITE}"\nhttp_port = {http_port}\ndata = "{folder}"\n{more}\n[broker]\nurl = "{mqtt_url}"\n'
        )
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *, connected: bool = True) -> None:
        """Start and wait until it answers; `connected`: and has its broker."""
        with self._log.open("a") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.cli", "run", "console", "--config", str(self._config),
                stdout=log, stderr=log, env={**os.environ, "BACKSTRIDE_LOG": "warning"},
            )  # fmt: skip
        end = time.monotonic() + WAIT_MAX_S
        async with httpx.AsyncClient(timeout=5) as http:
            while time.monotonic() < end and self.process.returncode is None:
                with contextlib.suppress(httpx.TransportError):
                    answer = await http.get(f"{self.url}/healthz")
                    if answer.status_code == 200 or not connected:
                        return
                await asyncio.sleep(0.05)
        raise AssertionError(f"the console did not come up:\n{self.said()}")

    def said(self) -> str:
        return self._log.read_text()

    async def end(self) -> int | None:
        """SIGTERM; returns the exit code."""
        if self.process is None:
            return None
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(WAIT_MAX_S):
                return await self.process.wait()
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"the console did not end:\n{self.said()}") from None

    def freeze(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass(frozen=True, slots=True)
class ScriptedBelt:
    """What the scripted gym tells of one treadmill, four times a second. None: it does not tell it."""

    state: m.TreadmillState
    speed_kmh: float | None = 0.0
    incline_pct: float = 0.0
    hr_bpm: int | None = None
    session: m.SessionView | None = None


def still(treadmill: str) -> ScriptedBelt:
    """A treadmill that is ready."""
    state = m.TreadmillState(
        treadmill=treadmill,
        unit="unit-01",
        boot="boot",
        at_ms=0,
        link="connected",
        belt="still",
        speed_max_kmh=18,
    )
    return ScriptedBelt(state)


def view(treadmill: str, phase: m.SessionPhase, **more: object) -> m.SessionView:
    """A session on a treadmill."""
    values: dict[str, object] = {
        "goal": Goal.KNEE_STRENGTH, "level": Level.NOVICE, "programme": "Retro walk", "alias": "Heron",
        "on_board": True,
        "step": 2, "steps": 5, "step_kind": "interval", "cue": "Short quick steps, hips back", "elapsed_s": 130.0,
        "total_s": 420.0, "target_kmh": 2.5, "hr_limit_bpm": 133, "nearest_limit": "Speed 2.5 km/h",
        "limits": m.Limits(
            speed_max_kmh=2.5, accel_max_kmh_s=0.2, decel_stop_kmh_s=1, grade_min_pct=0, grade_max_pct=0,
            session_max_s=600, bout_max_s=300, hr_max_pct=70,
        ),
        **more,
    }  # fmt: skip
    return m.SessionView(session=f"s-{treadmill}", treadmill=treadmill, at_ms=0, phase=phase, **values)  # type: ignore[arg-type]


def walking(treadmill: str, speed_kmh: float = 2.3, hr_bpm: int = 112, **more: object) -> ScriptedBelt:
    """A treadmill with a session under way."""
    belt = still(treadmill)
    moving = m.TreadmillState(
        treadmill=treadmill,
        unit="unit-01",
        boot="boot",
        at_ms=0,
        link="connected",
        belt="moving",
        speed_max_kmh=18,
    )
    return replace(
        belt, state=moving, speed_kmh=speed_kmh, hr_bpm=hr_bpm, session=view(treadmill, "running", **more)
    )


Script = Callable[[m.SessionRequest], m.SessionReply | None]


def silent(_request: m.SessionRequest) -> None:
    """A session service that does not answer."""


@dataclass
class ScriptedGym:
    """Publishes what its belts are, each `every_s`, and hears what the console says."""

    mqtt_url: str
    belts: dict[str, ScriptedBelt] = field(default_factory=dict)
    every_s: float = 0.25
    unit_online: bool = True
    near: tuple[m.NearbyStrap, ...] = ()
    led: m.ClassView | None = None
    """The class that a session service tells of."""

    rounds: int = 0
    """In how many it has told everything."""

    stops: list[str] = field(default_factory=list)
    stoppers: list[str] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    requests: list[m.SessionRequest] = field(default_factory=list)
    class_requests: list[m.ClassRequest] = field(default_factory=list)
    answer: Script = field(default=lambda request: m.SessionReply(id=request.id, ok=True, session="s-1"))

    def __post_init__(self) -> None:
        self.bus = MqttBus(self.mqtt_url, client_id="scripted-gym")
        self.site = SiteBus(self.bus, SITE, lambda _topic, _error: None)
        self.site.subscribe(registry.SESSION_REQUEST, lambda _id, request: self._asked(request))
        self.site.subscribe(registry.CLASS_REQUEST, lambda _id, request: self._class_asked(request))
        self.bus.subscribe(registry.STOP_ONE.topic(SITE, "+"), self._stopped)
        self._telling = asyncio.Lock()
        self._answers: asyncio.Queue[tuple[str, m.SessionReply]] = asyncio.Queue(100)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.bus.run())
            tasks.create_task(self._tell())
            tasks.create_task(self._answer())

    async def event(
        self, id_: str, text: str, treadmill: str, severity: str = "warning", cause: str = ""
    ) -> None:
        await self.site.publish(
            registry.EVENT,
            m.Event(
                id=id_, at_ms=time.time_ns() // 1_000_000, source="unit-01", kind="hazard", text=text,
                severity=severity, treadmill=treadmill, cause=cause,  # type: ignore[arg-type]
            ),
        )  # fmt: skip

    def _stopped(self, incoming: Incoming) -> None:
        self.stops.append(incoming.topic.rsplit("/", 1)[1])
        said = registry.STOP_ONE.decode(incoming.payload)
        self.stoppers.append(said.by)
        self.whys.append(said.why)

    def _asked(self, request: m.SessionRequest) -> None:
        self.requests.append(request)
        reply = self.answer(request)
        if reply is not None:
            reply = msgspec.structs.replace(reply, asker=request.asker)
            self._answers.put_nowait((request.client, reply))

    def _class_asked(self, request: m.ClassRequest) -> None:
        self.class_requests.append(request)
        reply = m.SessionReply(id=request.id, asker=request.asker, ok=True, class_id="c-0123456789ab")
        self._answers.put_nowait((request.client, reply))

    async def _answer(self) -> None:
        while True:
            client, reply = await self._answers.get()
            with contextlib.suppress(BusError):
                await self.site.publish(registry.SESSION_REPLY, reply, client)

    async def _tell(self) -> None:
        while True:
            with contextlib.suppress(BusError):
                async with self._telling:
                    await self._tell_once()
            await asyncio.sleep(self.every_s)

    async def become(self, belts: dict[str, ScriptedBelt]) -> None:
        """From now on these treadmills are there, and no others: what was kept of those, and sessions that these do not
        have, is taken back.
        """
        async with self._telling:
            before, self.belts = self.belts, belts
            for id_ in before:
                gone = [] if id_ in belts else [registry.TREADMILL_STATE.topic(self.site.site, id_)]
                if id_ not in belts or belts[id_].session is None:
                    gone.append(registry.SESSION_VIEW.topic(self.site.site, id_))
                for topic in gone:
                    await self.bus.publish(topic, b"", qos=1, retain=True)

    async def _tell_once(self) -> None:
        self.rounds += 1
        now_ms = time.time_ns() // 1_000_000
        await self.site.publish(
            registry.UNIT_STATUS,
            m.UnitStatus(unit="unit-01", online=self.unit_online, boot="boot", at_ms=now_ms),
            "unit-01",
        )
        nearby = m.Nearby(unit="unit-01", boot="boot", at_ms=now_ms, straps=self.near)
        await self.site.publish(registry.NEARBY, nearby, "unit-01")
        if self.led is not None:
            told = msgspec.structs.replace(self.led, at_ms=now_ms)
            await self.site.publish(registry.CLASS_VIEW, told)
        for id_, belt in tuple(self.belts.items()):
            strap = id_.replace("tm", "hr")
            await self.site.publish(registry.TREADMILL_STATE, belt.state, id_)
            if belt.speed_kmh is not None:
                frame = m.TreadmillTelemetry(
                    treadmill=id_, boot="boot", seq=self.rounds, at_ms=now_ms, speed_kmh=belt.speed_kmh,
                    incline_pct=belt.incline_pct,
                )  # fmt: skip
                await self.site.publish(registry.TREADMILL_TELEMETRY, frame, id_)
            if belt.hr_bpm is not None:
                state = m.StrapState(
                    strap=strap, unit="unit-01", boot="boot", at_ms=now_ms, link="connected", treadmill=id_
                )
                heart = m.StrapTelemetry(
                    strap=strap, boot="boot", seq=self.rounds, at_ms=now_ms, hr_bpm=belt.hr_bpm
                )
                await self.site.publish(registry.STRAP_STATE, state, strap)
                await self.site.publish(registry.STRAP_TELEMETRY, heart, strap)
            if belt.session is not None:
                await self.site.publish(registry.SESSION_VIEW, belt.session, id_)


@dataclass
class Rig:
    """Broker, console and gym together."""

    broker: RunningBroker
    console: ConsoleProcess
    gym: ScriptedGym
    mqtt_port: int
    folder: Path
    accounts: dict[Role, str]

    @property
    def headers(self) -> dict[str, str]:
        """What the browser of signed-in staff sends."""
        return headers(self.console.url, SIGNED_IN[self.console.url])

    @property
    def signature(self) -> str:
        """Who the signed-in staff are on the bus, in the journal and in the audit."""
        return f"staff {self.accounts[Role.STAFF]}"

    def feed(self) -> connect:
        """The floor's live feed, as signed-in staff's page opens it."""
        url = self.console.url.replace("http", "ws")
        return connect(f"{url}/live/floor", additional_headers=self.headers)

    def client(self, **options: Any) -> httpx.AsyncClient:
        """Signed-in staff."""
        options = {"timeout": WAIT_MAX_S, **options}
        return httpx.AsyncClient(base_url=self.console.url, headers=self.headers, **options)

    async def heard(self, treadmills: int) -> None:
        """Wait until the console knows that many treadmills, and what each of them tells."""
        end = time.monotonic() + WAIT_MAX_S
        async with self.client(timeout=WAIT_MAX_S) as http:
            while time.monotonic() < end:
                page = (await http.get("/")).text
                if (
                    page.count('<article class="tile" data-treadmill="tm') == treadmills
                    and ">waiting<" not in page.lower()
                ):
                    known = self.gym.rounds
                    while self.gym.rounds < known + 2:  # one more whole round of the gym: straps and sessions
                        assert time.monotonic() < end, "the gym tells nothing more"
                        await asyncio.sleep(0.05)
                    return
                await asyncio.sleep(0.05)
        raise AssertionError(f"the console never heard of {treadmills} treadmills")

    async def settled(self) -> None:
        """Wait until the console is sure of who is there: before that it says of nobody that they are not."""
        end = time.monotonic() + WAIT_MAX_S
        async with self.client(timeout=WAIT_MAX_S) as http:
            while "which is not here" not in (await http.get("/api/treadmills/tm-none/straps")).text:
                assert time.monotonic() < end, "the console never was sure of who is there"

    async def kill_broker(self) -> None:
        await self.broker.kill()

    async def start_broker_again(self) -> None:
        self.broker = await start_broker(self.mqtt_port, self.folder / "broker")


@contextlib.asynccontextmanager
async def rig(folder: Path, more: str = "") -> AsyncIterator[Rig]:
    """All of them running; ended in any case. `more`: lines of the console's settings."""
    mqtt_port = free_port()
    broker = await start_broker(mqtt_port, folder / "broker")
    console = ConsoleProcess(free_port(), broker.url, folder, more)
    gym = ScriptedGym(broker.url)
    accounts = await asyncio.to_thread(make_accounts, folder)
    running = Rig(broker, console, gym, mqtt_port, folder, accounts)
    telling = asyncio.create_task(gym.run())
    try:
        await console.start()
        SIGNED_IN[console.url] = await sign_in(console.url, NAMES[Role.STAFF])
        yield running
    finally:
        SIGNED_IN.pop(console.url, None)
        await console.end()
        telling.cancel()
        await asyncio.wait([telling])
        await running.broker.stop()
