"""CPU and memory of a unit beside a plain pyftms + paho script, reading the same treadmills at the same time.

Both run on one interpreter, that of `tests/foreign/make_pyftms_env.py`. Each has a virtual gym of its own, in a
process of its own over loopback TCP, and both publish to one Mosquitto; only unit and script are measured. What runs
in them instead of BlueZ's D-Bus is the host half of the virtual radio, the same in both; a third process that does
nothing but read says what that half costs, and the ratio is net of it.

    python tests/bench/unit_load.py [--page]
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import UNIT, Figure, Growth, Ratio, save, write_between  # noqa: E402
from ports import free_port  # noqa: E402
from usage import Meter, Usage  # noqa: E402

from device_adapters.bus.mqtt import MqttBus  # noqa: E402
from device_adapters.config import Broker, HubConfig, Treadmill, UnitConfig  # noqa: E402
from device_adapters.contract.registry import SIM_FAULT, TREADMILL_TELEMETRY  # noqa: E402
from device_adapters.sim.layout import GymConfig, gym_layout  # noqa: E402
from services import logs  # noqa: E402
from services.broker import start_broker  # noqa: E402
from services.cli.demo.supervisor import Supervisor, backstride  # noqa: E402

TREADMILLS = (1, 10, 50)
WINDOWS = 15
WINDOW_S = 5.0
SETTLE_S = 5.0
CONNECTED_S = 120.0
SPEEDS_KMH = (14, 2)
"""A belt on its way from one to the other says something new in nearly every frame; pyftms skips what is not new."""

OURS, PEER, RADIO = "ours", "peer", "radio"
RADIO_READY = "radio-ready"


def toml(path: Path, settings: msgspec.Struct) -> str:
    """Write a role's settings; returns the path."""
    path.write_bytes(msgspec.toml.encode(settings))
    return str(path)


@asynccontextmanager
async def readers(data: Path, treadmills: int, mqtt_port: int) -> AsyncIterator[Supervisor]:
    """Both gyms, the metrics service, the unit and the script."""
    broker = Broker(url=f"mqtt://127.0.0.1:{mqtt_port}")
    radios = {site: free_port() for site in (OURS, PEER, RADIO)}
    layout = gym_layout(treadmills, 0)
    supervisor = Supervisor(data, lambda _name, _restarts: None)
    hub = toml(data / "hub.toml", HubConfig(site=OURS, data=str(data / "hub"), broker=broker))
    supervisor.start("metrics", backstride("run", "metrics", "--config", hub))
    for site, port in radios.items():
        gym = GymConfig(site=site, treadmills=treadmills, straps=0, port=port, broker=broker)
        supervisor.start(
            f"gym {site}", backstride("run", "gym", "--config", toml(data / f"{site}.toml", gym))
        )
    for name in ("metrics", *(f"gym {site}" for site in radios)):
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
    addresses = tuple(address for _, address in layout)
    for name, script, says in (
        (PEER, "pyftms_reader.py", str(mqtt_port)),
        (RADIO, "bare_reader.py", str(data / RADIO_READY)),
    ):
        argv = (sys.executable, str(Path(__file__).with_name(script)), f"127.0.0.1:{radios[name]}", says)
        supervisor.start(name, (*argv, *addresses), announces=False)
    try:
        yield supervisor
    finally:
        for name in (*radios, *(f"gym {site}" for site in radios), "metrics"):
            await supervisor.stop(name)


async def measure(treadmills: int) -> dict[str, list[Usage]]:
    """Windows of both readers, side by side. Raises TimeoutError if not all treadmills are read."""
    windows: dict[str, list[Usage]] = {OURS: [], PEER: [], RADIO: []}
    heard: dict[str, Counter[str]] = {OURS: Counter(), PEER: Counter(), RADIO: Counter()}
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        data, mqtt_port = Path(folder), free_port()
        broker = await start_broker(mqtt_port, data / "broker")
        bus = MqttBus(broker.url, client_id="bench")
        bus.subscribe(TREADMILL_TELEMETRY.topic(OURS, "+"), lambda m: heard[OURS].update([m.topic]))
        bus.subscribe("peer/+", lambda m: heard[PEER].update([m.topic]))
        line = asyncio.create_task(bus.run())
        async with readers(data, treadmills, mqtt_port) as supervisor:
            async with asyncio.timeout(CONNECTED_S):
                while (
                    min(len(heard[OURS]), len(heard[PEER])) < treadmills or not (data / RADIO_READY).exists()
                ):
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
        for site in (OURS, PEER, RADIO):
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


def figures(measured: dict[int, dict[str, list[Usage]]]) -> list[Figure]:
    """Processor time net of the radio, at the largest number; memory of 10 treadmills is beside the script's."""
    rows = []
    most = max(measured)
    net = {name: net_of_radio(measured[most], name) for name in (OURS, PEER)}
    rows.append(
        Figure(
            f"unit: CPU at {most} treadmills, 4 Hz, net of the radio",
            f"{statistics.median(net[OURS]):.1f} % of a core",
            "pyftms + paho script",
            f"{statistics.median(net[PEER]):.1f} %",
            Ratio.of(net[PEER], net[OURS]),
            0.5,
            "at most",
            "one Pi reads a whole gym",
        )
    )
    if windows := measured.get(10):
        memory = {name: [usage.memory_mib for usage in windows[name]] for name in (OURS, RADIO)}
        rows.append(
            Figure(
                "unit: memory with 10 treadmills",
                f"{median(windows[OURS], 'memory_mib'):.0f} MiB",
                "bare bleak reader of the same treadmills",
                f"{median(windows[RADIO], 'memory_mib'):.0f} MiB",
                Ratio.of(memory[RADIO], memory[OURS]),
                1.2,
                "at most",
                "fits the smallest Pi with room to spare",
            )
        )
    return rows


def net_of_radio(windows: dict[str, list[Usage]], name: str) -> list[float]:
    """CPU per window without what reading alone costs; at least a hundredth of a percent, so that it can divide."""
    pairs = zip(windows[name], windows[RADIO], strict=True)
    return [max(0.01, usage.cpu_pct - radio.cpu_pct) for usage, radio in pairs]


def growth(measured: dict[int, dict[str, list[Usage]]]) -> Growth:
    """CPU with the number of treadmills."""
    names = {OURS: "unit", PEER: "pyftms + paho script", RADIO: "radio alone"}
    return Growth(
        "CPU of a unit",
        "treadmills at 4 Hz",
        "% of one core",
        {
            label: [(n, median(windows[name], "cpu_pct")) for n, windows in measured.items()]
            for name, label in names.items()
        },
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


def main() -> None:
    """Print the table; with --page put it into docs/performance.md as well."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--treadmills", type=int, nargs="+", default=TREADMILLS)
    options = parser.parse_args()
    logs.configure("error")
    measured = {}
    for treadmills in options.treadmills:
        print(f"== a unit and a pyftms + paho script at {treadmills} treadmills each ...", flush=True)
        measured[treadmills] = asyncio.run(measure(treadmills))
    text = table([row(treadmills, windows) for treadmills, windows in measured.items()])
    print(text)
    save("unit load", figures(measured), [growth(measured)])
    if options.page:
        write_between(UNIT, text)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
