"""Every unit of the site at a glance, and what is not as it should be: what `backstride fleet status` does."""

import asyncio
import contextlib
import json as json_
from collections import Counter
from datetime import timedelta
from pathlib import Path

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device_adapters.bus.certificate import WARN_DAYS
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.contract import registry
from device_adapters.contract.messages import StoreStatus, UnitStatus
from device_adapters.contract.messages.health import STATUS_EVERY_S
from device_adapters.contract.oddities import words
from device_adapters.errors import BusError
from services import logs
from services.cli.hub_line import Hub, line
from services.rules import unit_health

LISTEN_S = 2.0
"""What is retained comes at once; this is for a broker that is busy."""

ANEW_S = 2 * STATUS_EVERY_S
"""A broker may keep `online` of a unit that is not let in any more, or that ended while the broker did: one whose kept
word is old has this long to say something. Its clock may merely be wrong."""

LOOK_S = 0.2


def show_status(config: Path | None, broker: str, site: str, *, json: bool) -> None:
    """Print it; exits 1 if anything is wrong, 3 without a broker."""
    logs.configure("critical")
    hub = Hub.of(config, broker, site)
    try:
        units, stores = asyncio.run(listen_to_all(hub))
    except (TimeoutError, BusError) as e:
        why = f" ({e})" if str(e) else ""
        typer.echo(
            f"the broker {hub.broker.url} cannot be reached{why}; start it, or name another with --broker",
            err=True,
        )
        raise typer.Exit(3) from None
    troubles = {unit.unit: trouble(unit) for unit in units}
    stored = any(store.online for store in stores)
    faults = {store.store: store.fault for store in stores if store.fault}
    if json:
        told = [{**_row(unit), "online": unit.online, "troubles": troubles[unit.unit]} for unit in units]
        typer.echo(json_.dumps({"units": told, "stored": stored, "store_faults": faults}))
    else:
        _show(units, troubles, faults, stored=stored)
    raise typer.Exit(0 if units and stored and not faults and not any(troubles.values()) else 1)


def trouble(unit: UnitStatus) -> list[str]:
    """What somebody should look at, in words; nothing else of a unit that is offline counts."""
    odd = [words(key).what for key in unit.odd]
    if not unit.online:
        return ["offline", *odd]
    found = [*odd, *(f"radio {radio.name}: {radio.why or 'down'}" for radio in unit.radios if not radio.up)]
    if unit.clock_synchronised is False:
        found.append("clock not synchronised")
    elif unit_health.clock_is_off(unit.clock_offset_ms):
        found.append(f"clock {unit.clock_offset_ms} ms off")
    if unit.certificate_days is not None and unit.certificate_days < WARN_DAYS:
        found.append(
            "certificate ended" if unit.certificate_days < 0 else f"certificate: {unit.certificate_days} days"
        )
    if unit.disk_free_mb is not None and unit_health.disk(unit.disk_free_mb) != "ok":
        found.append(f"disk: {unit.disk_free_mb} MB free")
    if unit.outbox_events_dropped:
        found.append(f"{unit.outbox_events_dropped} events dropped")
    if unit.outbox_behind_s >= unit_health.BEHIND_S:
        found.append(f"behind for {unit.outbox_behind_s} s")
    return found


async def listen_to_all(hub: Hub) -> tuple[list[UnitStatus], list[StoreStatus]]:
    """What each unit and each store of the site says of itself. Raises BusError, TimeoutError."""
    units: dict[str, UnitStatus] = {}
    stores: dict[str, StoreStatus] = {}
    words: Counter[str] = Counter()

    def hear(name: str, said: UnitStatus) -> None:
        units[name] = said
        words[name] += 1

    def doubtful() -> list[str]:
        old_ms = SystemClock().wall_ms() - round(unit_health.SILENT_S * 1000)
        return [
            name for name, said in units.items() if said.online and words[name] == 1 and said.at_ms < old_ms
        ]

    def listen(site: SiteBus, _client: str) -> None:
        site.subscribe(registry.UNIT_STATUS, hear)
        site.subscribe(registry.STORE_STATUS, stores.__setitem__)

    async with line(hub, listen):
        await asyncio.sleep(LISTEN_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANEW_S):
                while doubtful():
                    await asyncio.sleep(LOOK_S)
    gone = {name: replace(units[name], online=False) for name in doubtful()}
    return [{**units, **gone}[name] for name in sorted(units)], list(stores.values())


def _row(unit: UnitStatus) -> dict[str, object]:
    return {
        "unit": unit.unit,
        "version": unit.version,
        "uptime_s": unit.uptime_s,
        "links": sum(radio.used for radio in unit.radios),
        "devices": len(unit.treadmills) + len(unit.straps),
        "waiting": unit.outbox_depth,
        "certificate_days": unit.certificate_days,
    }


def _show(
    units: list[UnitStatus], troubles: dict[str, list[str]], faults: dict[str, str], *, stored: bool
) -> None:
    table = Table("unit", "version", "up for", "links", "waiting", "certificate", "to look at")
    for unit in units:
        row = _row(unit)
        days = "-" if unit.certificate_days is None else f"{unit.certificate_days} days"
        links = f"{row['links']} of {row['devices']}"
        facts = (unit.version, str(timedelta(seconds=unit.uptime_s)), links, str(unit.outbox_depth), days)
        wrong = "; ".join(troubles[unit.unit])
        table.add_row(
            unit.unit, *(facts if unit.online else ("-",) * 5), f"[red]{wrong}[/]" if wrong else "nothing"
        )
    out = Console(highlight=False)
    out.print(table if units else "no unit has been heard of here")
    for store, why in faults.items():
        out.print(f"[red]{store}: {escape(why)}[/]")
    if not stored:
        out.print("[red]nobody stores measurements: units keep them; look at backstride-metrics[/]")
