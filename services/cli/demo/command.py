"""`backstride demo`: a whole virtual gym as real processes, on one machine, in one command."""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.errors import BackstrideError, ConfigError
from device_adapters.safety.limits import Goal
from services import logs
from services.broker import broker_command, wait_ready
from services.cli.demo import settings_files
from services.cli.demo.ports import free_port, reached, require_free
from services.cli.demo.summary import Summary, print_summary, summarise
from services.cli.demo.supervisor import Supervisor, backstride
from services.cli.demo.watch import DemoWatch

if TYPE_CHECKING:
    from services.cli.demo.accounts import DemoDoor

REST_S = 20.0
"""How long belts get to come to rest before the demo ends anyway; from any speed of ours they need at most 12 s."""

TILE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What was asked for on the command line."""

    treadmills: int
    straps: int
    woodways: int
    trackmasters: int
    duration_s: float | None
    seed: int
    http_port: int
    mqtt_port: int
    broker: str
    data: Path | None
    autostart: bool
    json: Path | None


def parse_duration(text: str) -> float | None:
    """'' → None, '20s' → 20, '5m' → 300, '1h' → 3600, '45' → 45. ConfigError otherwise."""
    if not text:
        return None
    scale = {"s": 1, "m": 60, "h": 3600}.get(text[-1])
    try:
        seconds = float(text[:-1]) * scale if scale else float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigError(f"--duration {text}: give a time above 0 such as 20s, 5m or 1h")
    return seconds


def run_demo(options: DemoOptions) -> int:
    """Run until the duration is over or Ctrl-C; returns the exit code."""
    began = time.monotonic()
    logs.configure("error")
    data = options.data or Path(tempfile.mkdtemp(prefix="backstride-demo-"))
    try:
        return asyncio.run(_Demo(options, data, began).run())
    finally:
        if options.data is None:
            shutil.rmtree(data, ignore_errors=True)


class _Demo:
    def __init__(self, options: DemoOptions, data: Path, began: float) -> None:
        self._options = options
        self._data = data
        self._began = began
        self._out = Console()
        self._stop = asyncio.Event()
        self._supervisor = Supervisor(data, self._started)
        self._files: settings_files.DemoFiles | None = None
        self._watch: DemoWatch | None = None
        self._door: DemoDoor | None = None

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        try:
            summary = await self._play()
        except BackstrideError as e:
            print(f"error {e.code}: {e}", file=sys.stderr)  # noqa: T201
            return 2
        if self._options.json:
            self._options.json.write_text(summary.as_json() + "\n", encoding="utf-8")
        print_summary(self._out, summary)
        return 0

    async def _play(self) -> Summary:
        options = self._options
        began_ms = SystemClock().wall_ms()
        http_port = options.http_port or free_port()
        require_free("HTTP", http_port, "--http-port")
        files = settings_files.write(
            self._data,
            treadmills=options.treadmills,
            straps=options.straps,
            woodways=options.woodways,
            trackmasters=options.trackmasters,
            seed=options.seed,
            http_port=http_port,
            mqtt_port=options.mqtt_port or free_port(),
            radio_port=free_port(),
            broker=options.broker,
        )
        started: list[str] = []
        try:
            broker_word = await self._start_broker(files, started)
            bus = MqttBus(files.hub.broker, client_id=f"demo-{files.run}")
            self._watch = watch = DemoWatch(bus, files.hub.site)
            line = asyncio.create_task(bus.run(), name="bus")
            try:
                if options.broker:
                    await reached(bus, options.broker)
                await self._start_roles(files, started)
                self._show(files, broker_word)
                await self._until_over(files, watch)
                await self._bring_to_rest(watch)
            finally:
                for name in ("session", "unit", "metrics"):
                    if name in started:
                        started.remove(name)
                        await self._supervisor.stop(name)
                line.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await line
        finally:
            for name in reversed(started):
                await self._supervisor.stop(name)
        return summarise(watch, files, began_ms)

    async def _start_broker(self, files: settings_files.DemoFiles, started: list[str]) -> str:
        if self._options.broker:
            return self._options.broker
        command = broker_command(
            files.mqtt_port, self._data / "broker", acl=settings_files.access(files.unit)
        )
        self._supervisor.start("broker", command.argv, announces=False)
        started.append("broker")
        await wait_ready(files.mqtt_port)
        return f"{command.description} on 127.0.0.1:{files.mqtt_port}"

    async def _start_roles(self, files: settings_files.DemoFiles, started: list[str]) -> None:
        """All at once but the unit: it has the gym's radio, and a frame before metrics listens would be nobody's."""

        def start(name: str, config: Path) -> None:
            self._supervisor.start(name, backstride("run", name, "--config", str(config)))
            started.append(name)

        start("console", files.role_paths["console"])
        start("metrics", files.role_paths["metrics"])
        start("gym", files.gym_path)
        start("session", files.role_paths["session"])
        admitting = asyncio.create_task(asyncio.to_thread(_admit, files.hub))
        try:
            for name in ("metrics", "gym"):
                await self._supervisor.wait_ready(name)
            start("unit", files.unit_path)
            for name in ("session", "console", "unit"):
                await self._supervisor.wait_ready(name)
        finally:
            self._door = await admitting

    def _write_running(self, files: settings_files.DemoFiles) -> None:
        """`running.json` in the data folder: where everything is, for scripts and tests."""
        door = self._door
        running = {
            "password": "" if door is None else door.password,
            "url": f"http://127.0.0.1:{files.hub.http_port}",
            "mqtt_url": files.hub.broker.url,
            "site": files.hub.site,
            "pids": {name: role.pid for name, role in self._supervisor.roles.items() if role.pid},
        }
        path = self._data / "running.json"
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(running, indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)

    def _show(self, files: settings_files.DemoFiles, broker_word: str) -> None:
        options = self._options
        where = {
            "broker": broker_word,
            "gym": f"{options.treadmills} treadmills, {options.straps} straps, radio on "
            f"127.0.0.1:{files.radio_port}"
            + (f", {options.woodways} Woodway on cables" if options.woodways else "")
            + (f", {options.trackmasters} Trackmaster on cables" if options.trackmasters else ""),
            "unit": f"{files.unit.unit}: adapters and gates",
            "session": "guided programmes inside limits",
            "metrics": "every frame and event into SQLite",
            "console": f"http://127.0.0.1:{files.hub.http_port}",
        }
        self._files = files
        self._write_running(files)
        table = Table(title="Backstride virtual gym", title_justify="left")
        for column in ("what", "where", "pid"):
            table.add_column(column)
        for name, words in where.items():
            role = self._supervisor.roles.get(name)
            table.add_row(name, words, str(role.pid) if role else "")
        self._out.print(table)
        self._out.print(f"logs and databases: {self._data}")
        if self._door is not None:
            url = f"http://127.0.0.1:{files.hub.http_port}"
            self._out.print(f"Open {url}{self._door.link} (lets in once, as staff)", soft_wrap=True)
            self._out.print(
                f"or sign in at {url} as {' or '.join(self._door.names)} with {self._door.password}",
                soft_wrap=True,
            )
        self._out.print("Ctrl-C stops every belt first, then ends.")

    async def _until_over(self, files: settings_files.DemoFiles, watch: DemoWatch) -> None:
        async with asyncio.timeout(TILE_S):
            await watch.first_frame.wait()
        self._out.print(f"first live tile after {time.monotonic() - self._began:.1f} s")
        seeding = asyncio.create_task(asyncio.to_thread(_seed, files.hub), name="members")
        autostart = asyncio.create_task(self._autostart(files, watch, seeding))
        try:
            async with asyncio.timeout(self._options.duration_s):
                await self._stop.wait()
        except TimeoutError:
            pass
        finally:
            autostart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await autostart
            await seeding

    async def _autostart(
        self, files: settings_files.DemoFiles, watch: DemoWatch, seeding: asyncio.Task[dict[Goal, str]]
    ) -> None:
        if not self._options.autostart:
            return
        members = await asyncio.shield(seeding)
        treadmills = [treadmill.id for treadmill in files.unit.treadmill]
        for words in await watch.start_one_per_goal(members, treadmills):
            self._out.print(words)

    async def _bring_to_rest(self, watch: DemoWatch) -> None:
        moving = watch.moving()
        if moving:
            self._out.print(f"stopping {', '.join(moving)} ...")
        await watch.stop_all()
        deadline = time.monotonic() + REST_S
        while (moving := watch.moving()) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        if moving:
            self._out.print(f"[bold red]still moving: {', '.join(moving)}[/]")

    def _started(self, name: str, restarts: int) -> None:
        if restarts:
            self._out.print(f"{name} ended and was started again (restart {restarts})")
        if self._files is not None:
            self._write_running(self._files)


# The members store's library takes longer to load than the processes take to be started: they need not wait for it.


def _admit(hub: HubConfig) -> "DemoDoor":
    from services.cli.demo.accounts import admit

    return admit(hub)


def _seed(hub: HubConfig) -> dict[Goal, str]:
    from services.cli.demo.members import seed

    return seed(hub)
