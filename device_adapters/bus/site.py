"""The bus as one site's processes use it: typed messages on the contract's channels, each of whom it says it is."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

import msgspec

from device_adapters.bus.port import Bus, Incoming
from device_adapters.bus.roster import Roster, Standing
from device_adapters.contract.registry import SESSION_VIEW, UNIT_STATUS, Channel
from device_adapters.drill import of_drill
from device_adapters.errors import MessageError
from device_adapters.seldom import worth_telling

HELD_MAX = 1_000
"""Retained messages that wait for their unit's status; the oldest gives way."""

M = TypeVar("M", bound=msgspec.Struct)


class SiteBus:
    """A bus and a site name: `publish(CHANNEL, message, id)` and `subscribe(CHANNEL, handler)`.

    A message reaches its handler only if it names what its topic names and is of a unit that serves that device; what
    does not is dropped, counted in `refused`, and told to `on_malformed(topic, error)`: the first of each kind of
    topic, the tenth, the hundredth, and so on. What is of the drill reaches only handlers that ask for `drills`.
    """

    def __init__(self, bus: Bus, site: str, on_malformed: Callable[[str, MessageError], None]) -> None:
        self.bus = bus
        self.site = site
        self.roster = Roster()
        self.refused: Counter[str] = Counter()
        self._on_malformed = on_malformed
        self._held: OrderedDict[tuple[int, str], Callable[[], bool]] = OrderedDict()
        self._numbers = count()
        self._hears_units = False

    async def publish(self, channel: Channel[M], message: M, id: str = "") -> None:
        """Send on the channel's topic with its QoS and retain flag; errors as `Bus.publish`."""
        topic, payload, expires_s = (
            channel.topic(self.site, id),
            channel.encode(message),
            channel.expires_s(message),
        )
        if expires_s is None:
            await self.bus.publish(topic, payload, qos=channel.qos, retain=channel.retain)
        else:
            await self.bus.publish(
                topic, payload, qos=channel.qos, retain=channel.retain, expires_s=expires_s
            )

    def subscribe(
        self,
        channel: Channel[M],
        handler: Callable[[str, M], None],
        id: str = "+",
        *,
        qos: int = 1,
        drills: bool = False,
        gone: Callable[[str], None] | None = None,
    ) -> None:
        """Call `handler(id, message)` for each message that counts.

        An empty payload on a retained topic says that it was taken back: `gone(id)` hears that.
        """
        self._hear_units(channel)
        if channel is SESSION_VIEW:
            self.roster.expect_wearers()
        number = next(self._numbers)

        def receive(incoming: Incoming) -> None:
            place = number, incoming.topic
            self._held.pop(place, None)
            if channel.retain and not incoming.payload:
                if gone is not None:
                    gone(channel.id_of(incoming.topic))
                return
            try:
                named, message = channel.read(incoming.topic, incoming.payload)
            except MessageError as e:
                self._refuse(channel, incoming.topic, str(e))
                return
            heard = handler if drills or not of_drill(named, message) else _unheard
            if not self._weigh(channel, incoming.topic, named, message, heard):
                self._hold(place, lambda: self._weigh(channel, incoming.topic, named, message, heard))
            if self._held and channel in (UNIT_STATUS, SESSION_VIEW):
                self._look_again()

        self.bus.subscribe(channel.topic(self.site, id), receive, qos=qos)

    def worn(self, treadmill: str, strap: str) -> None:
        """The session on this treadmill reads this strap ('': none); see `Roster.worn`."""
        self.roster.worn(treadmill, strap)
        self._look_again()

    def _look_again(self) -> None:
        """Something became known of units or wearers: what was held for it may count now."""
        self._held = OrderedDict((place, weigh) for place, weigh in tuple(self._held.items()) if not weigh())

    def _weigh(
        self, channel: Channel[M], topic: str, id: str, message: M, handler: Callable[[str, M], None]
    ) -> bool:
        """Hand the message on, or refuse it; False: nothing can be said yet."""
        match self.roster.judge(id, message):
            case Standing.TAKEN:
                handler(id, message)
            case Standing.EARLY if channel.retain:
                return False
            case Standing.OLD:
                self.refused[channel.path] += 1
            case _:
                self._refuse(channel, topic, f"{topic}: not of a unit that serves {id or 'that device'}")
        return True

    def _hold(self, place: tuple[int, str], weigh: Callable[[], bool]) -> None:
        self._held[place] = weigh
        if len(self._held) > HELD_MAX:
            (_, topic), _ = self._held.popitem(last=False)
            self._tell("held", topic, f"{topic}: no unit says that it serves this device")

    def _refuse(self, channel: Channel[Any], topic: str, why: str) -> None:
        self._tell(channel.path, topic, why)

    def _tell(self, kind: str, topic: str, why: str) -> None:
        self.refused[kind] += 1
        number = self.refused[kind]
        if worth_telling(number):
            self._on_malformed(topic, MessageError(why if number == 1 else f"{why} ({number} of this kind)"))

    def _hear_units(self, channel: Channel[Any]) -> None:
        """Who serves what must be known wherever a unit's word about a device counts."""
        if self._hears_units or "unit" not in channel.publishers or "{id}" not in channel.path:
            return
        if channel.path.startswith("stop/"):
            return
        self._hears_units = True
        if channel is not UNIT_STATUS:
            self.subscribe(UNIT_STATUS, lambda _id, _status: None)


def _unheard(_id: str, _message: msgspec.Struct) -> None:
    """Who plays no part in drills hears nothing of them."""
