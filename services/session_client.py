"""Asking the session service and waiting for its answer: console, command line and demo ask by this."""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract import registry
from device_adapters.contract.messages import ClassRequest, ClassVerb, SessionBeat, SessionReply, SessionVerb
from device_adapters.contract.request_ids import Asked, Key, RequestIds, key_of, mark_of, used
from device_adapters.errors import BusError

WAITING_MAX = 100
BEATS_MAX = 10
"""As many as a request that still counts can name, and some."""


def reply_max_s(verb: SessionVerb | ClassVerb) -> float:
    """For so long an answer is waited for: what could move a belt, until it is not taken any more."""
    return 3.0 if verb in registry.LATE_VERBS else registry.REQUEST_MAX_S + 1.0


class LateError(Exception):
    """What could move a belt was asked too long ago."""


def _now() -> int | None:
    return None


class SessionClient:
    """One client of the bus, `client` by name. Nothing is repeated or kept for later: a person decides what to try
    again. `asked_ms`: when what is being asked was asked (monotonic ms), where that may be long ago; None: now."""

    def __init__(
        self, bus: SiteBus, client: str, clock: Clock, asked_ms: Callable[[], int | None] = _now
    ) -> None:
        self.client = client
        self._bus = bus
        self._clock = clock
        self._asked_ms = asked_ms
        self._ids = RequestIds()
        self._waiting: dict[Key, asyncio.Future[SessionReply]] = {}
        self._beats: deque[tuple[int, str]] = deque(maxlen=BEATS_MAX)
        self._heard = asyncio.Event()
        bus.subscribe(registry.SESSION_REPLY, self._replied, id=client)
        bus.subscribe(registry.SESSION_BEAT, self._beat)

    async def heard(self, within_s: float) -> bool:
        """Does a session service say within that time that it is there?"""
        try:
            async with asyncio.timeout(within_s):
                await self._heard.wait()
        except TimeoutError:
            return False
        return True

    async def ask(self, request: Asked) -> SessionReply:
        """Ask, in this client's name. LateError, BusError: not sent. TimeoutError: no answer within `reply_max_s`.

        Another request under a used id is refused here already: the late answer to the first is none to the second.
        The same one while its answer is awaited waits with it.
        """
        request = self._dated(msgspec.structs.replace(request, client=self.client))
        key, most_s = key_of(request), reply_max_s(request.verb)
        if self._ids.look(key, mark_of(request)) == "other":
            return used(request.id, request.asker)
        if (waiting := self._waiting.get(key)) is not None:
            async with asyncio.timeout(most_s):
                return await asyncio.shield(waiting)
        if len(self._waiting) >= WAITING_MAX:
            raise TimeoutError
        answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(most_s):
                await self._send(request)
                return await asyncio.shield(answer)
        except BusError as e:
            self._ids.forget(key)
            if not answer.done():
                answer.set_exception(e)
                answer.exception()
            raise
        finally:
            del self._waiting[key]

    async def _send(self, request: Asked) -> None:
        if isinstance(request, ClassRequest):
            await self._bus.publish(registry.CLASS_REQUEST, request)
        else:
            await self._bus.publish(registry.SESSION_REQUEST, request)

    def _dated(self, request: Asked) -> Asked:
        """The request with the beat that was the newest when it was asked."""
        now_ms = self._clock.now_ms()
        asked_ms = self._asked_ms()
        asked_ms = now_ms if asked_ms is None else asked_ms
        if request.verb not in registry.LATE_VERBS and now_ms - asked_ms > registry.REQUEST_MAX_S * 1000:
            raise LateError(request.id)
        heard = [beat for heard_ms, beat in self._beats if heard_ms <= asked_ms]
        beat = heard[-1] if heard else self._beats[0][1] if self._beats else ""
        return msgspec.structs.replace(request, beat=beat)

    def _replied(self, _client: str, reply: SessionReply) -> None:
        answer = self._waiting.get((reply.asker or self.client, reply.id))
        if answer is not None and not answer.done():
            answer.set_result(reply)

    def _beat(self, _id: str, said: SessionBeat) -> None:
        self._beats.append((self._clock.now_ms(), said.beat))
        self._heard.set()
