"""A million points into a real InfluxDB, first in peace, then while it is killed, frozen and refuses, and the writer
is killed by signal 9 twenty times: afterwards count and sums must be exact. Prints a line per part; 1 if one is wrong.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "integration")]

from influx_world import InfluxWorld  # noqa: E402

from services.metrics import schema  # noqa: E402
from services.metrics.points import Point, Value  # noqa: E402
from services.metrics.spool import LINES_MAX, Spool  # noqa: E402

POINTS = int(os.environ.get("POINTS", "1000000"))
SEED = int(os.environ.get("SEED", "7"))
DEVICES = 100
KILLS = 20
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


async def start_writer(spool: Path, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(spool), url)


async def fill(spool: Spool, first: int, last: int) -> None:
    for begin in range(first, last, LINES_MAX):
        batch = [point(n) for n in range(begin, min(begin + LINES_MAX, last))]
        await asyncio.to_thread(spool.write, batch)


async def trouble(influx: InfluxWorld, chance: random.Random, done: asyncio.Event) -> None:
    """Kill, freeze and refuse in turn until `done`."""
    while not done.is_set():
        for refusal in ((401, {}), (503, {}), (429, {"Retry-After": "1"}), (400, {})):
            influx.refusals.append(refusal)
            await asyncio.sleep(chance.uniform(0.2, 1))
        influx.thawed.clear()
        await asyncio.sleep(chance.uniform(0.5, 2))
        influx.thawed.set()
        await influx.kill()
        await asyncio.sleep(chance.uniform(0.2, 1))
        await influx.start()
        await asyncio.sleep(chance.uniform(1, 3))


async def part(name: str, folder: Path, *, faults: bool) -> bool:
    """Write POINTS points; True if the database then has exactly those."""
    influx = InfluxWorld(folder / "influx")
    chance, done = random.Random(SEED), asyncio.Event()
    spool = Spool(folder / "spool.db", 10**10)
    await influx.open()
    writer = await start_writer(folder / "spool.db", influx.url)
    troubles = asyncio.create_task(trouble(influx, chance, done)) if faults else None
    began, kills = time.monotonic(), 0
    try:
        filling = asyncio.create_task(fill(spool, 0, POINTS))
        while faults and kills < KILLS:
            await asyncio.sleep(chance.uniform(0.3, 3))
            writer.send_signal(signal.SIGKILL)
            await writer.wait()
            writer, kills = await start_writer(folder / "spool.db", influx.url), kills + 1
        done.set()
        if troubles is not None:
            await troubles
        while not filling.done() or spool.depth()[0]:
            await asyncio.sleep(0.2)
        took_s = time.monotonic() - began
        again = spool.replay()  # what met a 400 of no fault of its own
        while spool.depth()[0]:
            await asyncio.sleep(0.2)
        count = await influx.number("SELECT count(hr_bpm) FROM strap")
        total = await influx.number("SELECT sum(hr_bpm) FROM strap")
        seqs = await influx.number("SELECT sum(seq) FROM strap")
    finally:
        done.set()
        writer.kill()
        await writer.wait()
        if troubles is not None:
            await asyncio.wait([troubles])
        spool.close()
        await influx.close()
    right = (count, total, seqs) == (
        POINTS,
        sum(map(bpm, range(POINTS))),
        sum(n // DEVICES for n in range(POINTS)),
    )
    said = "exact" if right else f"WRONG: {count:,.0f} of {POINTS:,}, sum {total:,.0f}"
    extra = f", {kills} kills of the writer, {again} lines through quarantine" if faults else ""
    sys.stdout.write(f"  {name:<22} {POINTS:,} points: {said} ({took_s:.0f} s{extra})\n")
    sys.stdout.flush()
    return right


async def main() -> int:
    """Both parts."""
    sys.stdout.write(f"Metrics into InfluxDB 1.6.7 (seed {SEED})\n")
    with tempfile.TemporaryDirectory() as folder:
        calm = await part("in peace", Path(folder) / "calm", faults=False)
        rough = await part("with every trouble", Path(folder) / "rough", faults=True)
    return 0 if calm and rough else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
