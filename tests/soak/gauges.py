"""What a process uses, seen from outside: memory, file descriptors, tasks; and whether that stays flat."""

import asyncio
import os
import signal
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TASKS_S = 10.0
KB = 1024


@dataclass(frozen=True)
class Held:
    """What a process holds at one moment."""

    sockets: int
    files: int
    tasks: tuple[str, ...]
    """The coroutine functions they run."""

    def beyond(self, before: "Held") -> str:
        """What has become more, for people; '' if nothing has."""
        more = [f"{n} × {task}" for task, n in (Counter(self.tasks) - Counter(before.tasks)).items()]
        if self.sockets > before.sockets:
            more.append(f"{self.sockets - before.sockets} sockets")
        if self.files > before.files:
            more.append(f"{self.files - before.files} files")
        return ", ".join(more)


async def held(pid: int, tasks_file: Path) -> Held:
    """Ask the process for its tasks (probe.py) and count its descriptors. Raises TimeoutError."""
    tasks_file.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    async with asyncio.timeout(TASKS_S):
        while not tasks_file.exists():
            await asyncio.sleep(0.05)
    targets = [_target(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = sum(target.startswith("socket:") for target in targets)
    return Held(
        sockets=sockets,
        files=len(targets) - sockets,
        tasks=tuple(tasks_file.read_text().splitlines()),
    )


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def memory_kb(pid: int) -> int:
    """Resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // KB


@dataclass
class Memory:
    """Samples of one process, (second, KiB)."""

    samples: list[tuple[float, int]] = field(default_factory=list)

    def _part(self, first: float, last: float) -> list[tuple[float, int]]:
        count = len(self.samples)
        return self.samples[int(count * first) : max(int(count * last), int(count * first) + 1)]

    @property
    def early_kb(self) -> int:
        """Once caches are warm: the median of the third eighth."""
        return round(statistics.median(kb for _, kb in self._part(0.25, 0.375)))

    @property
    def late_kb(self) -> int:
        """The median of the last eighth."""
        return round(statistics.median(kb for _, kb in self._part(0.875, 1.0)))

    @property
    def slope_kb_min(self) -> float:
        """KiB a minute after the first quarter, by Theil and Sen: the median of all slopes between two samples."""
        warm = self._part(0.25, 1.0)
        slopes = [(b - a) / (t - s) for i, (s, a) in enumerate(warm) for t, b in warm[i + 1 :]]
        return 60 * statistics.median(slopes) if slopes else 0.0
