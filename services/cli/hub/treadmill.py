"""`backstride treadmill`: what a treadmill is called."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.hub.site import DEFAULT, Folder
from services.cli.hub_settings import HubFile

treadmill_app = typer.Typer(no_args_is_help=True, help="What a treadmill is called.")


@treadmill_app.callback()
def _several() -> None:
    """More than one command is to come: this keeps `rename` a word of its own."""


@treadmill_app.command()
def rename(
    old: Annotated[str, typer.Argument(help="Its id now, such as tm-01.")],
    new: Annotated[str, typer.Argument(help="Its new id.")],
    unit_config: Annotated[
        Path | None, typer.Option(help="On the unit: its settings, unit.toml. Without it: on the hub.")
    ] = None,
    config: HubFile = None,
    broker: Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")] = "",
    site: Annotated[str, typer.Option(help="Default: that of --config.")] = "",
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for the unit.")] = 900,
    folder: Folder = DEFAULT,
) -> None:
    """Give a treadmill another id: first on the hub, which then waits, then on its unit.

    The hub gives the unit its rights, waits until it is back with the new id, and takes back what was kept of the old
    one. What was stored stays under the old id and is found by the new one. Each side may be run again.
    """
    from services.hub.rename_unit import checked_id, rename_in_unit

    checked_id(new)
    if unit_config is not None:
        rename_in_unit(unit_config, old, new)
        typer.echo(f"{old} is {new} in {unit_config}")
        typer.echo("next       sudo systemctl restart backstride-unit")
        return
    from device_adapters.clock import SystemClock
    from services.cli.hub.rename import Renaming
    from services.cli.hub_line import Hub
    from services.cli.hub_settings import hub_settings
    from services.hub.office import Office
    from services.hub.site import Places

    places, clock = Places(folder), SystemClock()
    office = Office(places, clock) if places.register.exists() else None
    data = hub_settings(config).data if config or office is None else places.site().data
    Renaming(
        hub=Hub.of(config, broker, site), data=Path(data), office=office, clock=clock, old=old, new=new, wait_s=wait
    ).run(typer.echo)  # fmt: skip
    typer.echo(f"{old} is {new} now")
