"""Points per second into a real InfluxDB: our writer beside influxdb-client's WriteApi with `Point`, and beside the raw
limit of posting ready-made lines; from the bus to the database, and from points alone; one to four writers.

Contenders run in turn in processes of their own, several rounds. The database is InfluxDB 1.6.7 behind the proxy that
gives it the v2 write path.
"""

import asyncio
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support"), str(ROOT / "tests/integration")]

from figures import Figure, Growth, Ratio, save  # noqa: E402
from influx_world import InfluxWorld  # noqa: E402
from ports import free_port  # noqa: E402

from device_adapters.contract.messages import StrapTelemetry  # noqa: E402
from device_adapters.contract.registry import STRAP_TELEMETRY  # noqa: E402
from services.broker import start_broker  # noqa: E402
from services.metrics.line_protocol import line, packed  # noqa: E402
from services.metrics.points import Point, strap_frame  # noqa: E402
from services.metrics.spool import LINES_MAX  # noqa: E402

ROUNDS = 5
POINTS = 200_000
MESSAGES = 20_000
STRAPS = 8
SHARING = (2, 4)
PATIENCE_S = 120.0
BEGIN_MS = 1_790_000_000_000


def frame(run: str, n: int) -> StrapTelemetry:
    """The `n`-th frame of STRAPS straps of one run."""
    seq = n // STRAPS
    return StrapTelemetry(
        strap=f"{run}-{n % STRAPS}", boot="b1", seq=seq, at_ms=BEGIN_MS + seq * 250, hr_bpm=60 + n % 90
    )


def points(run: str, count: int) -> list[Point]:
    """What the writer makes of the frames."""
    return [point for n in range(count) for point in strap_frame(f"{run}-{n % STRAPS}", frame(run, n))]


# What runs in processes of their own: `metrics_writer.py CONTENDER URL RUN`; prints the seconds that it took.


async def ours(url: str, run: str) -> float:
    """Points, by the spool, into the database."""
    from device_adapters.clock import SystemClock
    from device_adapters.config import Influx
    from services.metrics.influx import open_influx
    from services.metrics.shipper import Shipper
    from services.metrics.spool import Spool

    made = points(run, POINTS)
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "spool.db", 10**9)
        async with open_influx(Influx(url=url), "") as post:
            began = time.perf_counter()
            shipper = Shipper(spool, post, SystemClock(), random.random)
            shipping = asyncio.create_task(shipper.run())
            for begin in range(0, POINTS, LINES_MAX):
                await asyncio.to_thread(spool.write, made[begin : begin + LINES_MAX])
            await shipper.drained()
            took_s = time.perf_counter() - began
            shipping.cancel()
        spool.close()
    return took_s


async def raw(url: str, run: str) -> float:
    """Ready-made lines, posted one batch after the other: nothing kept, nothing tried again."""
    from device_adapters.config import Influx
    from services.metrics.influx import open_influx

    made = [line(point) for point in points(run, POINTS)]
    async with open_influx(Influx(url=url), "") as post:
        began = time.perf_counter()
        for begin in range(0, POINTS, LINES_MAX):
            assert (await post(packed(made[begin : begin + LINES_MAX]))).taken
        return time.perf_counter() - began


async def write_api(url: str, run: str) -> float:
    """The same points by influxdb-client, as its documentation shows it: batches, zipped."""
    from influxdb_client import InfluxDBClient, WriteOptions

    made = points(run, POINTS)
    with InfluxDBClient(url, "", org="gym", enable_gzip=True) as client:
        began = time.perf_counter()
        with client.write_api(write_options=WriteOptions(batch_size=LINES_MAX)) as api:
            for point in made:
                api.write("backstride", record=_peer_point(point.tags["strap"], point.fields, point.at_ns))
        return time.perf_counter() - began


async def script(url: str, run: str) -> float:
    """A plain script: paho, json, `Point`, WriteApi. Says when it listens; waits for MESSAGES."""
    from influxdb_client import InfluxDBClient, WriteOptions
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    database, _, broker_port = url.partition("|")
    done, seen = threading.Event(), 0
    with (
        InfluxDBClient(database, "", org="gym", enable_gzip=True) as influx,
        influx.write_api(write_options=WriteOptions(batch_size=LINES_MAX)) as api,
    ):

        def arrived(_client: object, _data: object, message: paho.MQTTMessage) -> None:
            nonlocal seen
            said = json.loads(message.payload)
            fields = {name: said[name] for name in ("boot", "seq", "hr_bpm")}
            at_ns = said["at_ms"] * 1_000_000 + said["seq"] % 1_000_000
            api.write("backstride", record=_peer_point(said["strap"], fields, at_ns))
            seen += 1
            if seen == MESSAGES:
                done.set()

        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_message = arrived
        client.on_subscribe = lambda *_: print("listening", flush=True)
        client.connect("127.0.0.1", int(broker_port))
        client.subscribe(STRAP_TELEMETRY.topic("gym", "+"), qos=1)
        client.loop_start()
        await asyncio.to_thread(done.wait, PATIENCE_S)
        client.loop_stop()
    return 0.0


def _peer_point(strap: str, fields: object, at_ns: int) -> object:
    from influxdb_client import Point as PeerPoint

    point = PeerPoint("strap").tag("strap", strap).time(at_ns)
    for name, value in dict(fields).items():  # type: ignore[call-overload]
        point.field(name, value)
    return point


ALONE: dict[str, Callable[[str, str], Awaitable[float]]] = {
    "ours": ours, "raw": raw, "write_api": write_api, "script": script,
}  # fmt: skip


class BenchSite:
    """A broker and a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.influx = InfluxWorld(folder / "influx")
        self.port = free_port()
        self.runs = 0

    def run(self) -> str:
        self.runs += 1
        return f"r{self.runs}"

    async def alone(self, contender: str) -> float:
        """Seconds for a point."""
        process = await self._contender(contender, self.influx.url, self.run())
        out, _ = await process.communicate()
        assert process.returncode == 0, contender
        return float(out) / POINTS

    async def from_bus_by_script(self) -> float:
        """Seconds for a message, from the first publish until the database has all."""
        run = self.run()
        process = await self._contender("script", f"{self.influx.url}|{self.port}", run)
        assert process.stdout is not None
        assert (await process.stdout.readline()) == b"listening\n"
        took_s = await self._published_and_stored(run)
        await process.wait()
        return took_s

    async def from_bus_by_us(self, writers: int) -> float:
        """As `from_bus_by_script`, with as many services that share the load."""
        run = self.run()
        group = run if writers > 1 else ""  # its own: the broker keeps a share for those of earlier runs
        services = [await self._service(run, nth, group) for nth in range(writers)]
        took_s = await self._published_and_stored(run)
        for service in services:
            service.terminate()
            await service.wait()
        return took_s

    async def _service(self, run: str, nth: int, group: str) -> asyncio.subprocess.Process:
        folder = self.folder / f"{run}-{nth}"
        folder.mkdir()
        (folder / "hub.toml").write_text(
            f'data = "{folder}"\n[broker]\nurl = "mqtt://127.0.0.1:{self.port}"\n'
            f'[influx]\nurl = "{self.influx.url}"\n[metrics]\nname = "{run}-{nth}"\ngroup = "{group}"\n'
        )
        log = folder / "log"
        with log.open("w") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.cli", "run", "metrics", "--config", folder / "hub.toml",
                stdout=out, stderr=out, cwd=ROOT,
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE_S):
            while "bus_connected" not in log.read_text():
                await asyncio.sleep(0.02)
        return process

    async def _published_and_stored(self, run: str) -> float:
        publishers = []
        for strap in range(STRAPS):
            messages = self.folder / f"{run}-{strap}.json"
            numbers: Iterator[int] = iter(range(strap, MESSAGES, STRAPS))
            messages.write_bytes(b"\n".join(STRAP_TELEMETRY.encode(frame(run, n)) for n in numbers))
            publishers.append((messages, STRAP_TELEMETRY.topic("gym", f"{run}-{strap}")))
        began = time.perf_counter()
        sending = [await self._publish(*each) for each in publishers]
        query = f"SELECT count(hr_bpm) FROM strap WHERE strap =~ /^{run}-/"  # noqa: S608
        async with asyncio.timeout(PATIENCE_S):
            while await self.influx.number(query) < MESSAGES:
                await asyncio.sleep(0.02)
        took_s = time.perf_counter() - began
        for process in sending:
            await process.wait()
        return took_s / MESSAGES

    async def _publish(self, messages: Path, topic: str) -> asyncio.subprocess.Process:
        with messages.open("rb") as lines:
            return await asyncio.create_subprocess_exec(
                "mosquitto_pub", "-p", str(self.port), "-V", "5", "-q", "1", "-t", topic, "-l", stdin=lines
            )

    async def _contender(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, __file__, *words, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )


async def measure(site: BenchSite) -> tuple[dict[str, list[float]], dict[int, list[float]]]:
    """Seconds for a point of each contender, and of each number of writers, round by round."""
    took: dict[str, list[float]] = {
        name: [] for name in ("ours", "write_api", "raw", "bus_ours", "bus_script")
    }
    shared: dict[int, list[float]] = {1: took["bus_ours"], **{number: [] for number in SHARING}}
    for _ in range(ROUNDS):
        for name in ("ours", "write_api", "raw"):
            took[name].append(await site.alone(name))
        took["bus_ours"].append(await site.from_bus_by_us(1))
        took["bus_script"].append(await site.from_bus_by_script())
        for number in SHARING:
            shared[number].append(await site.from_bus_by_us(number))
        print(".", end="", flush=True)
    print()
    return took, shared


def rate(seconds: list[float]) -> str:
    """Of the middle round."""
    return f"{1 / sorted(seconds)[len(seconds) // 2]:,.0f} points/s"


def tell(took: dict[str, list[float]], shared: dict[int, list[float]]) -> None:
    """Save the figures."""
    alone, bus = "store points in InfluxDB (ours by a spool on disk)", "from the bus into InfluxDB"
    meaning = "a hub takes the frames of 100 treadmills and straps (500/s) in passing"
    save(
        "metrics-writer",
        [
            Figure(alone, rate(took["ours"]), "influxdb-client: WriteApi with Point", rate(took["write_api"]),
                   Ratio.of(took["ours"], took["write_api"]), 5, "at least", meaning),
            Figure(alone, rate(took["ours"]), "ready-made lines, nothing kept", rate(took["raw"]),
                   Ratio.of(took["ours"], took["raw"]), 0.9, "at least", "the database is the limit, not we"),
            Figure(bus, rate(took["bus_ours"]), "plain script: paho, json, WriteApi", rate(took["bus_script"]),
                   Ratio.of(took["bus_ours"], took["bus_script"]), 3, "at least",
                   "acknowledged only once on disk, at no price"),
        ],
        [Growth("Writers that share the load", "writers", "points/s", {
            "from the bus into InfluxDB": [
                (number, round(1 / sorted(each)[len(each) // 2])) for number, each in shared.items()
            ]})],
    )  # fmt: skip


async def main() -> None:
    """Measure and save; or, with words, be one contender."""
    if len(sys.argv) > 1:
        contender, url, run = sys.argv[1:]
        print(await ALONE[contender](url, run))
        return
    with tempfile.TemporaryDirectory() as name:
        site = BenchSite(Path(name))
        await site.influx.open()
        broker = await start_broker(site.port, site.folder / "broker")
        try:
            took, shared = await measure(site)
        finally:
            await broker.stop()
            await site.influx.close()
    tell(took, shared)


if __name__ == "__main__":
    asyncio.run(main())
