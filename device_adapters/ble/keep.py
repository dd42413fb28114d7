"""Keep one device connected: wait for it, serve it, back off, and begin again. Reconnecting starts nothing."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from device_adapters.ble.failures import GaveWayError, IncompleteError
from device_adapters.ble.link import Link, connect
from device_adapters.ble.radio import Air
from device_adapters.ble.turns import urgency
from device_adapters.errors import LinkError
from device_adapters.machine_link import MachineLink

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 15.0
MOVING_WAIT_S = 1.0
"""A belt that is ours to stop is not waited for longer than this."""

INCOMPLETE_WAIT_S = 60.0
"""A device that lacks what is needed though it was asked anew is left alone for so long."""

STEADY_MS = 30_000
TREADMILL_STEADY_MS = 2_000
"""A link that held this long was a good one: the next loss begins again at the shortest wait."""

log = structlog.get_logger()


def _no() -> bool:
    return False


async def keep_connected(
    air: Air,
    address: str,
    serve: Callable[[Link], Awaitable[None]],
    *,
    treadmill: bool = False,
    moving: Callable[[], bool] = _no,
) -> None:
    """Call `serve(link)` for each connection until cancelled. `serve` returns or raises when the link is gone.

    `moving`: is this a belt of ours that may move now? It is connected before all others and without long waits.
    What `serve` raises but LinkError ends this, too.
    """
    wait_s, failures, incomplete = FIRST_WAIT_S, 0, 0
    while True:
        began_ms = air.clock.now_ms()
        try:
            who = urgency(treadmill=treadmill, moving=moving(), failures=failures)
            async with connect(air, address, who, fresh=incomplete > 0) as link:
                began_ms, failures = air.clock.now_ms(), 0
                await serve(link)
            incomplete = 0
        except IncompleteError as e:
            incomplete += 1
            log.info("services incomplete", code=e.code, why=str(e))
        except GaveWayError as e:
            wait_s = FIRST_WAIT_S
            log.debug("gave way", address=address, why=str(e))
        except LinkError as e:
            failures += 1
            log.info("link failed", code=e.code, why=str(e))
            log.debug("link failed", address=address)
        if air.clock.now_ms() - began_ms > (TREADMILL_STEADY_MS if treadmill else STEADY_MS):
            wait_s = FIRST_WAIT_S
        await _wait(air, INCOMPLETE_WAIT_S if incomplete > 1 else wait_s, moving)
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)


async def _wait(air: Air, wait_s: float, moving: Callable[[], bool]) -> None:
    left_s = wait_s * random.uniform(0.5, 1.5)  # noqa: S311 — jitter, not a secret
    waited_s = 0.0
    while left_s > 0 and not (moving() and waited_s >= MOVING_WAIT_S):
        step_s = min(left_s, MOVING_WAIT_S)
        await air.clock.sleep(step_s)
        left_s -= step_s
        waited_s += step_s


async def until_gone(link: MachineLink, *works: Coroutine[Any, Any, None]) -> None:
    """Run these while the link lasts. What one of them raises ends the others, and is raised by itself; so is what a
    handler of the link's notifications raised.
    """
    running = [asyncio.ensure_future(work) for work in works]
    gone = asyncio.ensure_future(link.gone.wait())
    waiting = {gone, *running}
    try:
        while not gone.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        if link.fault is not None:
            raise link.fault
    finally:
        for each in (gone, *running):
            each.cancel()
        await asyncio.gather(gone, *running, return_exceptions=True)
