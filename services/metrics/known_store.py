"""Nothing is shipped to a database before it is known to be one that may have it."""

import asyncio

from device_adapters.config import Influx
from services.metrics import store_kind
from services.metrics.shipper import Post, Reply


def known(settings: Influx, post: Post) -> Post:
    """`post`, once what answers at the settings' url has said what it is; until then, and if it is refused, why not.

    Asked again after each answer that stored nothing: another database may have taken its place.
    """
    fit = False

    async def write(body: bytes) -> Reply:
        nonlocal fit
        if not fit:
            kind = await asyncio.to_thread(store_kind.ask, settings.url)
            if kind is None:
                return Reply(0, f"no answer from {settings.url}")
            if why := store_kind.refusal(kind, settings):
                return Reply(0, why, foreign=True)
        reply = await post(body)
        fit = reply.taken
        return reply

    return write
