"""`backstride support`: the parts of a support file on this machine, hub or unit or both."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import typer

from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, load
from device_adapters.errors import BackstrideError, ConfigError
from device_adapters.units import DAY_MS
from services import logs
from services.cli.times import stamp
from services.hub.files import write_for_owner
from services.support import machine
from services.support.left_out import LeftOut, parts_of, secrets_in
from services.support.support_file import SupportPart, contents, support_file

INCIDENT_DAYS, INCIDENTS_MAX = 30, 500
LISTEN_S = 7.0
"""In this time every unit tells of itself."""

ROLES = ("session", "metrics", "console", "alerts")
HUB, SITE, UNIT = (
    Path("/etc/backstride/services/hub.toml"),
    Path("/etc/backstride/site.toml"),
    Path("/etc/backstride-unit/unit.toml"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportOptions:
    """What was asked for; None: where the installers put it, if it is there."""

    output: Path | None
    config: Path | None
    unit_config: Path | None
    captures: tuple[Path, ...]
    days: int
    yes: bool


def support(options: SupportOptions) -> None:
    """Say what it will hold, ask, and write it."""
    logs.configure("critical")
    hub = options.config or (HUB if HUB.exists() else None)
    unit = options.unit_config or (UNIT if UNIT.exists() else None)
    if hub is None and unit is None:
        raise ConfigError("say of which machine: --config hub.toml, or --unit-config unit.toml")
    settings = load(hub, HubConfig) if hub else None
    parts = list(_parts(options, hub, settings, unit))
    if not options.yes:
        typer.echo(
            f"The file will hold, without secrets, members and heart rates:\n{contents(parts)}", err=True
        )
        typer.confirm("Make it?", default=True, abort=True, err=True)
    made = support_file(parts, LeftOut(_secrets(hub, settings, unit), _names(settings) or ()))
    output = options.output or Path(f"backstride-support-{stamp()}.zip")
    if str(output) == "-":
        sys.stdout.buffer.write(made)
        return
    try:
        write_for_owner(output, made)
    except OSError as e:
        raise ConfigError(f"{output}: {e.strerror}; name another file with --output") from e
    typer.echo(f"{output}: {len(made) / 1000:.0f} kB. Look through it before you send it.")


def _parts(
    options: SupportOptions, hub: Path | None, settings: HubConfig | None, unit: Path | None
) -> Iterator[SupportPart]:
    yield SupportPart("about.json", "versions of Backstride, Python, Debian and packages; load, memory, room",
                      lambda: machine.about(SystemClock().wall_ms()))  # fmt: skip
    services = [hub, *(hub.parent / f"{role}.toml" for role in ROLES), SITE] if hub == HUB else [hub]
    for file in dict.fromkeys(path for path in (*services, unit) if path and path.exists()):
        yield SupportPart(
            f"settings/{file.stem}.json", "settings in force, secrets left out", _settings(file)
        )
    if settings is not None:
        demo = Path(settings.data).parent / "logs"
        yield SupportPart("machines.json", "units, treadmills, straps, services: how they are, and what to do",
                          lambda: asyncio.run(_machines(settings)))  # fmt: skip
        yield SupportPart("incidents.json", f"faults of machines in the last {INCIDENT_DAYS} days: kind, cause, time",
                          lambda: _incidents(settings))  # fmt: skip
    else:
        demo = None
    if options.days:
        yield SupportPart(
            "log.txt",
            f"what services and broker logged in the last {options.days} days",
            lambda: _log(settings, options.days, (demo,) if demo and demo.is_dir() else ()),
        )
    if unit is not None:
        yield SupportPart("doctor.json", "what backstride doctor finds", lambda: _doctor(unit))
    for path in options.captures:
        yield SupportPart(
            f"captures/{path.name}", "what a treadmill said, without its address", _capture(path)
        )


def _settings(file: Path) -> Callable[[], object]:
    from services.hub.settings_check import effective

    return lambda: effective(file, "")


def _log(settings: HubConfig | None, days: int, folders: tuple[Path, ...]) -> str:
    if settings is not None and _names(settings) is None:
        return "Left out: the members store cannot be read, so nobody knows which names are to be left out of it.\n"
    return machine.log(days, folders)


def _names(settings: HubConfig | None) -> set[str] | None:
    """Of people; None: the store cannot be read."""
    if settings is None:
        return set()
    from services.members.opening import open_members
    from services.support.people import names

    try:
        store = open_members(settings, SystemClock().wall_ms)
        try:
            return names(store)
        finally:
            store.close()
    except BackstrideError:
        return None


def _secrets(hub: Path | None, settings: HubConfig | None, unit: Path | None) -> list[str]:
    folders = [path.parent for path in (hub, unit) if path is not None]
    if hub == HUB:
        folders.append(SITE.parent)
    if settings is not None:
        folders.append(Path(settings.data))
    found = list(secrets_in(folders))
    if settings is not None:
        found += parts_of(settings.members) if "@" in settings.members else ()
        for file in (settings.broker.password_file, settings.influx.token_file):
            if file and Path(file).is_file():
                found.append(Path(file).read_text(encoding="utf-8").strip())
    return found


async def _machines(settings: HubConfig) -> object:
    """As the operator's page has them."""
    from device_adapters.contract import registry
    from services.cli.hub_line import Hub, line
    from services.console.live.live_state import LiveState
    from services.console.operator.board import operator_view

    clock, floor = SystemClock(), LiveState(settings.site)

    def listen(site: SiteBus, _client: str) -> None:
        site.bus.on_connection(lambda up: floor.connection(up, clock.now_ms()))
        site.subscribe(registry.UNIT_STATUS, lambda i, said: floor.unit_status(i, said, clock.now_ms()))
        site.subscribe(
            registry.TREADMILL_STATE, lambda i, said: floor.treadmill_state(i, said, clock.now_ms())
        )
        site.subscribe(registry.STRAP_STATE, floor.strap_state)
        site.subscribe(registry.STORE_STATUS, floor.store_status)
        site.subscribe(registry.BACKUP_STATUS, lambda _id, said: floor.backup_status(said))
        site.subscribe(registry.ALERTS_STATUS, lambda _id, said: floor.alerts_status(said))

    async with line(Hub(settings.broker, settings.site), listen):
        await asyncio.sleep(LISTEN_S)
    view = operator_view(floor, clock.now_ms(), clock.wall_ms())
    return {
        "things": msgspec.to_builtins(view.things),
        "units": msgspec.to_builtins(floor.units(clock.now_ms())),
    }


def _incidents(settings: HubConfig) -> object:
    from services.console.operator.fixes import for_operators
    from services.history.reader import FOR_EVER_MS
    from services.metrics.history import history_of

    since_ms = SystemClock().wall_ms() - INCIDENT_DAYS * DAY_MS
    told = [
        {"at_ms": one.at_ms, "severity": one.severity, "kind": one.kind, "cause": one.cause, "source": one.source,
         "treadmill": one.treadmill}
        for one in history_of(settings).happened(since_ms, FOR_EVER_MS)
        if one.severity != "info" and for_operators(one.kind, one.cause)
    ]  # fmt: skip
    return told[-INCIDENTS_MAX:]


def _doctor(unit: Path) -> object:
    from services.cli.unit.doctor import examine

    return [asdict(found) for found in asyncio.run(examine(unit))]


def _capture(path: Path) -> Callable[[], object]:
    """Raises ConfigError at once for one that holds somebody's heartbeat."""
    from device_adapters import capture

    if capture.read(path).header.kind != "treadmill":
        raise ConfigError(f"{path}: not of a treadmill: it may hold somebody's heartbeat, and stays here")
    return lambda: path.read_text(encoding="utf-8")
