"""Letting a release go to the units, asked by page or REST."""

from device_adapters.errors import BusError
from services.console.bodies.releases import RollOutBody
from services.console.context import Console

UNANSWERED = ("silent", "store")
"""Keys of what is the hub's fault, and not of who asked."""


async def ordered(console: Console, by: str, body: RollOutBody | None) -> str:
    """Have it done, None: stopped; '' or the key of why not."""
    try:
        if body is None:
            return await console.releases.stop(by)
        return await console.releases.roll_out(body.version, body.canary, (body.begin, body.end), by)
    except (BusError, TimeoutError):
        return "silent"
