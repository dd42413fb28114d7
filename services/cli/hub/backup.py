"""`backstride backup` and `backstride restore`: a hub's settings, keys and stores in one file."""

from pathlib import Path

import typer

from services.cli.times import stamp
from services.hub import owners
from services.hub.backup import backup as write
from services.hub.backup import restore as put_back
from services.hub.site import Places

ELSEWHERE = "kept elsewhere, and not in it: members in PostgreSQL, measurements in InfluxDB"


def backup(folder: Path, output: Path | None) -> None:
    """Write a backup of the hub at `folder`."""
    data = Path(Places(folder).site().data)
    target = output or Path(f"backstride-{stamp()}.tar")
    kept = write(folder, data, target)
    typer.echo(
        f"{target}: {kept.files} files, {kept.bytes / 1e6:.1f} MB. It holds keys and members: keep it locked away."
    )
    typer.echo(ELSEWHERE)
    kept.require_whole()


def restore(source: Path, folder: Path, data: Path) -> None:
    """Put a backup back, with the services stopped."""
    kept = put_back(source, folder, data)
    places = Places(folder)
    owners.of_machine(places.services, data, Path(places.site().releases))
    typer.echo(f"restored {kept.files} files to {folder} and {data}; what was there is in *.before-restore")
    typer.echo(
        "next       start the services; whoever was enrolled or revoked since that backup: do it again"
    )
