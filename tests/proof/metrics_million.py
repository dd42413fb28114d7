"""A million points into a real InfluxDB and a real VictoriaMetrics, first in peace, then while the database is killed,
frozen and refuses, and the writer is killed by signal 9 twenty times: afterwards count and sums must be exact. Prints
a line per part; 1 if one is wrong.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS / "support"), str(TESTS / "integration")]

from influx_world import InfluxWorld  # noqa: E402
from victoria_world import VictoriaWorld  # noqa: E402

from services.metrics import schema  # noqa: E402
from services.metrics.points import Point, Value  # noqa: E402
from services.metrics.spool import LINES_MAX, Spool  # noqa: E402

POINTS = int(os.environ.get("POINTS", "1000000"))
SEED = int(os.environ.get("SEED", "7"))
DEVICES = 100
KILLS = 20
SEARCHABLE_MAX_S = 60
SPLITS = 14
"""So often a full parcel is refused until a line of it, to blame for nothing, is in quarantine."""

BEGIN_MS = 1_790_000_000_000

WRITER = """
import asyncio, random, sys
from pathlib import Path
from device_adapters.clock import SystemClock
from device_adapters.config import Influx
from services.metrics.influx import open_influx
from services.metrics.shipper import Shipper
from services.metrics.spool import Spool

async def main(path, url):
    async with open_influx(Influx(url=url), "") as post:
        await Shipper(Spool(Path(path), 10**10), post, SystemClock(), random.random).run()

asyncio.run(main(*sys.argv[1:]))
"""


def bpm(n: int) -> int:
    return 50 + n * 7919 % 150


def point(n: int) -> Point:
    """The `n`-th: one of DEVICES straps, four frames a second."""
    device, seq = n % DEVICES, n // DEVICES
    at_ns = (BEGIN_MS + seq * 250) * 1_000_000 + seq % 1_000_000
    fields: dict[str, Value] = {"boot": "b1", "seq": seq, "hr_bpm": bpm(n)}
    return Point(schema.STRAP, {"strap": f"hr-{device:02}"}, fields, at_ns)


WANTED = (POINTS, sum(map(bpm, range(POINTS))), sum(n // DEVICES for n in range(POINTS)))


async def start_writer(spool: Path, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(spool), url)


async def fill(spool: Spool, first: int, last: int) -> None:
    for begin in range(first, last, LINES_MAX):
        batch = [point(n) for n in range(begin, min(begin + LINES_MAX, last))]
        await asyncio.to_thread(spool.write, batch)


class MillionInflux:
    """InfluxDB 1.6.7 behind the proxy that gives it the v2 write path, and refusals."""

    def __init__(self, folder: Path) -> None:
        self._world = InfluxWorld(folder)
        self.start, self.stop, self.url = self._world.open, self._world.close, self._world.url

    async def trouble(self, chance: random.Random) -> None:
        """Refusals of each kind, then frozen, then killed and started again."""
        for status, times in ((401, 1), (503, 1), (429, 1), (400, SPLITS)):
            self._world.refusals.extend([(status, {"Retry-After": "1"} if status == 429 else {})] * times)
            await asyncio.sleep(chance.uniform(0.2, 1))
        self._world.thawed.clear()
        await asyncio.sleep(chance.uniform(0.5, 2))
        self._world.thawed.set()
        await self._world.kill()
        await asyncio.sleep(chance.uniform(0.2, 1))
        await self._world.start()

    async def totals(self) -> tuple[float, float, float]:
        """How many points there are, the sum of their heart rates and of their numbers."""
        ask = self._world.number
        count, sums = await ask("SELECT count(hr_bpm) FROM strap"), await ask("SELECT sum(hr_bpm) FROM strap")
        return count, sums, await ask("SELECT sum(seq) FROM strap")


class Victoria:
    """VictoriaMetrics, on its own v2 write path."""

    def __init__(self, folder: Path) -> None:
        self._world = VictoriaWorld(folder)
        self.start, self.stop, self.url = self._world.start, self._world.stop, self._world.url

    async def trouble(self, chance: random.Random) -> None:
        """Frozen, then stopped and started again."""
        assert self._world.process is not None
        self._world.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(0.5, 2))
        self._world.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(chance.uniform(0.5, 2))
        await self._world.stop()
        await asyncio.sleep(chance.uniform(0.2, 1))
        await self._world.start()

    async def totals(self) -> tuple[float, float, float]:
        """As `MillionInflux.totals`. What was taken last can be asked for only a while later."""
        at_s, over = BEGIN_MS // 1000 + 86_400, "[2d]"
        until = time.monotonic() + SEARCHABLE_MAX_S
        count = 0.0
        while count < POINTS and time.monotonic() < until:
            count = await self._world.number(f"sum(count_over_time(strap_hr_bpm{over}))", at_s)
        sums = await self._world.number(f"sum(sum_over_time(strap_hr_bpm{over}))", at_s)
        return count, sums, await self._world.number(f"sum(sum_over_time(strap_seq{over}))", at_s)


async def troubles(target: MillionInflux | Victoria, chance: random.Random, done: asyncio.Event) -> None:
    """One after the other until `done`."""
    while not done.is_set():
        await target.trouble(chance)
        await asyncio.sleep(chance.uniform(1, 3))


async def part(name: str, target: MillionInflux | Victoria, spool_file: Path, *, faults: bool) -> bool:
    """Write POINTS points; True if the database then has exactly those."""
    chance, done = random.Random(SEED), asyncio.Event()
    spool = Spool(spool_file, 10**10)
    await target.start()
    writer = await start_writer(spool_file, target.url)
    troubling = asyncio.create_task(troubles(target, chance, done)) if faults else None
    began, kills = time.monotonic(), 0
    try:
        filling = asyncio.create_task(fill(spool, 0, POINTS))
        while faults and kills < KILLS:
            await asyncio.sleep(chance.uniform(0.3, 3))
            writer.send_signal(signal.SIGKILL)
            await writer.wait()
            writer, kills = await start_writer(spool_file, target.url), kills + 1
        done.set()
        if troubling is not None:
            await troubling
        while not filling.done() or spool.depth()[0]:
            await asyncio.sleep(0.2)
        took_s = time.monotonic() - began
        again = spool.replay()  # what met a 400 of no fault of its own
        while spool.depth()[0]:
            await asyncio.sleep(0.2)
        found = await target.totals()
    finally:
        done.set()
        writer.kill()
        await writer.wait()
        if troubling is not None:
            await asyncio.wait([troubling])
        spool.close()
        await target.stop()
    right = found == WANTED
    said = "exact" if right else f"WRONG: {found}, wanted {WANTED}"
    extra = f", {kills} kills of the writer, {again} lines through quarantine" if faults else ""
    sys.stdout.write(f"  {name:<42} {POINTS:,} points: {said} ({took_s:.0f} s{extra})\n")
    sys.stdout.flush()
    return right


async def main() -> int:
    """All parts."""
    sys.stdout.write(f"Metrics into databases (seed {SEED})\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        right = [
            await part(
                "InfluxDB 1.6.7, in peace", MillionInflux(folder / "a"), folder / "a.db", faults=False
            ),
            await part(
                "InfluxDB 1.6.7, with every trouble",
                MillionInflux(folder / "b"),
                folder / "b.db",
                faults=True,
            ),
            await part("VictoriaMetrics, in peace", Victoria(folder / "c"), folder / "c.db", faults=False),
            await part(
                "VictoriaMetrics, frozen and restarted", Victoria(folder / "d"), folder / "d.db", faults=True
            ),
        ]
    return 0 if all(right) else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
