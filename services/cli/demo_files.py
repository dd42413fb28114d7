"""The settings files of a demo's roles, in the same form as a gym's."""

import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec

from device_adapters import commissioning
from device_adapters.clock import SystemClock
from device_adapters.config import Broker, HubConfig, Strap, Treadmill, UnitConfig
from device_adapters.sim.layout import GymConfig, gym_layout

SITE = "gym"
SPARE_SLOTS = 2
"""Connections for straps that somebody brings along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFiles:
    """The settings of one demo and where they stand."""

    run: str
    mqtt_port: int
    radio_port: int
    hub: HubConfig
    unit: UnitConfig
    hub_path: Path
    unit_path: Path
    gym_path: Path


def write(
    data: Path,
    *,
    treadmills: int,
    straps: int,
    seed: int,
    http_port: int,
    mqtt_port: int,
    radio_port: int,
    broker: str,
) -> DemoFiles:
    """Write hub.toml, unit.toml and gym.toml into `data`."""
    data.mkdir(parents=True, exist_ok=True)
    line = Broker(url=broker or f"mqtt://127.0.0.1:{mqtt_port}")
    layout = dict(gym_layout(treadmills, straps))
    hub = HubConfig(site=SITE, data=str(data / "hub"), http_port=http_port, broker=line)
    gym = GymConfig(site=SITE, port=radio_port, treadmills=treadmills, straps=straps, seed=seed, broker=line)
    unit = UnitConfig(
        unit="unit-01",
        site=SITE,
        radio=f"virtual:127.0.0.1:{radio_port}",
        slots=treadmills + straps + SPARE_SLOTS,
        data=str(data / "unit"),
        broker=line,
        treadmill=tuple(Treadmill(id=id, address=layout[id]) for id in layout if id.startswith("tm-")),
        strap=tuple(
            Strap(id=id, address=layout[id], treadmill=f"tm-{id.removeprefix('hr-')}")
            for id in layout
            if id.startswith("hr-")
        ),
    )
    for treadmill in unit.treadmill:
        commissioning.write(data / "unit", _simulated_record(treadmill))
    return DemoFiles(
        run=uuid.uuid4().hex[:8],
        mqtt_port=mqtt_port,
        radio_port=radio_port,
        hub=hub,
        unit=unit,
        hub_path=_toml(data / "hub.toml", hub),
        unit_path=_toml(data / "unit.toml", unit),
        gym_path=_toml(data / "gym.toml", gym),
    )


def _simulated_record(treadmill: Treadmill) -> commissioning.Record:
    """The virtual machines' own figures, marked as what they are; real ones are commissioned on the floor."""
    return commissioning.Record(
        treadmill=treadmill.id,
        address=treadmill.address,
        model="VT-1",
        at_ms=SystemClock().wall_ms(),
        by="virtual gym",
        units_right=True,
        speed_min_kmh=0.5,
        speed_max_kmh=20.0,
        accel_kmh_s=1.2,
        decel_kmh_s=2.0,
        stop_s=5.0,
        stops_on_link_loss=True,
        grade_right=True,
        simulated=True,
    )


def _toml(path: Path, settings: msgspec.Struct) -> Path:
    path.write_bytes(msgspec.toml.encode(settings))
    return path
