"""Waiting for what must come to be: one way for every test, bounded, that tells what was waited for in vain."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 60.0
"""Only ends a hopeless wait: what a test promises in seconds it measures itself."""

EVERY_S = 0.01


async def until(
    fact: Callable[[], object],
    what: str | Callable[[], str] = "it",
    seconds: float = PATIENCE_S,
    *,
    meanwhile: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Wait for a fact that stays true. AssertionError that says `what` never came to be.

    Between two looks the loop's own clock goes on by EVERY_S, virtual or not; `meanwhile` does something else there,
    such as moving a clock by hand.
    """
    try:
        async with asyncio.timeout(seconds):
            while not fact():
                await (asyncio.sleep(EVERY_S) if meanwhile is None else meanwhile())
    except TimeoutError:
        told = what if isinstance(what, str) else what()
        raise AssertionError(f"not within {seconds:g} s: {told}") from None
