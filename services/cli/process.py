"""Running one role as a process: signals, readiness, exit code."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
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


def run_role(make: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]) -> None:
    """Run `make(ready)` until it ends or SIGTERM/SIGINT asks it to; exits 1 with the error in one line."""
    logs.configure(os.environ.get("BACKSTRIDE_LOG", "info"))
    try:
        asyncio.run(_until_signalled(make))
    except* BackstrideError as group:
        for error in _leaves(group):
            print(f"error {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None


async def _until_signalled(make: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.current_task()
    if task is None:
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    alive = asyncio.create_task(_feed_watchdog(), name="watchdog")
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await make(lambda: notify("READY=1"))
    finally:
        alive.cancel()


async def _feed_watchdog() -> None:
    """Say that the event loop turns, twice in the time the supervisor gives; one that stands still says nothing."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    while microseconds.isdigit():
        notify("WATCHDOG=1")
        await asyncio.sleep(int(microseconds) / 2_000_000)


def _leaves(group: BaseExceptionGroup[BackstrideError]) -> list[str]:
    found: list[str] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            found += _leaves(error)
        else:
            found.append(f"{error.code}: {error}")
    return found
