"""`make soak`: a full gym on the virtual radio, everything going wrong at random, for ten minutes; then the count.

Ends with 0 if, after a quiet end, the store holds exactly what the devices gave to the air, each frame once, and no
process holds more than it did: tasks, connections, files, memory.
"""

import argparse
import asyncio
import contextlib
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from gauges import HeldMemory, MemoryGauge, held, memory_kb
from site_processes import Site, site
from storm import Storm

from device_adapters.outbox.doubt import DOUBT_MS
from services import logs

SETTLED_S = 90.0
SAMPLE_S = 2.0
WARM_S = 300.0
"""Until then caches fill and allocators see their first worst moments."""

PROGRESS_S = 30.0
TAIL_LINES = 60
SLOPE_MAX_KB_MIN = 512
"""In the second half, of pages that a process alone has. A unit loses some 40 links a minute and a connection is some
400 KiB: this is one leaked connection a minute. A slower leak is told by what is held (gauges.py); pages are more
than that, as allocators keep those of the worst moment so far, when many devices came back at once."""


class Soak:
    """One run and what was seen."""

    def __init__(self, made: Site, seconds: float, seed: int) -> None:
        self._site = made
        self._seconds = seconds
        self._storm = Storm(made, seed)
        self._roles = [*made.units, "metrics"]
        self._memory = {role: MemoryGauge() for role in self._roles}
        self._faults: list[str] = []

    async def run(self) -> bool:
        """Returns whether all held."""
        gym = self._site.gym
        time_passes = asyncio.create_task(gym.run())
        await self._all_subscribed()
        before = await self._held()
        print(f"all {len(gym.device_ids)} devices connected; the storm begins", flush=True)
        await self._weather()
        await self._storm.calm()
        await self._all_subscribed()
        time_passes.cancel()
        await asyncio.wait([time_passes])
        stored = await self._all_stored()
        await asyncio.sleep(1 + DOUBT_MS / 1000)  # what units keep while it is in doubt is theirs to keep
        after = await self._held(before)
        self._judge_frames(stored)
        self._judge_held(before, after)
        self._judge_memory()
        self._report(stored, before, after)
        return not self._faults

    async def _weather(self) -> None:
        began = time.monotonic()
        storm = asyncio.create_task(self._storm.run())
        said = began
        while (now := time.monotonic()) < began + self._seconds:
            await asyncio.sleep(SAMPLE_S)
            if storm.done():
                await storm
            for role, memory in self._memory.items():
                memory.samples.append((now - began, memory_kb(self._site.pid(role))))
            if now - said >= PROGRESS_S:
                said = now
                produced = self._site.gym.produced.total()
                print(f"  {now - began:4.0f} s of {self._seconds:.0f}: {produced} frames", flush=True)
        storm.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await storm

    async def _all_subscribed(self) -> None:
        """Every device is connected and heard again; who is not after SETTLED_S, is a fault."""
        gym = self._site.gym
        end = time.monotonic() + SETTLED_S
        while (unheard := gym.unheard()) and time.monotonic() < end:
            await asyncio.sleep(0.2)
        if unheard:
            self._faults.append(f"not heard {SETTLED_S:.0f} s after the storm: {', '.join(unheard)}")
            self._faults += [gym.told_of(name) for name in unheard]
            self._faults += [self._site.supervisor.tail(unit, TAIL_LINES) for unit in self._site.units]
        await asyncio.sleep(SAMPLE_S)

    async def _all_stored(self) -> Counter[str]:
        """Frames in the store by device, once they are all there or no more come."""
        count: Counter[str] = Counter()
        last_news = time.monotonic()
        while count != self._site.gym.produced and time.monotonic() < last_news + SETTLED_S / 3:
            await asyncio.sleep(0.5)
            fresh = Counter(device for device, _, _ in self._site.stored())
            if fresh != count:
                count, last_news = fresh, time.monotonic()
        return count

    async def _held(self, at_most: dict[str, HeldMemory] | None = None) -> dict[str, HeldMemory]:
        """What all hold; with `at_most`, once it is no more than that, or after a while whatever it is."""
        end = time.monotonic() + SETTLED_S / 3
        while True:
            await asyncio.sleep(SAMPLE_S)
            now = {role: await held(self._site.pid(role), self._site.tasks(role)) for role in self._roles}
            if at_most is None or time.monotonic() > end:
                return now
            if not any(now[role].beyond(at_most[role]) for role in self._roles):
                return now

    def _judge_frames(self, stored: Counter[str]) -> None:
        produced = self._site.gym.produced
        for device in sorted(produced | stored):
            missing = produced[device] - stored[device]
            if missing:
                word = "lost" if missing > 0 else "too many"
                self._faults.append(f"{device}: {abs(missing)} of {produced[device]} frames {word}")
        last: Counter[tuple[str, str]] = Counter()
        for device, boot, seq in self._site.stored():
            last[device, boot] = max(last[device, boot], seq)
        if last.total() != stored.total():
            self._faults.append(f"sequence numbers missing: {last.total() - stored.total()}")

    def _judge_held(self, before: dict[str, HeldMemory], after: dict[str, HeldMemory]) -> None:
        for role in self._roles:
            if more := after[role].beyond(before[role]):
                self._faults.append(f"{role} holds more than before: {more}")
            if self._site.supervisor.roles[role].restarts:
                self._faults.append(f"{role} ended and was restarted:\n{self._site.supervisor.tail(role)}")
        links = self._site.gym.connections()
        if links != len(self._site.gym.device_ids):
            self._faults.append(f"{links} Bluetooth connections for {len(self._site.gym.device_ids)} devices")

    def _judge_memory(self) -> None:
        if self._seconds / 2 < WARM_S:
            print(f"\npages are still warming up after {self._seconds / 2:.0f} s: their slope is not judged")
            return
        for role, memory in self._memory.items():
            if memory.late_slope > SLOPE_MAX_KB_MIN:
                self._faults.append(f"{role} grew by {memory.late_slope:.0f} KiB/min in the second half")

    def _report(
        self, stored: Counter[str], before: dict[str, HeldMemory], after: dict[str, HeldMemory]
    ) -> None:
        produced = self._site.gym.produced
        treadmills = sum(count for name, count in produced.items() if name.startswith("tm-"))
        print(f"\nproduced  {produced.total()} frames: {treadmills} of treadmills, "
              f"{produced.total() - treadmills} of straps")  # fmt: skip
        print(f"stored    {stored.total()} (lost {(produced - stored).total()}, "
              f"duplicated {(stored - produced).total()})")  # fmt: skip
        flapping = self._storm.flapping
        print(f"storm     {', '.join(f'{n} × {what}' for what, n in sorted(self._storm.count.items()))}; "
              f"{' and '.join(flapping)} flapped")  # fmt: skip
        for role, memory in self._memory.items():
            print(f"{role:9} {_held(before[role])} → {_held(after[role])}")
            print(f"          {memory.half_kb / 1024:.1f} MiB of its own at half, {memory.late_kb / 1024:.1f} at end; "
                  f"{memory.early_slope:+.0f} KiB/min in the first half, {memory.late_slope:+.0f} in the second "
                  f"(at most {SLOPE_MAX_KB_MIN})")  # fmt: skip
        for fault in self._faults:
            print(f"FAULT     {fault}")


def _held(what: HeldMemory) -> str:
    return (f"{len(what.tasks)} tasks, {what.sockets} sockets, {what.files} files, {what.blocks} Python objects, "
            f"{what.heap_kb} KiB of heap")  # fmt: skip


async def soak(options: argparse.Namespace, data: Path) -> bool:
    """Start a site, soak it, end it."""
    async with site(
        data, treadmills=options.treadmills, straps=options.straps, units=options.units, seed=options.seed
    ) as made:
        return await Soak(made, options.seconds, options.seed).run()


def main() -> int:
    """Exit code 0 if all held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--treadmills", type=int, default=50)
    parser.add_argument("--straps", type=int, default=50)
    parser.add_argument("--units", type=int, default=2)
    options = parser.parse_args()
    logs.configure("critical")
    print(f"soak: {options.treadmills} treadmills at 4 Hz, {options.straps} straps at 1 Hz, {options.units} units, "
          f"{options.seconds:.0f} s of storm, seed {options.seed}", flush=True)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="backstride-soak-") as folder:
        passed = asyncio.run(soak(options, Path(folder)))
    print("soak passed" if passed else f"soak FAILED; again with --seed {options.seed}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
