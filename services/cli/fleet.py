"""`backstride fleet`: all units of a site."""

from typing import Annotated

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
    from services.cli.fleet_status import show_status

    show_status(config, broker, site, json=json)
