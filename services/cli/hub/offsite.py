"""`backstride offsite`: backups that leave the hub, and come back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.hub.site import DEFAULT, Folder

if TYPE_CHECKING:
    from device_adapters.contract.messages import BackupStatus
    from services.hub.site import Places

offsite_app = typer.Typer(
    no_args_is_help=True, help="Backups that leave the hub: [backup] in site.toml says where to."
)


@offsite_app.command()
def send(
    folder: Folder = DEFAULT,
    new: Annotated[
        bool, typer.Option("--new", help="Begin anew where no backups are: another disk or place.")
    ] = False,
) -> None:
    """Make a backup and send it; a timer does so each night. Where nothing is set up, nothing is done."""
    from msgspec.structs import replace

    from services.hub.offsite import Offsite
    from services.hub.site import Places

    places = Places(folder)
    if not _asked_for(places):
        return
    kept, known = [], _known(places)

    def run() -> None:
        kept.append(Offsite(places).send(first=new or not known.sent_at_ms))

    fault, now_ms = _fault(run), _now_ms()
    sent = {} if fault else {"sent_at_ms": now_ms, "bytes": kept[0].bytes}
    _tell(places, replace(known, fault=fault, **sent))
    _end(fault, f"sent: {kept[0].files} files, {kept[0].bytes / 1e6:.1f} MB" if kept else "")


@offsite_app.command(name="try")
def try_out(folder: Folder = DEFAULT) -> None:
    """Fetch the newest, unpack it in a scratch folder and look at every file and store; a timer does so each week."""
    from msgspec.structs import replace

    from services.hub.offsite import Offsite
    from services.hub.site import Places

    places = Places(folder)
    if not _asked_for(places):
        return
    kept, known = [], _known(places)

    def run() -> None:
        kept.append(Offsite(places).try_out())

    fault, now_ms = _fault(run), _now_ms()
    _tell(places, replace(known, trial_fault=fault, tried_at_ms=known.tried_at_ms if fault else now_ms))
    _end(fault, f"restored for a trial: {kept[0].files} files, all whole" if kept else "")


@offsite_app.command()
def fetch(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write, for backstride restore.")
    ],
    folder: Folder = DEFAULT,
) -> None:
    """Bring the newest back as one file: keys and members are in it."""
    from services.hub.offsite import Offsite
    from services.hub.site import Places

    Offsite(Places(folder)).fetch(output)
    typer.echo(
        f"{output}: keep it locked away; next: sudo backstride restore {output}, with the services stopped"
    )


def _asked_for(places: "Places") -> bool:
    if places.site().backup.to:
        return True
    typer.echo(
        f'no backups leave this hub: to = "..." under [backup] in {places.settings}, then backstride hub init'
    )
    return False


def _fault(run: Callable[[], None]) -> str:
    from device_adapters.errors import BackstrideError

    try:
        run()
    except BackstrideError as e:
        return f"{e.code}: {e}"
    return ""


def _end(fault: str, said: str) -> None:
    typer.echo(f"error {fault}" if fault else said, err=bool(fault))
    raise typer.Exit(1 if fault else 0)


def _now_ms() -> int:
    from device_adapters.clock import SystemClock

    return SystemClock().wall_ms()


def _state(places: "Places") -> Path:
    return Path(places.site().backup.work) / "status.json"


def _known(places: "Places") -> "BackupStatus":
    """What was last said; the beginning of all where nothing was."""
    from device_adapters.contract import registry
    from device_adapters.contract.messages import BackupStatus
    from device_adapters.errors import MessageError
    from services.hub.offsite import Offsite

    try:
        return registry.BACKUP_STATUS.decode(_state(places).read_bytes())
    except (OSError, MessageError):
        now_ms = _now_ms()
        return BackupStatus(at_ms=now_ms, to=Offsite(places).way, since_ms=now_ms)


def _tell(places: "Places", said: "BackupStatus") -> None:
    """Tell console and alerts, if the broker is there, and keep it for the next time, if the disk takes it."""
    import asyncio

    from msgspec.structs import replace

    from device_adapters.config import HubConfig, load
    from device_adapters.contract import registry
    from device_adapters.errors import BusError
    from services import logs
    from services.cli.hub_line import Hub, line

    logs.configure("critical")
    said = replace(said, at_ms=_now_ms())

    async def publish() -> None:
        settings = load(places.services / "hub.toml", HubConfig)
        async with line(Hub(settings.broker, settings.site), lambda _site, _client: None) as site:
            await site.publish(registry.BACKUP_STATUS, said)

    try:
        asyncio.run(publish())
    except (TimeoutError, BusError) as e:
        typer.echo(
            f"the broker is not reached ({str(e) or 'no answer'}): the operator page is not told", err=True
        )
    finally:
        _keep(places, said)


def _keep(places: "Places", said: "BackupStatus") -> None:
    from device_adapters.contract import registry
    from services.hub.files import NotWrittenError, write

    try:
        write(_state(places), registry.BACKUP_STATUS.encode(said))
    except NotWrittenError as e:
        typer.echo(f"not kept for the next time: {e}", err=True)
