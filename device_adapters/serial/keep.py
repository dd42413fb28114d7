"""Keep one serial treadmill linked: open its line, serve it, wait, and begin again. Reconnecting starts nothing."""

from collections.abc import Awaitable, Callable

import structlog

from device_adapters.clock import Clock
from device_adapters.errors import LinkError
from device_adapters.serial.link import SerialLink
from device_adapters.serial.requests import SILENT, STOP_NOT_TAKEN

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 5.0
MOVING_WAIT_S = 0.5
"""A belt that is ours to stop is not waited for longer than this."""

QUIET_S = 1.0
"""A machine that did not answer hears nothing for so long: twice what its own timer takes to stop a belt."""

HELD_MS = 10_000
"""A line that ends sooner had nobody at its other end: an adapter whose machine is switched off opens all the same."""

log = structlog.get_logger()


async def keep_plugged(
    open_link: Callable[[], Awaitable[SerialLink]],
    serve: Callable[[SerialLink], Awaitable[None]],
    clock: Clock,
    moving: Callable[[], bool],
) -> None:
    """Call `serve(link)` for each line that could be opened, until cancelled. `moving`: may a belt of ours move now?"""
    wait_s = FIRST_WAIT_S
    while True:
        least_s = 0.0
        try:
            link = await open_link()
            began_ms = clock.now_ms()
            try:
                await serve(link)
            finally:
                link.close()
                if clock.now_ms() - began_ms >= HELD_MS:
                    wait_s = FIRST_WAIT_S
            least_s = QUIET_S if link.why in (SILENT, STOP_NOT_TAKEN) else 0.0
            log.info("line ended", why=link.why)
        except LinkError as e:
            log.info("line failed", code=e.code, why=str(e))
        await clock.sleep(max(least_s, min(wait_s, MOVING_WAIT_S) if moving() else wait_s))
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
