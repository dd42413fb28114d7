"""Keep one part of a unit at work: what ends it is its own, is told, and does not end the unit or another part."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog

from device_adapters.clock import Clock

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 30.0
STEADY_MS = 60_000
"""A part that worked this long was well: its next end begins again at the shortest wait."""

log = structlog.get_logger()


async def keep_at_work(
    name: str,
    work: Callable[[], Awaitable[None]],
    clock: Clock,
    ended: Callable[[str], None],
    longest_wait_s: float = LONGEST_WAIT_S,
) -> None:
    """Do `work` until it returns, and again whenever something ends it; `ended` hears what.

    Also a cancellation that nobody asked for: libraries cancel futures that their callers await.
    """
    wait_s = FIRST_WAIT_S
    while True:
        began_ms = clock.now_ms()
        try:
            return await work()
        except asyncio.CancelledError:
            if _wanted():
                raise
            why = "cancelled by nobody"
        except Exception as e:  # noqa: BLE001 — whatever it is, it is this part's alone
            why = cause(e)
        log.error("part ended", part=name, why=why)
        _told(name, ended, why)
        if clock.now_ms() - began_ms > STEADY_MS:
            wait_s = FIRST_WAIT_S
        await clock.sleep(wait_s * random.uniform(0.5, 1.5))  # noqa: S311 — jitter, not a secret
        wait_s = min(longest_wait_s, wait_s * 2)


def cause(error: BaseException) -> str:
    """The first failure in a group: its kind and where it was raised. Not its words: they may hold a heart rate."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


async def through(work: Coroutine[Any, Any, None]) -> None:
    """Do `work` to its end, also if this is cancelled meanwhile; then the cancellation goes on."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:  # noqa: BLE001 — it is raised below
            break
    if cancelled and not task.cancelled() and task.exception() is None:
        raise asyncio.CancelledError
    await task


def _wanted() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _told(name: str, ended: Callable[[str], None], why: str) -> None:
    try:
        ended(why)
    except Exception as e:  # noqa: BLE001 — telling is no reason to end
        log.error("not told", part=name, why=cause(e))  # noqa: TRY400 — a traceback may hold a heart rate
