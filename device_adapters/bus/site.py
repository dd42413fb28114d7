"""The bus as one site's processes use it: typed messages on the contract's channels."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from device_adapters.bus.port import Bus, Incoming
from device_adapters.contract.registry import Channel
from device_adapters.errors import MessageError

M = TypeVar("M", bound=msgspec.Struct)


class SiteBus:
    """A bus and a site name: `publish(CHANNEL, message, id)` and `subscribe(CHANNEL, handler)`."""

    def __init__(self, bus: Bus, site: str, on_malformed: Callable[[str, MessageError], None]) -> None:
        self.bus = bus
        self.site = site
        self._on_malformed = on_malformed

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
        gone: Callable[[str], None] | None = None,
    ) -> None:
        """Call `handler(id, message)`; a malformed payload goes to `on_malformed(topic, error)` instead.

        An empty payload on a retained topic says that it was taken back: `gone(id)` hears that.
        """

        def receive(incoming: Incoming) -> None:
            if channel.retain and not incoming.payload:
                if gone is not None:
                    gone(channel.id_of(incoming.topic))
                return
            try:
                message = channel.decode(incoming.payload)
            except MessageError as e:
                self._on_malformed(incoming.topic, e)
                return
            handler(channel.id_of(incoming.topic), message)

        self.bus.subscribe(channel.topic(self.site, id), receive, qos=qos)
