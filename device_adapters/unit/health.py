"""A unit's own health: what it says of itself on the bus and on its monitoring port."""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from device_adapters.bus.certificate import days_left
from device_adapters.bus.port import Bus
from device_adapters.clock import Clock
from device_adapters.config import UnitConfig
from device_adapters.contract import messages
from device_adapters.contract.neighbours import CONTRACT
from device_adapters.host import measure
from device_adapters.outbox import Outbox
from device_adapters.unit.local_http import Page
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.strap import StrapAdapter
from device_adapters.unit.treadmill import TreadmillAdapter


class UnitHealth:
    """Reads the parts of one unit; changes none."""

    def __init__(
        self,
        config: UnitConfig,
        boot: str,
        clock: Clock,
        bus: Bus,
        outbox: Outbox,
        radios: Callable[[], tuple[messages.RadioHealth, ...]],
        treadmills: Mapping[str, TreadmillAdapter],
        straps: Mapping[str, StrapAdapter],
        odd: Oddities,
    ) -> None:
        self._config = config
        self._boot = boot
        self._clock = clock
        self._bus = bus
        self._outbox = outbox
        self._radios = radios
        self._treadmills = treadmills
        self._straps = straps
        self._devices: dict[str, TreadmillAdapter | StrapAdapter] = {**treadmills, **straps}
        self.odd = odd
        self._began_ms = clock.now_ms()
        self._version = version("backstride")

    def status(self) -> messages.UnitStatus:
        """The unit as it is now: host, radios, devices, backlog."""
        host = measure(Path(self._config.data))
        return messages.UnitStatus(
            unit=self._config.unit,
            online=True,
            boot=self._boot,
            at_ms=self._clock.wall_ms(),
            version=self._version,
            contract=CONTRACT,
            python=host.python,
            uptime_s=(self._clock.now_ms() - self._began_ms) // 1000,
            radios=self._radios(),
            treadmills=tuple(self._treadmills),
            straps=tuple(self._straps),
            link_losses={
                id_: device.link_losses for id_, device in self._devices.items() if device.link_losses
            },
            outbox_depth=self._outbox.depth,
            outbox_dropped=self._outbox.dropped,
            outbox_events_dropped=self._outbox.events_dropped,
            outbox_behind_s=round(self._outbox.behind_s),
            clock_synchronised=host.clock_synchronised,
            clock_offset_ms=host.clock_offset_ms,
            load_1m=host.load_1m,
            cpu_c=host.cpu_c,
            memory_used_mb=host.memory_used_mb,
            memory_free_mb=host.memory_free_mb,
            disk_free_mb=host.disk_free_mb,
            certificate_days=days_left(self._config.broker),
            odd=self.odd.keys,
        )

    def metrics_page(self) -> Page:
        """Prometheus text."""
        from device_adapters.unit import metrics

        devices = (
            *(metrics.DeviceLine(i, "treadmill", t.linked, t.frames) for i, t in self._treadmills.items()),
            *(metrics.DeviceLine(i, "strap", s.linked, s.frames) for i, s in self._straps.items()),
        )
        body = metrics.text(self.status(), devices, broker_connected=self._bus.connected)
        return Page(200, metrics.MEDIA_TYPE, body)

    def health_page(self) -> Page:
        """200 while the unit can be reached over the bus, else 503. A device that is off is not the unit's illness."""
        said = {
            "unit": self._config.unit,
            "broker_connected": self._bus.connected,
            "devices_linked": sum(device.linked for device in self._devices.values()),
            "devices": len(self._devices),
        }
        status = 200 if self._bus.connected else 503
        return Page(status, "application/json", json.dumps(said).encode() + b"\n")
