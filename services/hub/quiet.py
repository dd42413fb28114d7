"""When may the site's broker be restarted? In a moment when no belt is leased and none moves.

A broker reads its lists anew by SIGHUP too, but Mosquitto 2.0.11 (Debian 12) uses freed memory then, if a client with
a persistent session is away: it dies, and every belt stops. So it is never sent one: it is restarted, when no belt
minds.
"""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.config import HubConfig
from device_adapters.contract import registry
from device_adapters.contract.messages import TreadmillState, UnitStatus

REACH_S = 10.0
"""A broker that is not reached within this has nobody whom a restart would cost anything."""

LOOK_S = 0.5
STILL_S = 3.0
"""Nothing may have been leased or moved for so long: what is retained has come, and nobody is about to start."""


class QuietFloor:
    """The newest word of each treadmill and unit."""

    def __init__(self) -> None:
        self._treadmills: dict[str, TreadmillState] = {}
        self._units: dict[str, UnitStatus] = {}

    def listen(self, site: SiteBus) -> None:
        """Begin to collect."""
        site.subscribe(registry.UNIT_STATUS, self._units.__setitem__)
        site.subscribe(registry.TREADMILL_STATE, self._treadmills.__setitem__)

    def busy(self) -> list[str]:
        """Treadmills that a restart would stop. Those of a unit without the broker are stopped already."""
        return sorted(id_ for id_, said in self._treadmills.items() if self._online(said) and _in_use(said))

    def _online(self, said: TreadmillState) -> bool:
        unit = self._units.get(said.unit)
        return unit is None or unit.online


def _in_use(said: TreadmillState) -> bool:
    return bool(said.lease_holder or said.session) or said.belt == "moving"


async def wait_until_quiet(config: HubConfig, clock: Clock, tell: Callable[[str], None]) -> None:
    """Return in a quiet moment. A broker that is away may be restarted at once. `tell` hears what is waited for."""
    bus, floor, up = (
        MqttBus(config.broker, client_id=f"cli-{uuid.uuid4().hex[:8]}"),
        QuietFloor(),
        asyncio.Event(),
    )
    floor.listen(SiteBus(bus, config.site, lambda _topic, _error: None))
    bus.on_connection(lambda connected: up.set() if connected else up.clear())
    running, said, still_ms = asyncio.create_task(bus.run(), name="bus"), list[str](), clock.now_ms()
    try:
        while clock.now_ms() - still_ms < STILL_S * 1000:
            async with asyncio.timeout(REACH_S):
                await up.wait()
            if busy := floor.busy():
                still_ms = clock.now_ms()
                if busy != said:
                    tell(f"waiting for {', '.join(busy)}")
                said = busy
            await clock.sleep(LOOK_S)
    except TimeoutError:
        tell("the broker is not reached: nothing to wait for")
    finally:
        running.cancel()
        await asyncio.wait([running])


def lists_of(folder: Path) -> tuple[int, ...]:
    """Changes with what the broker reads only when it starts: its access list and its certificate."""
    files = (folder / "acl", folder / "server.crt")
    return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)
