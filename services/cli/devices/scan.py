"""`backstride scan`: what is around, as the unit's own radios hear it. Nothing is connected to."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from device_adapters import device_addresses
from device_adapters.ble.radio import Sighting
from device_adapters.ble.radios import Radios
from device_adapters.clock import SystemClock
from device_adapters.codecs import advertisement, uuids
from device_adapters.config import UnitConfig
from device_adapters.profiles import loader
from services import logs
from services.cli.devices.adapters import scanning
from services.cli.devices.listening import ended_or_interrupted, unit_settings

REFRESH_S = 0.5
UNATTENDED_S = 10.0
"""How long it listens where nobody can press Ctrl-C."""

SERVICES = {
    uuids.FITNESS_MACHINE_SERVICE: "FTMS",
    uuids.HEART_RATE_SERVICE: "heart rate",
    uuids.RUNNING_SPEED_AND_CADENCE_SERVICE: "running speed and cadence",
    uuids.CYCLING_SPEED_AND_CADENCE_SERVICE: "cycling speed and cadence",
    uuids.BATTERY_SERVICE: "battery",
    uuids.DEVICE_INFORMATION_SERVICE: "device information",
}
POD_SERVICES = {uuids.RUNNING_SPEED_AND_CADENCE_SERVICE, uuids.CYCLING_SPEED_AND_CADENCE_SERVICE}
ORDER = ("treadmill", "fitness machine", "strap", "pod", "other")
CONNECTED = "A device that is connected to a unit does not advertise: stop the unit to see it."


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """One device. `model` is what we know it as, empty where nobody described it; `id` is the unit's own for it."""

    address: str
    name: str
    kind: str
    services: tuple[str, ...]
    rssi_dbm: int
    heard_s_ago: float
    radio: str
    model: str
    sure: str
    id: str


def found(radio: str, sighting: Sighting, now_ms: int, ids: dict[str, str]) -> DeviceFound:
    """What an advertisement says."""
    name = sighting.device.name or ""
    profile = loader.match(name=name)
    known = profile.kind != "any"
    return DeviceFound(
        address=sighting.device.address.upper(),
        name=name,
        kind=_kind(sighting),
        services=tuple(sorted(SERVICES.get(uuid, uuid) for uuid in sighting.services)),
        rssi_dbm=sighting.rssi,
        heard_s_ago=round((now_ms - sighting.heard_ms) / 1000, 1),
        radio=radio,
        model=profile.model if known else "",
        sure=profile.sure if known else "",
        id=ids.get(sighting.device.address.upper(), ""),
    )


def _kind(sighting: Sighting) -> str:
    if uuids.FITNESS_MACHINE_SERVICE in sighting.services:
        types = advertisement.decode_service_data(sighting.fitness_machine).machine_types
        return "treadmill" if advertisement.MachineType.TREADMILL in types else "fitness machine"
    if uuids.HEART_RATE_SERVICE in sighting.services:
        return "strap"
    return "pod" if POD_SERVICES & set(sighting.services) else "other"


def around(air: Radios, ids: dict[str, str]) -> list[DeviceFound]:
    """Everything heard by any radio, at the one that heard it last; what we can use first, the loudest first."""
    latest: dict[str, tuple[str, Sighting]] = {}
    for radio in air.radios:
        for address, sighting in radio.heard().items():
            if address not in latest or latest[address][1].heard_ms < sighting.heard_ms:
                latest[address] = radio.name, sighting
    now_ms = air.clock.now_ms()
    listed = [found(radio, sighting, now_ms, ids) for radio, sighting in latest.values()]
    return sorted(listed, key=lambda f: (ORDER.index(f.kind), -f.rssi_dbm, f.address))


def scan(config: Path | None, radio: str, seconds: float | None, *, as_json: bool) -> int:
    """Listen and show; 0 if anything was heard, else 1."""
    logs.configure("error")
    settings = unit_settings(config, radio)
    live = sys.stdout.isatty() and not as_json
    limit_s = seconds if seconds or live else UNATTENDED_S
    listed = asyncio.run(_listen(settings, limit_s, live=live))
    if as_json:
        print(json.dumps({"devices": [asdict(each) for each in listed]}))  # noqa: T201
    elif listed and not live:
        Console(highlight=False, width=140).print(table(listed))
    if not listed:
        print(f"Nothing was heard. {CONNECTED}", file=sys.stderr)  # noqa: T201
    return int(not listed)


async def _listen(settings: UnitConfig, limit_s: float | None, *, live: bool) -> list[DeviceFound]:
    owned = [(t.address, t.id) for t in settings.treadmill] + [(s.address, s.id) for s in settings.strap]
    for key, what in device_addresses.PODS.items():
        owned += [(getattr(t, key), f"{what} of {t.id}") for t in settings.treadmill]
    ids = {address.upper(): id_ for address, id_ in owned if address}
    async with scanning(settings, SystemClock()) as air:
        over = asyncio.ensure_future(ended_or_interrupted(limit_s))
        screen = Live(console=Console(highlight=False), auto_refresh=False) if live else None
        with screen or contextlib.nullcontext():
            while not over.done():
                await asyncio.wait([over], timeout=REFRESH_S)
                if screen:
                    shown = Group(table(around(air, ids)), f"{CONNECTED}\nCtrl-C ends it.")
                    screen.update(shown, refresh=True)
        return around(air, ids)


def table(listed: Iterable[DeviceFound]) -> Table:
    """One row per device."""
    shown = Table()
    for column in ("kind", "name", "address", "id", "model", "services"):
        shown.add_column(column, overflow="fold", no_wrap=column == "address")
    for column in ("dBm", "heard"):
        shown.add_column(column, justify="right")
    for each in listed:
        model = f"{each.model} ({each.sure})" if each.model else "-"
        texts = (
            each.kind,
            each.name or "-",
            each.address,
            each.id or "-",
            model,
            ", ".join(each.services) or "-",
        )
        shown.add_row(*map(escape, texts), str(each.rssi_dbm), f"{each.heard_s_ago:.0f} s ago")
    return shown
