"""What a console that has only just begun to hear may say of what it was not told yet: nothing.

What is retained on the bus comes within moments of the line, and a unit says how it is every few seconds. Until then
what is not known here may well be there: it is waited for a moment, and nobody is told that it is not.
"""

from collections.abc import Callable

from services.console.context import Console

PATIENCE_S = 1.5
"""For so long; a page gives a stop 3.5 s, of which the broker may take 2."""

LOOK_S = 0.05


async def until(console: Console, known: Callable[[], bool]) -> bool:
    """Is it known? Waits for it only while this console is new."""
    give_up_ms = console.clock.now_ms() + round(PATIENCE_S * 1000)
    while not known() and is_new(console) and console.clock.now_ms() < give_up_ms:
        await console.clock.sleep(LOOK_S)
    return known()


async def treadmill(console: Console, id_: str) -> bool:
    """Is this treadmill known?"""
    return await until(console, lambda: id_ in console.floor.treadmill_ids())


async def machine(console: Console, id_: str) -> bool:
    """Is this a treadmill that is there? The drill is none: it has no name, place, use and book."""
    return await until(console, lambda: id_ in console.floor.machine_ids())


def strange(console: Console, id_: str) -> bool:
    """Is it sure that there is no such treadmill?"""
    return not is_new(console) and id_ not in console.floor.treadmill_ids()


def is_new(console: Console) -> bool:
    """May there be treadmills that it was not told of yet?"""
    return not console.floor.settled(console.clock.now_ms())
