"""A driver that hangs holds up nobody: each port is opened and closed on a thread of its own.

The kernel waits at a close for what was not sent yet, up to 30 s, and at an open for a close; the adapter of a USB port
that hangs answers to neither. Whoever judges belts does so meanwhile.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from device_adapters.errors import LinkError

OPEN_S = 2.0
"""An adapter that is well opens within some milliseconds."""

NONE = -1
"""No file: closing it is an error that nobody minds."""

_opening = set[str]()
_closing = dict[str, threading.Thread]()
"""The paths at whose drivers this process waits: never more than one thread for each of the two."""


async def opened(path: str, job: Callable[[], int]) -> int:
    """What `job` opens at this path: a file descriptor. LinkError if that fails, or is not done within OPEN_S; until it
    is, the path is not tried again.
    """
    if path in _opening:
        raise LinkError(f"{path}: its driver hangs; pull its adapter and put it back")
    loop, before = asyncio.get_running_loop(), _closing.get(path)
    done: asyncio.Future[int] = loop.create_future()

    def work() -> None:
        file, failed = NONE, None
        if before is not None:
            before.join()
        try:
            file = job()
        except LinkError as e:
            failed = e
        finally:
            _opening.discard(path)
        try:
            loop.call_soon_threadsafe(deliver, file, failed)
        except RuntimeError:  # the loop ended meanwhile
            _close(file)

    def deliver(file: int, failed: LinkError | None) -> None:
        if done.cancelled():
            closed(path, file)
        elif failed is not None:
            done.set_exception(failed)
        else:
            done.set_result(file)

    _opening.add(path)
    threading.Thread(target=work, name="serial.open", daemon=True).start()
    try:
        async with asyncio.timeout(OPEN_S):
            return await done
    except (TimeoutError, asyncio.CancelledError) as e:
        if not done.cancelled() and done.exception() is None:
            closed(path, done.result())
        if isinstance(e, TimeoutError):
            raise LinkError(f"{path}: it does not open, its driver hangs") from None
        raise


def closed(path: str, file: int) -> None:
    """Close it; nobody waits for that."""
    thread = threading.Thread(target=_close, args=(file,), name="serial.close", daemon=True)
    _closing[path] = thread
    thread.start()


def _close(file: int) -> None:
    with suppress(OSError):
        os.close(file)
