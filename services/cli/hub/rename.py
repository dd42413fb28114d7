"""Another id for a treadmill, on the hub: rights for it, the wait for its unit, then the end of the old one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError, ConfigError
from services import renamed
from services.cli.hub.forget import LISTEN_S, Retained
from services.cli.hub_line import Hub, line
from services.history.names import Renamed
from services.hub.clients import Client, UnitDevice
from services.hub.files import SHARED, write
from services.hub.office import Office

LOOK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """What is asked for. `office`: None for a site without one, where the broker asks nobody for rights."""

    hub: Hub
    data: Path
    office: Office | None
    clock: Clock
    old: str
    new: str
    wait_s: float

    def run(self, tell: Callable[[str], None]) -> None:
        """Do it; again it goes on where it was. ConfigError if it cannot be, or its unit does not come."""
        try:
            asyncio.run(self._run(tell))
        except (TimeoutError, BusError) as e:
            raise ConfigError(
                f"the broker {self.hub.broker.url} is not reached ({str(e) or 'no answer'}); run it again then"
            ) from e

    async def _run(self, tell: Callable[[str], None]) -> None:
        kept = Retained()

        def listen(site: SiteBus, _client: str) -> None:
            site.subscribe(registry.UNIT_STATUS, kept.units.__setitem__)
            site.bus.subscribe(registry.TREADMILL_STATE.topic(self.hub.site, "+"), kept.treadmill)

        async with line(self.hub, listen) as site:
            await asyncio.sleep(LISTEN_S)
            unit = self._unit(kept)
            self._require_free(kept, unit)
            self._allow(unit, self.old, self.new)
            if not self._moved(kept.units.get(unit)):
                tell(
                    f"now on {unit}: sudo backstride treadmill rename {self.old} {self.new} "
                    "--unit-config /etc/backstride-unit/unit.toml\nwaiting for it ..."
                )
            await self._until_moved(kept, unit)
            self._remember()
            for topic in kept.topics("treadmill", self.old, self.hub.site):
                await self._take_back(site, topic)
            self._allow(unit, self.new)

    def _unit(self, kept: Retained) -> str:
        register = self.office.register() if self.office is not None else None
        for id_ in (self.old, self.new):
            told = kept.treadmills.get(id_)
            if told is not None:
                return told.unit
            if register is not None and (owner := register.owner_of(id_)):
                return owner
        for name, status in kept.units.items():
            if self.old in status.treadmills or self.new in status.treadmills:
                return name
        raise ConfigError(
            f"{self.old}: no unit has such a treadmill; backstride fleet status names the units"
        )

    def _require_free(self, kept: Retained, unit: str) -> None:
        for name, said in kept.units.items():
            if name != unit and self.new in said.treadmills:
                raise ConfigError(f"{self.new} is a treadmill of {name}; give another id")
        if self.office is not None and self.office.register().owner_of(self.new) not in ("", unit):
            raise ConfigError(f"{self.new} is known to the hub already; give another id")
        status, state = kept.units.get(unit), kept.treadmills.get(self.old)
        if status is None or state is None or not status.online or self.old not in status.treadmills:
            return
        if state.lease_holder or state.session or state.belt == "moving":
            raise ConfigError(
                f"{self.old} is in use; rename it when its session has ended and its belt stands"
            )

    def _allow(self, unit: str, *ids: str) -> None:
        """Of the two ids the unit has just these at the broker."""
        known = self.office.register().find(unit) if self.office is not None else None
        if self.office is None or known is None:
            return
        addresses = {one.id: one.address for one in known.treadmills}
        address = addresses.get(self.old) or addresses.get(self.new, "")
        others = [one for one in known.treadmills if one.id not in (self.old, self.new)]
        treadmills = (*others, *(UnitDevice(id_, address) for id_ in ids))
        wanted: Client = msgspec.structs.replace(known, treadmills=treadmills)
        if {one.id for one in known.treadmills} != {one.id for one in treadmills}:
            self.office.admit(wanted)

    def _moved(self, status: m.UnitStatus | None) -> bool:
        return (
            status is not None
            and status.online
            and self.new in status.treadmills
            and self.old not in status.treadmills
        )

    async def _until_moved(self, kept: Retained, unit: str) -> None:
        deadline_ms = self.clock.now_ms() + round(self.wait_s * 1000)
        while not self._moved(kept.units.get(unit)):
            if self.clock.now_ms() > deadline_ms:
                raise ConfigError(
                    f"{unit} has not come back with {self.new} in {self.wait_s:g} s; the hub is ready for it: run this "
                    "again when it has"
                )
            await asyncio.sleep(LOOK_S)

    def _remember(self) -> None:
        """So that what was stored by the old id is found by the new one."""
        before = renamed.renames(self.data)
        if before and (before[-1].old, before[-1].new) == (self.old, self.new):
            return
        after = (*before, Renamed(self.old, self.new, self.clock.wall_ms()))
        self.data.mkdir(parents=True, exist_ok=True)
        write(renamed.path_of(self.data), renamed.encoded(after), SHARED)

    async def _take_back(self, site: SiteBus, topic: str) -> None:
        """The broker may be restarted for its new lists just now."""
        async with asyncio.timeout(self.wait_s):
            while True:
                try:
                    await site.bus.publish(topic, b"", retain=True)
                except BusError:
                    await asyncio.sleep(LOOK_S)
                else:
                    return
