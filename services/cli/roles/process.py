"""Running one role as a process: signals, readiness, exit code."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

from device_adapters.errors import BackstrideError
from services import logs


def notify(state: str) -> None:
    """Tell the supervisor (systemd's sd_notify protocol), if there is one. `READY=1`, `WATCHDOG=1`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect("\0" + address[1:] if address.startswith("@") else address)
        out.send(state.encode())


class Watchdog:
    """The supervisor's watchdog, fed twice in the time that it gives; `alive` may be called as often as one likes."""

    def __init__(self) -> None:
        microseconds = os.environ.get("WATCHDOG_USEC", "")
        self.every_s = int(microseconds) / 2_000_000 if microseconds.isdigit() else None
        self._fed_s = float("-inf")

    def alive(self) -> None:
        """What is watched has just done its work."""
        now_s = time.monotonic()
        if self.every_s is not None and now_s - self._fed_s >= self.every_s:
            self._fed_s = now_s
            notify("WATCHDOG=1")


def run_role(
    make: Callable[[Callable[[], None]], Coroutine[Any, Any, None]], *, fed_by_its_loop: bool = True
) -> None:
    """Run `make(ready)` until it ends or SIGTERM/SIGINT asks it to; exits 1 with the error in one line.

    `fed_by_its_loop`: the watchdog is fed while the event loop turns; else the role feeds one of its own.
    """
    logs.configure(os.environ.get("BACKSTRIDE_LOG", "info"))
    try:
        asyncio.run(_until_signalled(make, fed_by_its_loop))
    except* BackstrideError as group:
        for error in _leaves(group):
            print(f"error {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None


async def _until_signalled(
    make: Callable[[Callable[[], None]], Coroutine[Any, Any, None]], fed_by_its_loop: bool
) -> None:
    task = asyncio.current_task()
    if task is None:
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    feeding = asyncio.create_task(_feed(Watchdog()), name="watchdog") if fed_by_its_loop else None
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await make(lambda: notify("READY=1"))
    finally:
        if feeding is not None:
            feeding.cancel()


async def _feed(watchdog: Watchdog) -> None:
    """A loop that stands still feeds nothing."""
    while watchdog.every_s is not None:
        watchdog.alive()
        await asyncio.sleep(watchdog.every_s / 2)


def _leaves(group: BaseExceptionGroup[BackstrideError]) -> list[str]:
    found: list[str] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            found += _leaves(error)
        else:
            found.append(f"{error.code}: {error}")
    return found
