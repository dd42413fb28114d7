"""What a process uses, seen from outside: memory, file descriptors, tasks; and whether that stays flat."""

import asyncio
import os
import signal
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ANSWER_S = 10.0
BLOCKS_MORE_MAX = 12_000
"""Python objects that a role may hold more after the storm than before. A connection over the virtual radio is some
3,600 of them and a storm loses about 900, so that this is three leaked connections, or 13 objects left at each."""

HEAP_MORE_MAX_KB = 4096
"""The same for what is taken from the C library's heap: half of it SQLite's page cache, which fills up to 2 MiB."""


@dataclass(frozen=True)
class HeldMemory:
    """What a process holds at one moment."""

    sockets: int
    files: int
    blocks: int
    """Python's memory blocks in use, after a collection of garbage."""
    heap_kb: int
    """The C library's heap in use."""
    tasks: tuple[str, ...]
    """The coroutine functions they run."""

    def beyond(self, before: "HeldMemory") -> str:
        """What has become more, for people; '' if nothing has."""
        more = [f"{n} × {task}" for task, n in (Counter(self.tasks) - Counter(before.tasks)).items()]
        if self.sockets > before.sockets:
            more.append(f"{self.sockets - before.sockets} sockets")
        if self.files > before.files:
            more.append(f"{self.files - before.files} files")
        if self.blocks > before.blocks + BLOCKS_MORE_MAX:
            more.append(f"{self.blocks - before.blocks} Python objects")
        if self.heap_kb > before.heap_kb + HEAP_MORE_MAX_KB:
            more.append(f"{self.heap_kb - before.heap_kb} KiB of heap")
        return ", ".join(more)


async def held(pid: int, tasks_file: Path) -> HeldMemory:
    """Ask the process what it holds (probe.py) and count its descriptors. Raises TimeoutError."""
    tasks_file.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    async with asyncio.timeout(ANSWER_S):
        while not tasks_file.exists():
            await asyncio.sleep(0.05)
    targets = [_target(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = sum(target.startswith("socket:") for target in targets)
    blocks, heap_kb, *tasks = tasks_file.read_text().splitlines()
    return HeldMemory(
        sockets=sockets,
        files=len(targets) - sockets,
        blocks=int(blocks),
        heap_kb=int(heap_kb),
        tasks=tuple(tasks),
    )


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def memory_kb(pid: int) -> int:
    """Unique set size: the pages that this process alone has (proc_pid_smaps(5))."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


@dataclass
class MemoryGauge:
    """Samples of one process, (second, KiB)."""

    samples: list[tuple[float, int]] = field(default_factory=list)

    def _part(self, first: float, last: float) -> list[tuple[float, int]]:
        count = len(self.samples)
        return self.samples[int(count * first) : max(int(count * last), int(count * first) + 1)]

    @property
    def half_kb(self) -> int:
        """Warm: the median of the eighth about the middle."""
        return round(statistics.median(kb for _, kb in self._part(0.4375, 0.5625)))

    @property
    def late_kb(self) -> int:
        """The median of the last eighth."""
        return round(statistics.median(kb for _, kb in self._part(0.875, 1.0)))

    @property
    def early_slope(self) -> float:
        """KiB a minute in the first half."""
        return self._slope(0.0, 0.5)

    @property
    def late_slope(self) -> float:
        """KiB a minute in the second half."""
        return self._slope(0.5, 1.0)

    def _slope(self, first: float, last: float) -> float:
        """By Theil and Sen: the median of all slopes between two samples."""
        part = self._part(first, last)
        slopes = [(b - a) / (t - s) for i, (s, a) in enumerate(part) for t, b in part[i + 1 :]]
        return 60 * statistics.median(slopes) if slopes else 0.0
