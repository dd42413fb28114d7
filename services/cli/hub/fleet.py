"""`backstride fleet`: all units of a site."""

from typing import Annotated, Literal

import typer

from services.cli.hub_settings import HubFile

fleet_app = typer.Typer(no_args_is_help=True, help="All units of a site.")


@fleet_app.command()
def status(
    config: HubFile = None,
    broker: Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")] = "",
    site: Annotated[str, typer.Option(help="Default: that of --config.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Show each unit: version, links, what waits, certificate. Exit code 1 if anything is wrong, 3 without a broker."""
    from services.cli.hub.fleet_status import show_status

    show_status(config, broker, site, json=json)


@fleet_app.command()
def forget(
    kind: Annotated[Literal["unit", "treadmill", "strap", "store"], typer.Argument(help="What it is.")],
    name: Annotated[str, typer.Argument(help="Its id.")],
    config: HubFile = None,
    broker: Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")] = "",
    site: Annotated[str, typer.Option(help="Default: that of --config.")] = "",
) -> None:
    """Take back what the broker keeps of something that is gone: renamed, sold, replaced. What lives is refused."""
    from services.cli.hub.forget import forget as take_back
    from services.cli.hub_line import Hub

    count = take_back(Hub.of(config, broker, site), kind, name)
    typer.echo(f"{kind} {name}: forgotten ({count} topics)")
