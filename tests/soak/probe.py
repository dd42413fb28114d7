"""A role as it always runs, which also says what it holds when it gets SIGUSR1: memory in use, and its tasks.

python tests/soak/probe.py FILE run unit --config unit.toml
"""

import asyncio
import ctypes
import gc
import signal
import sys
from pathlib import Path

from services.cli.__main__ import main


class Mallinfo(ctypes.Structure):
    """What the C library's heap says of itself, bytes (mallinfo2(3))."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]  # fmt: skip


def heap_kb() -> int:
    """What the C library has given out and not got back: all that is no small Python object."""
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = Mallinfo
    info = libc.mallinfo2()
    return int(info.uordblks + info.hblkhd) // 1024


def say(file: Path) -> None:
    """Replace the file, so that whoever reads it never sees half of it."""
    gc.collect()
    tasks = sorted(str(getattr(task.get_coro(), "__qualname__", task)) for task in asyncio.all_tasks())
    fresh = file.with_suffix(".new")
    fresh.write_text("\n".join((str(sys.getallocatedblocks()), str(heap_kb()), *tasks)))
    fresh.replace(file)


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    signal.signal(signal.SIGUSR1, lambda *_: say(file))
    main()
