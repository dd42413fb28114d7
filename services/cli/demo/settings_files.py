"""The settings files of a demo's roles, in the same form as a gym's."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from device_adapters import commissioning
from device_adapters.config import SERIAL, Broker, HubConfig, Strap, Treadmill, UnitConfig
from device_adapters.drill import DRILL
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.makes import make_of
from device_adapters.sim.layout import GymConfig, gym_layout, on_cables
from services.cli.simulated import MODEL, simulated_record
from services.hub.acl import access_list
from services.hub.clients import ROLES, THE_DRILL, Client, UnitDevice

SITE = "gym"
UNIT = "unit-01"
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
    role_paths: dict[str, Path]
    unit_path: Path
    gym_path: Path


def write(
    data: Path,
    *,
    treadmills: int,
    straps: int,
    woodways: int,
    trackmasters: int,
    seed: int,
    http_port: int,
    mqtt_port: int,
    radio_port: int,
    broker: str,
) -> DemoFiles:
    """Write the settings of the hub (for the command line), its services, the unit and the gym into `data`.

    Each speaks to the demo's own broker under the name that the access list has for it, as with a gym's certificates.
    """
    data.mkdir(parents=True, exist_ok=True)

    def line(name: str) -> Broker:
        return Broker(url=broker) if broker else Broker(f"mqtt://127.0.0.1:{mqtt_port}", username=name)

    layout = dict(gym_layout(treadmills, straps))
    hub = HubConfig(site=SITE, data=str(data / "hub"), http_port=http_port, broker=line("cli"))
    cables = data.absolute() / "cables"
    gym = GymConfig(
        site=SITE, port=radio_port, treadmills=treadmills, straps=straps, woodways=woodways, trackmasters=trackmasters,
        cables=str(cables), seed=seed, broker=line("sim"),
    )  # fmt: skip
    cabled = on_cables(treadmills, woodways, trackmasters)
    unit = UnitConfig(
        unit=UNIT,
        site=SITE,
        radio=f"virtual:127.0.0.1:{radio_port}",
        slots=treadmills + straps + SPARE_SLOTS,
        data=str(data / "unit"),
        home_assistant=True,
        broker=line(UNIT),
        treadmill=tuple(
            _on_cable(id, cables, cabled[id]) if id in cabled else Treadmill(id=id, address=layout[id])
            for id in layout
            if id.startswith("tm-")
        ),
        strap=tuple(
            Strap(id=id, address=layout[id], treadmill=f"tm-{id.removeprefix('hr-')}")
            for id in layout
            if id.startswith("hr-")
        ),
    )
    for treadmill in unit.treadmill:
        model = (
            make_of(treadmill.protocol, Arrangement(treadmill.arrangement)).model if treadmill.link else MODEL
        )
        commissioning.write(data / "unit", simulated_record(treadmill, model))
    write_settings(data / f"{DRILL}.toml", msgspec.structs.replace(hub, broker=line(DRILL)))
    return DemoFiles(
        run=uuid.uuid4().hex[:8],
        mqtt_port=mqtt_port,
        radio_port=radio_port,
        hub=hub,
        unit=unit,
        hub_path=write_settings(data / "hub.toml", hub),
        role_paths={
            role: write_settings(data / f"{role}.toml", msgspec.structs.replace(hub, broker=line(role)))
            for role in ("session", "metrics", "console")
        },
        unit_path=write_settings(data / "unit.toml", unit),
        gym_path=write_settings(data / "gym.toml", gym),
    )


def _on_cable(treadmill: str, cables: Path, protocol: Literal["woodway", "trackmaster"]) -> Treadmill:
    """One on a cable: a Woodway's belt runs backward."""
    arrangement = "belt_reversed" if protocol == "woodway" else "member_turned"
    link = f"{SERIAL}{cables / treadmill}"
    return Treadmill(id=treadmill, link=link, protocol=protocol, arrangement=arrangement)


def access(unit: UnitConfig) -> str:
    """The access list of the demo's broker: that of a site with this unit, and one client of each role by its name."""
    clients = (
        Client(
            name=unit.unit,
            role="unit",
            treadmills=tuple(UnitDevice(t.id, t.known_by) for t in unit.treadmill),
            straps=tuple(UnitDevice(s.id, s.address) for s in unit.strap),
        ),
        *(Client(name=role, role=role) for role in ROLES if role != "unit"),
        THE_DRILL,
    )
    return access_list(unit.site, clients)


def write_settings(path: Path, settings: msgspec.Struct) -> Path:
    """A settings file, TOML, as a gym has it; its path."""
    path.write_bytes(msgspec.toml.encode(settings))
    return path
