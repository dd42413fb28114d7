"""What a hub needs for many running sessions: processor, memory, and how soon the session service answers.

Units are scripted with the real envelope, at 5 records a second of each belt and one of each strap; broker, session
service, metrics and console are processes of their own, as in a gym. Beside the session service a plain script
subscribes to the same messages and decodes them.

    python tests/bench/hub_load.py [--treadmills 1 10 100 200 400]
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import Figure, Growth, Ratio, save  # noqa: E402
from ports import free_port  # noqa: E402
from session_floor import SITE, FloorDesk, SessionFloor  # noqa: E402
from usage import Meter, Usage, private_mib  # noqa: E402

from device_adapters.bus.mqtt import MqttBus  # noqa: E402
from device_adapters.clock import SystemClock  # noqa: E402
from device_adapters.config import Broker, HubConfig  # noqa: E402
from device_adapters.contract.phrase import english  # noqa: E402
from services import logs  # noqa: E402
from services.broker import start_broker  # noqa: E402
from services.cli.demo.supervisor import Supervisor, backstride  # noqa: E402

SERVICES = ("session", "metrics", "console")
BARE = "bare"
WINDOWS, WINDOW_S = 8, 4.0
QUESTIONS = 25
"""In each window."""

SETTLE_S = 5.0
UNIT_STEP_MS = 200
"""As often as a belt is measured: the machine is for the hub."""

CARRIED = 2000
JUDGED = 200
"""Sessions at which the aims are judged; more show how it grows."""

FEW = 10
GROWS = 1.0
ANSWER_MS = 50.0
HUB_MB = 150.0


@dataclass
class Load:
    """Windows of each process, answers' times per window, and the hub's memory in MB."""

    usage: dict[str, list[Usage]] = field(default_factory=dict)
    answers_ms: list[list[float]] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    def cpu(self, name: str) -> list[float]:
        """% of one core, per window."""
        return [usage.cpu_pct for usage in self.usage[name]]


@asynccontextmanager
async def hub(treadmills: int) -> AsyncIterator[tuple[Supervisor, FloorDesk]]:
    """All processes, and a session on each treadmill."""
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        data, mqtt_port = Path(folder), free_port()
        broker = await start_broker(mqtt_port, data / "broker")
        supervisor = Supervisor(data, lambda _name, _restarts: None)
        bus, desk_bus = (MqttBus(broker.url, client_id=f"bench-{name}") for name in ("units", "desk"))
        lines = [asyncio.create_task(each.run()) for each in (bus, desk_bus)]
        try:
            config = data / "hub.toml"
            settings = HubConfig(
                site=SITE, data=str(data / "hub"), http_port=free_port(), broker=Broker(url=broker.url)
            )
            config.write_bytes(msgspec.toml.encode(settings))
            for name in SERVICES:
                supervisor.start(name, backstride("run", name, "--config", str(config)))
                await supervisor.wait_ready(name)
            script = (
                sys.executable,
                str(Path(__file__).with_name("bare_subscriber.py")),
                str(mqtt_port),
                SITE,
            )
            supervisor.start(BARE, script, announces=False)
            floor, desk = (
                SessionFloor(bus, SystemClock(), treadmills, hr_bpm=75, step_ms=UNIT_STEP_MS),
                FloorDesk(desk_bus),
            )
            lines.append(asyncio.create_task(floor.run()))
            await asyncio.sleep(SETTLE_S)
            for treadmill in floor.units:
                reply = await desk.start(treadmill)
                if not reply.ok:
                    raise RuntimeError(f"{treadmill}: {reply.text}")
            await asyncio.sleep(SETTLE_S)
            yield supervisor, desk
        finally:
            for name in supervisor.roles:
                await supervisor.stop(name)
            for line in lines:
                line.cancel()
            await asyncio.wait(lines)
            await broker.stop()


async def measure(treadmills: int) -> Load:
    """Raises RuntimeError if a session is refused or none runs any more at the end."""
    load = Load({name: [] for name in (*SERVICES, BARE)})
    async with hub(treadmills) as (supervisor, desk):
        pids = {name: supervisor.roles[name].pid or 0 for name in load.usage}
        meters = {name: Meter(pid) for name, pid in pids.items()}
        for _ in range(WINDOWS):
            began, answers = time.perf_counter(), []
            for _ in range(QUESTIONS):
                asked = time.perf_counter()
                await desk.ask("present", "tm-none")
                answers.append((time.perf_counter() - asked) * 1e3)
                await asyncio.sleep(WINDOW_S / QUESTIONS / 2)
            await asyncio.sleep(max(0.0, WINDOW_S - (time.perf_counter() - began)))
            seconds = time.perf_counter() - began
            load.answers_ms.append(answers)
            for name, meter in meters.items():
                load.usage[name].append(meter.window(seconds, 0))
            load.memory_mb.append(sum(private_mib(pids[name]) * 2**20 / 1e6 for name in SERVICES))
        ended = {english(desk.view(one).why) for one in desk.views if desk.phase(one) != "running"}
        if ended:
            raise RuntimeError(f"not all of {treadmills} sessions still run: {'; '.join(sorted(ended))}")
    return load


def p99(values: list[float]) -> float:
    """Of one window."""
    return sorted(values)[len(values) * 99 // 100]


def figures(loads: dict[int, Load]) -> list[Figure]:
    """At JUDGED sessions, or as many as there were; the memory at 100; what a session costs among most of all."""
    most = min(JUDGED, max(loads))
    load = loads[most]
    ours, bare = statistics.median(load.cpu("session")), statistics.median(load.cpu(BARE))
    carried = [most * 100 / cpu for cpu in load.cpu("session")]
    answers = [p99(window) for window in load.answers_ms]
    meaning = "one small hub runs every treadmill of the largest gym"
    rows = [
        Figure(f"session service: CPU of {most} running sessions", f"{ours:.0f} % of a core",
               "bare subscriber that decodes the same", f"{bare:.0f} %",
               Ratio.of(load.cpu("session"), load.cpu(BARE)), 0.5, "at least", meaning),
        Figure("session service: treadmills that one core carries", f"{statistics.median(carried):.0f}",
               "asked", f"{CARRIED}", Ratio.of([CARRIED] * len(carried), carried), 1, "at least", meaning),
        Figure(f"session service: answer with {most} running sessions, p99", f"{statistics.median(answers):.1f} ms",
               "allowed", f"{ANSWER_MS:.0f} ms", Ratio.of([ANSWER_MS] * len(answers), answers), 1, "at most",
               "a press is answered while the member looks"),
    ]  # fmt: skip
    if hundred := loads.get(100):
        memory = statistics.median(hundred.memory_mb)
        rows.append(
            Figure("hub: memory of session, metrics and console, 100 treadmills", f"{memory:.0f} MB", "allowed",
                   f"{HUB_MB:.0f} MB", Ratio.of([HUB_MB] * WINDOWS, hundred.memory_mb), 1, "at most",
                   "a Raspberry Pi can be the hub")
        )  # fmt: skip
    crowd = max(loads)
    if FEW in loads and crowd > JUDGED:
        among = [[cpu / number for cpu in loads[number].cpu("session")] for number in (crowd, FEW)]
        rows.append(
            Figure(f"session service: a session among {crowd}", f"{statistics.median(among[0]):.2f} % of a core",
                   f"a session among {FEW}", f"{statistics.median(among[1]):.2f} %",
                   Ratio.of(among[1], among[0]), GROWS, "at most", "a larger gym costs in proportion, or less")
        )  # fmt: skip
    return rows


def growth(loads: dict[int, Load]) -> Growth:
    """CPU with the number of sessions."""
    names = {
        "session": "session service",
        "metrics": "metrics",
        "console": "console",
        BARE: "bare subscriber",
    }
    series = {
        label: [(float(n), statistics.median(load.cpu(name))) for n, load in loads.items()]
        for name, label in names.items()
    }
    return Growth("CPU of a hub", "running sessions", "% of one core", series)


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--treadmills", type=int, nargs="+", default=(1, 10, 100, 200, 400))
    options = parser.parse_args()
    logs.configure("error")
    loads = {}
    for treadmills in options.treadmills:
        print(f"== a hub with {treadmills} running sessions ...", flush=True)
        try:
            loads[treadmills] = asyncio.run(measure(treadmills))
        except RuntimeError as e:
            if treadmills <= JUDGED:
                raise
            print(f"  this machine does not carry the hub and so many treadmills beside it: {e}", flush=True)
    save("hub load", figures(loads), [growth(loads)])


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
