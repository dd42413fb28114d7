"""A unit's health as Prometheus text. Labels are the ids of the settings: no addresses, no names, no heart rates."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from device_adapters.contract.messages import UnitStatus
from device_adapters.host import MB

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """What is counted of one device since the unit started. `kind` is treadmill or strap."""

    id: str
    kind: str
    linked: bool
    frames: int


def text(status: UnitStatus, devices: tuple[DeviceLine, ...], *, broker_connected: bool) -> bytes:
    """The page under /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Values(status, devices, broker_connected=broker_connected))
    return generate_latest(registry)


class _Values(Collector):
    """The values of one moment."""

    def __init__(
        self, status: UnitStatus, devices: tuple[DeviceLine, ...], *, broker_connected: bool
    ) -> None:
        self._status = status
        self._devices = devices
        self._broker_connected = broker_connected

    def collect(self) -> Iterator[Metric]:
        yield from self._unit()
        yield from self._host()
        yield from self._radios()
        yield from self._by_device()

    def _unit(self) -> Iterator[Metric]:
        s = self._status
        info = {"unit": s.unit, "version": s.version, "python": s.python}
        yield InfoMetricFamily("backstride_unit", "Which unit this is.", info)
        yield _gauge("uptime_seconds", "Since this process started.", s.uptime_s)
        yield _gauge(
            "broker_connected", "1 while there is a session with the broker.", self._broker_connected
        )
        yield _gauge("outbox_messages", "Not acknowledged by the broker yet.", s.outbox_depth)
        yield _gauge("outbox_behind_seconds", "For how long something has been waiting.", s.outbox_behind_s)
        dropped = CounterMetricFamily(
            "backstride_outbox_dropped", "Messages let go for want of room or for age.", labels=["kind"]
        )
        dropped.add_metric(["telemetry"], s.outbox_dropped)
        dropped.add_metric(["event"], s.outbox_events_dropped)
        yield dropped

    def _host(self) -> Iterator[Metric]:
        s = self._status
        for name, about, value in (
            ("load1", "Load average over one minute.", s.load_1m),
            ("cpu_temperature_celsius", "The processor's temperature.", s.cpu_c),
            ("memory_used_bytes", "Resident memory of this process.", _times(s.memory_used_mb, MB)),
            ("memory_free_bytes", "Memory that is available on this machine.", _times(s.memory_free_mb, MB)),
            ("disk_free_bytes", "Free on the disk that holds the unit's data.", _times(s.disk_free_mb, MB)),
            ("clock_synchronised", "1 while NTP keeps the clock.", s.clock_synchronised),
            ("certificate_days", "Until the unit's certificate ends.", s.certificate_days),
            ("clock_offset_seconds", "What the kernel still corrects.", _times(s.clock_offset_ms, 0.001)),
        ):
            if value is not None:
                yield _gauge(name, about, value)

    def _radios(self) -> Iterator[Metric]:
        used = GaugeMetricFamily("backstride_radio_links", "Connections of a radio.", labels=["radio"])
        slots = GaugeMetricFamily("backstride_radio_slots", "Connections it may have.", labels=["radio"])
        up = GaugeMetricFamily("backstride_radio_up", "1 while it scans.", labels=["radio"])
        for radio in self._status.radios:
            up.add_metric([radio.name], radio.up)
            used.add_metric([radio.name], radio.used)
            slots.add_metric([radio.name], radio.slots)
        yield up
        yield used
        yield slots

    def _by_device(self) -> Iterator[Metric]:
        labels = ["device", "kind"]
        linked = GaugeMetricFamily("backstride_device_linked", "1 while it is connected.", labels=labels)
        losses = CounterMetricFamily("backstride_device_link_losses", "Links that were lost.", labels=labels)
        frames = CounterMetricFamily("backstride_device_frames", "Measurements read.", labels=labels)
        for device in self._devices:
            linked.add_metric([device.id, device.kind], device.linked)
            losses.add_metric([device.id, device.kind], self._status.link_losses.get(device.id, 0))
            frames.add_metric([device.id, device.kind], device.frames)
        yield from (linked, losses, frames)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"backstride_{name}", about, value)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
