"""CPU and memory of a unit beside a plain pyftms + paho script, reading the same treadmills at the same time.

Both run on one interpreter, that of `tests/foreign/make_pyftms_env.py`. Each has a virtual gym of its own, in a
process of its own over loopback TCP, and both publish to one Mosquitto; only unit and script are measured. What runs
in them instead of BlueZ's D-Bus is the host half of the virtual radio, the same in both.

    python tests/bench/unit_load.py [--write README.md]
"""

import argparse
import asyncio
import os
import socket
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)

from device_adapters.bus.mqtt import MqttBus  # noqa: E402
from device_adapters.config import Broker, HubConfig, Treadmill, UnitConfig  # noqa: E402
from device_adapters.contract.registry import SIM_FAULT, TREADMILL_TELEMETRY  # noqa: E402
from device_adapters.sim.layout import GymConfig, gym_layout  # noqa: E402
from services import logs  # noqa: E402
from services.broker import start_broker  # noqa: E402
from services.cli.supervisor import Supervisor, backstride  # noqa: E402

TREADMILLS = (1, 10, 50)
WINDOWS = 15
WINDOW_S = 5.0
SETTLE_S = 5.0
CONNECTED_S = 120.0
SPEEDS_KMH = (14, 2)
"""A belt on its way from one to the other says something new in nearly every frame; pyftms skips what is not new."""

OURS, PEER = "ours", "peer"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"


@dataclass(frozen=True)
class Usage:
    """What a process used in one window."""

    cpu_pct: float
    memory_mib: float
    messages_s: float


class Meter:
    """CPU of one process between two calls, with its memory and its messages."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_s = self._cpu()
        self._messages = 0

    def _cpu(self) -> float:
        """Of all its threads, which live as long as it does; finer than the ticks of /proc/PID/stat."""
        threads = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def window(self, seconds: float, messages: int) -> Usage:
        """Since the last call."""
        cpu_s, self._cpu_s = self._cpu() - self._cpu_s, self._cpu()
        came, self._messages = messages - self._messages, messages
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        return Usage(100 * cpu_s / seconds, memory, came / seconds)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def toml(path: Path, settings: msgspec.Struct) -> str:
    """Write a role's settings; returns the path."""
    path.write_bytes(msgspec.toml.encode(settings))
    return str(path)


@asynccontextmanager
async def readers(data: Path, treadmills: int, mqtt_port: int) -> AsyncIterator[Supervisor]:
    """Both gyms, the metrics service, the unit and the script."""
    broker = Broker(url=f"mqtt://127.0.0.1:{mqtt_port}")
    radios = {site: free_port() for site in (OURS, PEER)}
    layout = gym_layout(treadmills, 0)
    supervisor = Supervisor(data, lambda _name, _restarts: None)
    hub = toml(data / "hub.toml", HubConfig(site=OURS, data=str(data / "hub"), broker=broker))
    supervisor.start("metrics", backstride("run", "metrics", "--config", hub))
    for site, port in radios.items():
        gym = GymConfig(site=site, treadmills=treadmills, straps=0, port=port, broker=broker)
        supervisor.start(
            f"gym {site}", backstride("run", "gym", "--config", toml(data / f"{site}.toml", gym))
        )
    for name in ("metrics", f"gym {OURS}", f"gym {PEER}"):
        await supervisor.wait_ready(name)
    unit = UnitConfig(
        unit="unit-01",
        site=OURS,
        radio=f"virtual:127.0.0.1:{radios[OURS]}",
        slots=treadmills,
        data=str(data / "unit"),
        broker=broker,
        treadmill=tuple(Treadmill(id=id, address=address) for id, address in layout),
    )
    supervisor.start(OURS, backstride("run", "unit", "--config", toml(data / "unit.toml", unit)))
    script = (sys.executable, str(Path(__file__).with_name("pyftms_reader.py")))
    where = (f"127.0.0.1:{radios[PEER]}", str(mqtt_port))
    supervisor.start(PEER, (*script, *where, *(address for _, address in layout)), announces=False)
    try:
        yield supervisor
    finally:
        for name in (OURS, PEER, f"gym {OURS}", f"gym {PEER}", "metrics"):
            await supervisor.stop(name)


async def measure(treadmills: int) -> dict[str, list[Usage]]:
    """Windows of both readers, side by side. Raises TimeoutError if not all treadmills are read."""
    windows: dict[str, list[Usage]] = {OURS: [], PEER: []}
    heard: dict[str, Counter[str]] = {OURS: Counter(), PEER: Counter()}
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        data, mqtt_port = Path(folder), free_port()
        broker = await start_broker(mqtt_port, data / "broker")
        bus = MqttBus(broker.url, client_id="bench")
        bus.subscribe(TREADMILL_TELEMETRY.topic(OURS, "+"), lambda m: heard[OURS].update([m.topic]))
        bus.subscribe("peer/+", lambda m: heard[PEER].update([m.topic]))
        line = asyncio.create_task(bus.run())
        async with readers(data, treadmills, mqtt_port) as supervisor:
            async with asyncio.timeout(CONNECTED_S):
                while min(len(heard[OURS]), len(heard[PEER])) < treadmills:
                    await move_belts(bus, treadmills, SPEEDS_KMH[0])
                    await asyncio.sleep(1)
            await asyncio.sleep(SETTLE_S)
            meters = {name: Meter(supervisor.roles[name].pid or 0) for name in windows}
            for number in range(WINDOWS + 1):
                await move_belts(bus, treadmills, SPEEDS_KMH[number % 2])
                await asyncio.sleep(WINDOW_S)
                for name, meter in meters.items():
                    usage = meter.window(WINDOW_S, heard[name].total())
                    if number:  # the first has messages of all the time before
                        windows[name].append(usage)
        line.cancel()
        await asyncio.wait([line])
        await broker.stop()
    return windows


async def move_belts(bus: MqttBus, treadmills: int, kmh: int) -> None:
    """Members press a speed on the consoles of all treadmills."""
    for id_, _ in gym_layout(treadmills, 0):
        for site in (OURS, PEER):
            await bus.publish(SIM_FAULT.topic(site, id_), f"console_speed:{kmh}".encode())


def median(windows: list[Usage], field: str) -> float:
    """Of one quantity over all windows."""
    return statistics.median(getattr(usage, field) for usage in windows)


def row(treadmills: int, windows: dict[str, list[Usage]]) -> str:
    """One line of the table."""
    ours, peer = windows[OURS], windows[PEER]
    ratios = sorted(b.cpu_pct / a.cpu_pct for a, b in zip(ours, peer, strict=True))
    return (
        f"| {treadmills} | {median(ours, 'messages_s'):.1f} / {median(peer, 'messages_s'):.1f} "
        f"| {median(ours, 'cpu_pct'):.1f} % | {median(peer, 'cpu_pct'):.1f} % "
        f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
        f"| {median(ours, 'memory_mib'):.0f} MiB | {median(peer, 'memory_mib'):.0f} MiB |"
    )


def table(rows: list[str]) -> str:
    """As Markdown."""
    head = (
        "| treadmills at 4 Hz | messages/s: unit / script | CPU of a unit | CPU of the script "
        "| script ÷ unit (spread) | memory of a unit | memory of the script |"
    )
    about = (
        f"CPU in % of one core, medians of {WINDOWS} windows of {WINDOW_S:.0f} s, both measured at the same time on "
        f"Python {sys.version.split()[0]}; the virtual gyms and the broker run in processes of their own "
        "and are not in it. The script has no gate, no outbox, no reconnection and no state messages."
    )
    return "\n".join((head, "|---|---|---|---|---|---|---|", *rows, "", about))


def write(readme: Path, text: str) -> None:
    """Replace what is between the markers. Raises ValueError if they are not there."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme} has no {BEGIN} and {END}")
    readme.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Print the table; with --write put it into a file as well."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", type=Path)
    parser.add_argument("--treadmills", type=int, nargs="+", default=TREADMILLS)
    options = parser.parse_args()
    logs.configure("error")
    rows = []
    for treadmills in options.treadmills:
        print(f"== a unit and a pyftms + paho script at {treadmills} treadmills each ...", flush=True)
        rows.append(row(treadmills, asyncio.run(measure(treadmills))))
    text = table(rows)
    print(text)
    if options.write:
        write(options.write, text)


if __name__ == "__main__":
    main()
