"""Taking back what the broker keeps of a unit, treadmill, strap or store that is gone for good."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from device_adapters.bus.port import Incoming
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.served import served
from device_adapters.errors import BusError, BusRefusedError, ConfigError, MessageError
from services.cli.hub_line import Hub, line

Kind = Literal["unit", "treadmill", "strap", "store"]
LISTEN_S = 2.0
"""What is retained comes at once; this is for a broker that is busy."""


@dataclass(slots=True)
class Retained:
    """What the broker keeps of a site."""

    units: dict[str, m.UnitStatus] = field(default_factory=dict)
    treadmills: dict[str, m.TreadmillState] = field(default_factory=dict)
    straps: dict[str, m.StrapState] = field(default_factory=dict)
    stores: dict[str, m.StoreStatus] = field(default_factory=dict)

    def treadmill(self, kept: Incoming) -> None:
        """What the broker keeps of a treadmill, whoever serves it by now."""
        with contextlib.suppress(MessageError):
            state = registry.TREADMILL_STATE.decode(kept.payload)
            self.treadmills[state.treadmill] = state

    def strap(self, kept: Incoming) -> None:
        """What the broker keeps of a strap, whoever wears it by now."""
        with contextlib.suppress(MessageError):
            state = registry.STRAP_STATE.decode(kept.payload)
            self.straps[state.strap] = state

    def topics(self, kind: Kind, name: str, site: str) -> Iterator[str]:
        """Where something of it may be kept."""
        match kind:
            case "unit":
                yield registry.NEARBY.topic(site, name)
                told = self.units.get(name)
                mine = {id_ for id_, state in self.treadmills.items() if state.unit == name}
                for id_ in sorted(
                    mine | {i for i in (told.treadmills if told else ()) if self._free(i, name)}
                ):
                    yield from self.topics("treadmill", id_, site)
                for id_ in sorted(i for i, state in self.straps.items() if state.unit == name):
                    yield from self.topics("strap", id_, site)
                yield registry.UNIT_STATUS.topic(site, name)
            case "treadmill":
                yield registry.SESSION_VIEW.topic(site, name)
                yield registry.SESSION_BRIEF.topic(site, name)
                yield registry.TREADMILL_STATE.topic(site, name)
            case "strap":
                yield registry.STRAP_STATE.topic(site, name)
            case "store":
                yield registry.STORE_STATUS.topic(site, name)

    def _free(self, treadmill: str, unit: str) -> bool:
        """Does no other unit have it by now?"""
        state = self.treadmills.get(treadmill)
        return state is None or state.unit == unit

    def living(self, kind: Kind, name: str) -> str:
        """Why it is not gone; '' if it may be forgotten."""
        match kind:
            case "unit":
                there = name in self.units and self.units[name].online
                return f"{name} is online; switch it off first" * there
            case "treadmill":
                state = self.treadmills.get(name)
                unit = self.units.get(state.unit) if state is not None else None
                there = state is not None and unit is not None and unit.online and served(state, unit)
                return (
                    f"{name} is served by {state.unit if state else ''}; take it out of that unit's settings"
                    * there
                )
            case "strap":
                worn = self.straps.get(name)
                there = worn is not None and worn.unit in self.units and name in self.units[worn.unit].straps
                there = there and worn is not None and self.units[worn.unit].online
                return f"{name} is in the settings of {worn.unit if worn else ''}; take it out there" * there
            case "store":
                there = name in self.stores and self.stores[name].online
                return f"{name} is online; stop it first" * there


def forget(hub: Hub, kind: Kind, name: str) -> int:
    """Take it back; how many topics that is. ConfigError if it lives, or the broker does not take it."""
    try:
        return asyncio.run(_forget(hub, kind, name))
    except (TimeoutError, BusError) as e:
        refused = isinstance(e, BusRefusedError)
        mend = (
            "use the command line's own certificate (cli)"
            if refused
            else "start it, or name another with --broker"
        )
        raise ConfigError(
            f"the broker {hub.broker.url} did not take it ({str(e) or 'no answer'}); {mend}"
        ) from e


async def _forget(hub: Hub, kind: Kind, name: str) -> int:
    kept = Retained()

    def listen(site: SiteBus, _client: str) -> None:
        site.subscribe(registry.UNIT_STATUS, kept.units.__setitem__)
        site.bus.subscribe(registry.TREADMILL_STATE.topic(hub.site, "+"), kept.treadmill)
        site.bus.subscribe(registry.STRAP_STATE.topic(hub.site, "+"), kept.strap)
        site.subscribe(registry.STORE_STATUS, kept.stores.__setitem__)

    async with line(hub, listen) as site:
        await asyncio.sleep(LISTEN_S)
        if why := kept.living(kind, name):
            raise ConfigError(why)
        topics = list(kept.topics(kind, name, hub.site))
        for topic in topics:
            await site.bus.publish(topic, b"", retain=True)
    return len(topics)
