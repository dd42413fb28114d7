"""What the console says on the bus: stops, straight to the units, and requests to the session service."""

import asyncio

from device_adapters.bus.site import SiteBus
from device_adapters.contract import registry
from device_adapters.contract.messages import SessionReply, SessionRequest, Stop
from device_adapters.contract.request_ids import Key, RequestIds, key_of, mark_of, used
from device_adapters.errors import BusError

STOP_MAX_S = 2.0
"""A stop the broker has not taken by then counts as not delivered: a person must know while it matters."""

REPLY_MAX_S = 3.0
WAITING_MAX = 100


class Desk:
    """One console's voice. Nothing is repeated or kept for later: a person decides what to try again."""

    def __init__(self, bus: SiteBus, client: str) -> None:
        self.client = client
        self._bus = bus
        self._ids = RequestIds()
        self._waiting: dict[Key, asyncio.Future[SessionReply]] = {}
        bus.subscribe(registry.SESSION_REPLY, self._replied, id=self.client)

    async def stop_all(self, by: str) -> bool:
        """Stop every belt of the site; False when the broker did not take it."""
        return await self._deliver(registry.STOP_ALL.topic(self._bus.site), by)

    async def stop_one(self, treadmill: str, by: str) -> bool:
        """Stop one belt; False when the broker did not take it."""
        return await self._deliver(registry.STOP_ONE.topic(self._bus.site, treadmill), by)

    async def ask(self, request: SessionRequest) -> SessionReply:
        """Ask the session service. Raises BusError (not sent), TimeoutError (no answer).

        Another request under a used id is refused here already: the late answer to the first is none to the second.
        The same one while its answer is awaited waits with it.
        """
        key = key_of(request)
        if self._ids.look(key, mark_of(request)) == "other":
            return used(request.id, request.asker)
        if (waiting := self._waiting.get(key)) is not None:
            async with asyncio.timeout(REPLY_MAX_S):
                return await asyncio.shield(waiting)
        if len(self._waiting) >= WAITING_MAX:
            raise TimeoutError
        answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(REPLY_MAX_S):
                await self._bus.publish(registry.SESSION_REQUEST, request)
                return await asyncio.shield(answer)
        except BusError as e:
            self._ids.forget(key)
            if not answer.done():
                answer.set_exception(e)
                answer.exception()
            raise
        finally:
            del self._waiting[key]

    async def _deliver(self, topic: str, by: str) -> bool:
        stop = registry.STOP_ALL.encode(Stop(by=by, why="pressed in the console"))
        try:
            async with asyncio.timeout(STOP_MAX_S):
                await self._bus.bus.publish(topic, stop)
        except (BusError, TimeoutError):
            return False
        return True

    def _replied(self, _client: str, reply: SessionReply) -> None:
        answer = self._waiting.get((reply.asker or self.client, reply.id))
        if answer is not None and not answer.done():
            answer.set_result(reply)
