"""What a process uses: processor time and memory between two looks."""

import os
from dataclasses import dataclass
from pathlib import Path


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


def private_mib(pid: int) -> float:
    """A process's memory with its share of what it shares (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no Pss of process {pid}")
