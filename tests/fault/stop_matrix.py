"""Whatever of the hub is frozen, killed, locked, damaged or crowded: Stop is answered, and how soon the belt stands.

    python tests/fault/stop_matrix.py        (part of make faults)

Pressed at the console, or where that is what failed, at a terminal of the hub. One treadmill, in a session that moves.
Ends with 1 if a row is not as SAFETY.md says.
"""

import asyncio
import contextlib
import os
import resource
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from demo_bus import SITE, DemoBus, demo_bus  # noqa: E402
from demo_process import RunningDemo, end_demo, start_demo  # noqa: E402
from matrix_rows import RAMP_S, TOLD_S, WAY_S  # noqa: E402

from device_adapters.bus.mqtt import MqttBus  # noqa: E402
from device_adapters.config import Broker  # noqa: E402
from device_adapters.contract import messages as m  # noqa: E402
from device_adapters.contract import registry  # noqa: E402
from services import logs  # noqa: E402

TREADMILL = "tm-01"
ANSWER_S = 2.0
"""The console answers a stop within this, delivered or not (SAFETY.md)."""

REST_S = WAY_S + RAMP_S + TOLD_S
STEADY_S = 4.0
BACK_S = 60.0
IDLE = 1_100
SERVICES = ("session", "metrics", "console")

Fault = Callable[[DemoBus, RunningDemo], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class StopRow:
    """`by`: where Stop is pressed. `moving`: it is pressed in a session that moves; else on a belt that stands."""

    name: str
    by: Literal["console", "terminal"]
    befalls: Fault
    moving: bool = True


@dataclass(frozen=True, slots=True)
class StopRowOutcome:
    """Seconds from the press to the console's answer, the unit's word, the true standstill; None: it never came."""

    row: StopRow
    answered_s: float | None
    said_s: float | None
    rest_s: float | None

    @property
    def green(self) -> bool:
        """Is it as SAFETY.md promises?"""
        answered = self.row.by == "terminal" or _within(self.answered_s, ANSWER_S + WAY_S)
        return answered and _within(self.said_s, WAY_S) and _within(self.rest_s, REST_S)


def _within(measured_s: float | None, bound_s: float) -> bool:
    return measured_s is not None and measured_s <= bound_s


def frozen(*roles: str) -> Fault:
    """Processes that hang."""

    @asynccontextmanager
    async def befalls(_bus: DemoBus, demo: RunningDemo) -> AsyncIterator[None]:
        pids = [demo.pids[role] for role in roles]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    return befalls


def killed(role: str) -> Fault:
    """A process that ends as by a power cut, and is begun again by what watches over it."""

    @asynccontextmanager
    async def befalls(bus: DemoBus, demo: RunningDemo) -> AsyncIterator[None]:
        gone = bus.kill(role)
        yield
        await bus.until(lambda: demo.pids.get(role, gone) != gone, BACK_S, f"{role} is back")

    return befalls


def locked(store: str) -> Fault:
    """A store whose lock somebody holds."""

    @asynccontextmanager
    async def befalls(_bus: DemoBus, demo: RunningDemo) -> AsyncIterator[None]:
        with closing(sqlite3.connect(demo.data / "hub" / store, isolation_level=None)) as db:
            db.execute("PRAGMA busy_timeout = 30000")
            db.execute("BEGIN IMMEDIATE")
            yield
            db.execute("ROLLBACK")

    return befalls


@asynccontextmanager
async def damaged(_bus: DemoBus, demo: RunningDemo) -> AsyncIterator[None]:
    """Every store of the hub, overwritten where it lies, also what is not yet in it. Nothing mends it: the last row."""
    for store in (demo.data / "hub").glob("*.db*"):
        if not store.name.endswith("-shm"):
            size = store.stat().st_size
            with store.open("r+b") as file:
                file.write(os.urandom(min(size, 1_000_000)))
    yield


@asynccontextmanager
async def crowded(address: str) -> AsyncIterator[None]:
    """Connections that say nothing."""
    parts, writers = urlsplit(address), list[asyncio.StreamWriter]()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
    try:
        for _ in range(IDLE):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writers.append(writer)
        yield
    finally:
        for writer in writers:
            writer.transport.abort()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def restarted_with_an_offline_session(bus: DemoBus, demo: RunningDemo) -> AsyncIterator[None]:
    """The broker ends and returns while somebody's persistent session is away."""
    away = MqttBus(Broker(demo.mqtt_url, username="cli"), client_id="fault-away", session_expiry_s=3_600)
    away.subscribe(registry.EVENT.topic(SITE, "+"), lambda _incoming: None)
    line = asyncio.create_task(away.run())
    await bus.until(lambda: away.connected, BACK_S, "a persistent session")
    line.cancel()
    await asyncio.wait([line])
    gone = bus.kill("broker")
    await bus.until(lambda: demo.pids.get("broker", gone) != gone, BACK_S, "the broker is back")
    await bus.until(lambda: bus.bus.bus.connected, BACK_S, "this client is back")
    await asyncio.sleep(STEADY_S)  # the unit comes back by itself
    yield


ROWS = (
    StopRow("session service hangs", "console", frozen("session")),
    StopRow("session service killed", "console", killed("session")),
    StopRow("console hangs", "terminal", frozen("console")),
    StopRow("console killed", "terminal", killed("console")),
    StopRow("metrics service hangs", "console", frozen("metrics")),
    StopRow("metrics service killed", "console", killed("metrics")),
    StopRow("all of the hub's services hang", "terminal", frozen(*SERVICES)),
    StopRow("members store locked", "console", locked("members.db")),
    StopRow("journal locked", "console", locked("sessions.db")),
    StopRow("metrics store locked", "console", locked("metrics.db")),
    StopRow(f"{IDLE} idle connections on the console", "console", lambda _bus, demo: crowded(demo.url)),
    StopRow(f"{IDLE} idle connections on the broker", "console", lambda _bus, demo: crowded(demo.mqtt_url)),
    StopRow("broker restarted, a persistent session away", "console", restarted_with_an_offline_session, moving=False),
    StopRow("all stores damaged", "console", damaged),
)  # fmt: skip


async def press_and_watch(bus: DemoBus, demo: RunningDemo, row: StopRow) -> StopRowOutcome:
    """Press Stop and see what comes of it, until all of it has come or its bounds are well past."""
    events, since = len(bus.events), time.monotonic()
    pressed = asyncio.create_task(_press(bus, demo, row.by))
    answered_s = said_s = rest_s = None
    while time.monotonic() < since + REST_S + 2 * ANSWER_S:
        passed = time.monotonic() - since
        if answered_s is None and pressed.done():
            answered_s = passed if pressed.result() else None
        if said_s is None and _is_said(bus, events):
            said_s = passed
        if rest_s is None and bus.belts.get(TREADMILL) == 0:
            rest_s = passed
        if None not in (answered_s, said_s, rest_s):
            break
        await asyncio.sleep(0.02)
    pressed.cancel()
    await asyncio.wait([pressed])
    return StopRowOutcome(row, answered_s, said_s, rest_s)


async def _press(bus: DemoBus, demo: RunningDemo, by: str) -> bool:
    """Was it taken? The console is asked as its page asks, by nobody who is signed in."""
    if by == "terminal":
        await bus.bus.publish(registry.STOP_ONE, m.Stop(by="fault-test"), TREADMILL)
        return True
    parts = urlsplit(demo.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = (
        f"POST /api/treadmills/{TREADMILL}/stop HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 0\r\n\r\n"
    )
    writer.write(head.encode())
    status = (await reader.readuntil(b"\r\n\r\n")).split()[1]
    writer.transport.abort()
    return status == b"200"


def _is_said(bus: DemoBus, events: int) -> bool:
    told = (e.cause for e in bus.events[events:] if e.treadmill == TREADMILL and e.kind == "hazard")
    state = bus.states.get(TREADMILL)
    return "stop_pressed" in told or (state is not None and state.latched == "stop_pressed")


async def measure_stops(bus: DemoBus, demo: RunningDemo) -> list[StopRowOutcome]:
    """All rows, saying which one is under way."""
    found = []
    for row in ROWS:
        print(f"== Stop: {row.name} ...", flush=True)
        await bus.settle(1)
        if row.moving:
            await bus.start(TREADMILL)
            await bus.moving(TREADMILL)
            await asyncio.sleep(STEADY_S)
        async with row.befalls(bus, demo):
            found.append(await press_and_watch(bus, demo, row))
    return found


def show_stops(outcomes: list[StopRowOutcome]) -> bool:
    """Print them; returns whether all are green."""
    table = Table(title="Stop, with something else failing: seconds from the press, measured / bound")
    for column in ("what fails", "pressed at", "answered", "said by the unit", "belt at rest", ""):
        table.add_column(column)
    for each in outcomes:
        answer = "" if each.row.by == "terminal" else _times(each.answered_s, ANSWER_S + WAY_S)
        mark = "[green]✓[/]" if each.green else "[red]✗[/]"
        table.add_row(
            each.row.name, each.row.by, answer, _times(each.said_s, WAY_S), _times(each.rest_s, REST_S), mark
        )
    Console(width=max(Console().width, 130)).print(table)
    return len(outcomes) == len(ROWS) and all(each.green for each in outcomes)


def _times(measured_s: float | None, bound_s: float) -> str:
    return f"{'never' if measured_s is None else f'{measured_s:.1f}'} / {bound_s:.1f}"


async def _measured(demo: RunningDemo) -> list[StopRowOutcome]:
    async with demo_bus(demo.mqtt_url, demo.data) as bus:
        return await measure_stops(bus, demo)


def main() -> None:
    """Run a demo, measure, print."""
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="backstride-stops-") as home:
        demo = start_demo(Path(home), "--treadmills", "1")
        try:
            outcomes = asyncio.run(_measured(demo))
        finally:
            with contextlib.suppress(Exception):
                end_demo(demo)
    sys.exit(0 if show_stops(outcomes) else 1)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
