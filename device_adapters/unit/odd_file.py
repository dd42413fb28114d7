"""What is odd about a unit's devices, in a file beside its outbox, for `backstride doctor`: it works without a bus."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import structlog

from device_adapters.clock import Clock
from device_adapters.unreadable import UNREADABLE

LOOK_S = 5.0
Odd = Mapping[str, tuple[str, ...]]
"""Keys of contract/oddities.py by device id."""

log = structlog.get_logger()


def path_of(data: Path) -> Path:
    """Where the file is."""
    return data / "odd.json"


def write(data: Path, odd: Odd) -> None:
    """Replace the file. Blocks. Raises OSError."""
    path = path_of(data)
    new = path.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(odd))
    new.replace(path)


def read(data: Path) -> dict[str, tuple[str, ...]]:
    """What a unit wrote last; nothing if it never did, or if the file is none of its."""
    try:
        return msgspec.json.decode(path_of(data).read_bytes(), type=dict[str, tuple[str, ...]])
    except (OSError, *UNREADABLE):
        return {}


async def keep(data: Path, look: Callable[[], Odd], clock: Clock) -> None:
    """Write it when it changed, until cancelled. A disk that will not have it is told to the log, once."""
    said: Odd | None = None
    while True:
        odd = look()
        if odd != said:
            said = odd
            try:
                await asyncio.to_thread(write, data, odd)
            except OSError as e:
                log.warning("odd.json not written", why=str(e))
        await clock.sleep(LOOK_S)
