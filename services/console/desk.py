"""What the console says on the bus: stops, straight to the units, and requests to the session service."""

import asyncio
from collections import deque
from enum import StrEnum

import msgspec

from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract import registry
from device_adapters.contract.messages import SessionBeat, SessionReply, SessionRequest, SessionVerb, Stop
from device_adapters.contract.request_ids import Key, RequestIds, key_of, mark_of, used
from device_adapters.errors import BusError
from services.console.asked import since_ms

STOP_MAX_S = 2.0
"""A stop the broker has not taken by then counts as not delivered: a person must know while it matters."""

PRESSED = "pressed in the console"
OVER_REST = "asked for over REST"

WAITING_MAX = 100
BEATS_MAX = 10
"""As many as a request that still counts can name, and some."""


def reply_max_s(verb: SessionVerb) -> float:
    """For so long an answer is waited for: what could move a belt, until it is not taken any more."""
    return 3.0 if verb in registry.LATE_VERBS else registry.REQUEST_MAX_S + 1.0


class Cause(StrEnum):
    """Stable words for what the console itself says to a request, beside those of the session service."""

    UNKNOWN = "unknown_treadmill"
    LATE = "too_late"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"


class LateError(Exception):
    """What could move a belt was asked too long ago."""


class Desk:
    """One console's voice. Nothing is repeated or kept for later: a person decides what to try again."""

    def __init__(self, bus: SiteBus, client: str, clock: Clock) -> None:
        self.client = client
        self._bus = bus
        self._clock = clock
        self._ids = RequestIds()
        self._waiting: dict[Key, asyncio.Future[SessionReply]] = {}
        self._beats: deque[tuple[int, str]] = deque(maxlen=BEATS_MAX)
        bus.subscribe(registry.SESSION_REPLY, self._replied, id=self.client)
        bus.subscribe(registry.SESSION_BEAT, self._beat)

    async def stop_all(self, by: str, why: str) -> bool:
        """Stop every belt of the site; `why`: by which door it came. False when the broker did not take it."""
        return await self._deliver(registry.STOP_ALL.topic(self._bus.site), by, why)

    async def stop_one(self, treadmill: str, by: str, why: str) -> bool:
        """Stop one belt; False when the broker did not take it."""
        return await self._deliver(registry.STOP_ONE.topic(self._bus.site, treadmill), by, why)

    async def ask(self, request: SessionRequest) -> SessionReply:
        """Ask the session service. LateError, BusError: not sent. TimeoutError: no answer within `reply_max_s`.

        Another request under a used id is refused here already: the late answer to the first is none to the second.
        The same one while its answer is awaited waits with it.
        """
        key, most_s = key_of(request), reply_max_s(request.verb)
        request = self._dated(request)
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

    def _dated(self, request: SessionRequest) -> SessionRequest:
        """The request with the beat that was the newest when it was asked."""
        now_ms = self._clock.now_ms()
        asked_ms = since_ms()
        asked_ms = now_ms if asked_ms is None else asked_ms
        if request.verb not in registry.LATE_VERBS and now_ms - asked_ms > registry.REQUEST_MAX_S * 1000:
            raise LateError(request.id)
        heard = [beat for heard_ms, beat in self._beats if heard_ms <= asked_ms]
        beat = heard[-1] if heard else self._beats[0][1] if self._beats else ""
        return msgspec.structs.replace(request, beat=beat)

    async def _deliver(self, topic: str, by: str, why: str) -> bool:
        stop = registry.STOP_ALL.encode(Stop(by=by, why=why))
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

    def _beat(self, _id: str, said: SessionBeat) -> None:
        self._beats.append((self._clock.now_ms(), said.beat))
