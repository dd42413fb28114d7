"""A hub and a unit together on a quarter of one core, as on a small Pi: is anything late, is anything lost?

Broker, unit and the hub's services are bound to one core and held still for three quarters of each 40 ms; the
treadmills are outside of that. All of them notify at 4 Hz, each under a session of its own, and a stop for all ends it.

    python tests/bench/low_power.py [--treadmills 10] [--seconds 60]
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import Figure, Ratio, save  # noqa: E402
from latency import LatencyFloor  # noqa: E402
from latency_site import SITE, LatencySite, TimedGym  # noqa: E402
from ports import free_port  # noqa: E402
from usage import Meter, private_mib  # noqa: E402

from device_adapters.bus.mqtt import MqttBus  # noqa: E402
from device_adapters.bus.port import Incoming  # noqa: E402
from device_adapters.bus.site import SiteBus  # noqa: E402
from device_adapters.codecs.ftms.control_point import OpCode, Request  # noqa: E402
from device_adapters.config import Broker, HubConfig, Treadmill, UnitConfig  # noqa: E402
from device_adapters.contract import messages as m  # noqa: E402
from device_adapters.contract import registry  # noqa: E402
from device_adapters.errors import MessageError  # noqa: E402
from device_adapters.safety.limits import Goal, Level  # noqa: E402
from device_adapters.sim.layout import GymConfig, gym_layout  # noqa: E402
from services import logs  # noqa: E402
from services.broker import start_broker  # noqa: E402
from services.cli.demo.supervisor import Supervisor, backstride  # noqa: E402

HELD_S, FREE_S = 0.030, 0.010
SHARE = FREE_S / (HELD_S + FREE_S)
HUB = ("metrics", "session", "console")
STARTS_S = 240.0
QUIET_S = 2.0
DRAINS_S = 30.0
LATE_MS, STOPPED_MS = 500.0, 1_000.0
MEMORY_MB = 1_000.0
MEANING = "a small Pi can be hub and unit of a small gym"


@contextmanager
def a_quarter_of_a_core(pids: list[int]) -> Iterator[None]:
    """Hold these processes to SHARE of one core until the end of the block."""
    core, over = min(os.sched_getaffinity(0)), threading.Event()
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})

    def send(what: signal.Signals) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    def hold() -> None:
        while not over.is_set():
            send(signal.SIGSTOP)
            time.sleep(HELD_S)
            send(signal.SIGCONT)
            time.sleep(FREE_S)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        yield
    finally:
        over.set()
        holding.join()


def malformed(topic: str, error: MessageError) -> None:
    raise ValueError(f"{topic}: {error}")


@asynccontextmanager
async def small_site(treadmills: int) -> AsyncIterator[tuple[LatencySite, list[int], Path]]:
    """The gym, and on their way what serves it: their process ids, and the store's file."""
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        data = Path(folder)
        running = await start_broker(free_port(), data / "broker")
        broker = Broker(url=running.url)
        supervisor = Supervisor(data, lambda _name, _restarts: None)
        bus = MqttBus(broker, client_id="bench")
        async with TimedGym(GymConfig(site=SITE, treadmills=treadmills, straps=0)) as gym:
            tasks = [asyncio.create_task(each) for each in (bus.run(), gym.run())]
            try:
                port = await gym.adapters.open("127.0.0.1", 0)
                hub = HubConfig(site=SITE, data=str(data / "hub"), http_port=free_port(), broker=broker)
                addresses = dict(gym_layout(treadmills, 0))
                unit = UnitConfig(
                    unit="unit-01", site=SITE, radio=f"virtual:127.0.0.1:{port}", slots=treadmills,
                    data=str(data / "unit"), broker=broker,
                    treadmill=tuple(Treadmill(id=id_, address=address) for id_, address in addresses.items()),
                )  # fmt: skip
                for name, settings in (*((name, hub) for name in HUB), ("unit", unit)):
                    config = data / f"{name}.toml"
                    config.write_bytes(msgspec.toml.encode(settings))
                    supervisor.start(name, backstride("run", name, "--config", str(config)))
                    await supervisor.wait_ready(name)
                pids = [running.process.pid, *(role.pid or 0 for role in supervisor.roles.values())]
                site = LatencySite(gym, gym, SiteBus(bus, SITE, malformed), addresses)
                yield site, pids, data / "hub" / "metrics.db"
            finally:
                for name in supervisor.roles:
                    await supervisor.stop(name)
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                await running.stop()


class LowPowerWatch:
    """What the gym said and the bus brought: times in ms, numbers seen, hazards."""

    def __init__(self, site: LatencySite) -> None:
        self.took_ms: list[float] = []
        self.seen: dict[str, set[tuple[str, int]]] = {id_: set() for id_ in site.addresses}
        self.hazards: list[str] = []
        self.gym = site.ours
        site.bus.bus.subscribe(registry.TREADMILL_TELEMETRY.topic(SITE, "+"), self._arrived)
        site.bus.subscribe(registry.EVENT, self._event)

    def _arrived(self, message: Incoming) -> None:
        said = registry.TREADMILL_TELEMETRY.decode(message.payload)
        self.seen[said.treadmill].add((said.boot, said.seq))
        if self.gym.notified[said.treadmill]:
            began_ns = self.gym.notified[said.treadmill].popleft()
            self.took_ms.append((time.perf_counter_ns() - began_ns) / 1e6)

    def _event(self, _id: str, event: m.Event) -> None:
        if event.kind == "hazard":
            self.hazards.append(f"{event.treadmill}: {event.cause}")

    async def begin(self) -> None:
        """Forget what came before, once it is over."""
        self.gym.quiet = True
        await asyncio.sleep(QUIET_S)
        self.gym.notified.clear()
        self.took_ms.clear()
        for seen in self.seen.values():
            seen.clear()
        self.gym.quiet = False

    async def end(self, site: LatencySite) -> int:
        """Notifications of which nothing came."""
        self.gym.quiet = True
        with contextlib.suppress(AssertionError):
            await site.until(lambda: not any(self.gym.notified.values()), "all has come", DRAINS_S)
        return sum(map(len, self.gym.notified.values()))


async def stop_all_ms(site: LatencySite) -> float:
    """Until the last belt was told."""
    told: dict[str, int] = {}

    def written(id_: str, request: Request) -> None:
        if request.op in (OpCode.SET_TARGET_SPEED, OpCode.STOP_OR_PAUSE):
            told.setdefault(id_, time.perf_counter_ns())

    await asyncio.sleep(QUIET_S)
    site.ours.written = written
    began = time.perf_counter_ns()
    await site.bus.bus.publish(registry.STOP_ALL.topic(SITE), registry.STOP_ALL.encode(m.Stop(by="bench")))
    await site.until(lambda: len(told) == len(site.addresses), "all belts have a stop", 30)
    return (max(told.values()) - began) / 1e6


async def start_sessions(site: LatencySite, floor: LatencyFloor) -> None:
    for id_ in site.addresses:
        await floor.ask(
            "start",
            id_,
            goal=Goal.CONDITIONING,
            level=Level.NOVICE,
            hr_max_bpm=185,
            waiver="bench",
            screened=True,
        )
    await site.until(lambda: all(floor.phase(i) == "running" for i in site.addresses), "all run", STARTS_S)


def stored(path: Path) -> set[tuple[str, str, int]]:
    """Frames of treadmills in the store."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return set(db.execute("SELECT treadmill, boot, seq FROM treadmill"))


async def measure(treadmills: int, seconds: float) -> list[Figure]:
    """Sessions on all treadmills for so long. Raises AssertionError if they do not even start."""
    async with small_site(treadmills) as (site, pids, store):
        floor, watch = LatencyFloor(site), LowPowerWatch(site)
        await site.until(
            lambda: sum(s.link == "connected" for s in floor.states.values()) == treadmills,
            "all linked",
            STARTS_S,
        )
        with a_quarter_of_a_core(pids):
            await start_sessions(site, floor)
            await watch.begin()
            meters = [Meter(pid) for pid in pids]
            began = time.perf_counter()
            await asyncio.sleep(seconds)
            passed_s = time.perf_counter() - began
            cpu = sum(meter.window(passed_s, 0).cpu_pct for meter in meters)
            memory = sum(private_mib(pid) * 2**20 / 1e6 for pid in pids)
            run = sum(floor.phase(id_) == "running" for id_ in site.addresses) - len(watch.hazards)
            print("".join(f"  a hazard of {hazard}\n" for hazard in watch.hazards), end="")
            stop_ms = await stop_all_ms(site)
            lost = await watch.end(site)
            wanted = {(id_, boot, seq) for id_, seen in watch.seen.items() for boot, seq in seen}
            await site.until(lambda: wanted <= stored(store), "all is stored", DRAINS_S)
        gaps = max(lost, sum(_gaps(seen) for seen in watch.seen.values()))
    return figures(treadmills, watch, gaps=gaps, run=run, cpu=cpu, memory=memory, stop_ms=stop_ms)


def _gaps(seen: set[tuple[str, int]]) -> int:
    """Numbers that are missing between the first and the last of a boot."""
    boots = {boot for boot, _ in seen}
    numbers = [[seq for boot, seq in seen if boot == one] for one in boots]
    return sum(max(each) - min(each) + 1 - len(each) for each in numbers)


def figures(
    treadmills: int, watch: LowPowerWatch, *, gaps: int, run: int, cpu: float, memory: float, stop_ms: float
) -> list[Figure]:
    """Beside what is allowed."""
    frames = sum(map(len, watch.seen.values()))
    late_ms = sorted(watch.took_ms)[len(watch.took_ms) * 99 // 100]
    what = f"a quarter of a core, {treadmills} treadmills"

    def allowed(name: str, ours: str, at_most: str, ratio: float) -> Figure:
        return Figure(
            f"{what}: {name}", ours, "allowed", at_most, Ratio(ratio, ratio, ratio), 1, "at most", MEANING
        )

    return [
        allowed(
            "notification → subscriber, p99", f"{late_ms:.0f} ms", f"{LATE_MS:.0f} ms", late_ms / LATE_MS
        ),
        allowed(
            "stop for all → last belt", f"{stop_ms:.0f} ms", f"{STOPPED_MS:.0f} ms", stop_ms / STOPPED_MS
        ),
        Figure(
            f"{what}: frames said that are stored, each once",
            f"{frames}",
            "and missing in their numbers",
            f"{gaps}",
            Ratio(*[frames / (frames + gaps)] * 3),
            1,
            "at least",
            MEANING,
        ),
        Figure(
            f"{what}: sessions that ran without a hazard",
            f"{run}",
            "asked",
            f"{treadmills}",
            Ratio(*[run / treadmills] * 3),
            1,
            "at least",
            MEANING,
        ),
        allowed("processor of all", f"{cpu:.0f} % of a core", f"{100 * SHARE:.0f} %", cpu / 100 / SHARE),
        allowed("memory of all", f"{memory:.0f} MB", f"{MEMORY_MB:.0f} MB", memory / MEMORY_MB),
    ]


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--treadmills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    logs.configure("error")
    save("low power", asyncio.run(measure(options.treadmills, options.seconds)))


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
