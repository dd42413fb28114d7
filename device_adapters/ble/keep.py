"""Keep one device connected: wait for it, serve it, back off, and begin again. Reconnecting starts nothing."""

import random
from collections.abc import Awaitable, Callable

import structlog

from device_adapters.ble.link import Link, connect
from device_adapters.ble.radio import Air
from device_adapters.errors import LinkError

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 15.0
STEADY_MS = 30_000
"""A link that held this long was a good one: the next loss begins again at the shortest wait."""

log = structlog.get_logger()


async def keep_connected(air: Air, address: str, serve: Callable[[Link], Awaitable[None]]) -> None:
    """Call `serve(link)` for each connection until cancelled. `serve` returns or raises when the link is gone."""
    wait_s = FIRST_WAIT_S
    while True:
        began_ms = air.clock.now_ms()
        try:
            async with connect(air, address) as link:
                began_ms = air.clock.now_ms()
                await serve(link)
        except LinkError as e:
            log.info("link failed", code=e.code, why=str(e))
            log.debug("link failed", address=address)
        if air.clock.now_ms() - began_ms > STEADY_MS:
            wait_s = FIRST_WAIT_S
        await air.clock.sleep(wait_s * random.uniform(0.5, 1.5))  # noqa: S311 — jitter, not a secret
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
