"""`backstride alerts`: whose phones are told what needs somebody."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.hub.site import DEFAULT, Folder
from services.cli.hub_settings import HubFile

alerts_app = typer.Typer(
    no_args_is_help=True, help="Tell phones what needs somebody: ntfy, e-mail, webhooks, …"
)


@alerts_app.command()
def add(folder: Folder = DEFAULT) -> None:
    """On the hub: one more address to tell. It is asked for, or read from standard input: it holds secrets."""
    from services.alerts import targets

    address = _asked()
    path = _file(folder)
    known = list(targets.addresses(path)) if path.exists() else []
    made = targets.target(address, len(known) + 1)
    _write(folder, path, [*known, address])
    typer.echo(f"{made.name}: added to {path}")
    typer.echo("next       sudo systemctl restart backstride-alerts, then backstride alerts test")


@alerts_app.command(name="list")
def list_(folder: Folder = DEFAULT) -> None:
    """On the hub: who is told, by number and kind; the addresses stay secret."""
    from services.alerts import targets

    path = _file(folder)
    for each in targets.read(path) if path.exists() else ():
        typer.echo(each.name)


@alerts_app.command()
def remove(
    number: Annotated[int, typer.Argument(min=1, help="As backstride alerts list shows it.")],
    folder: Folder = DEFAULT,
) -> None:
    """On the hub: tell this one no more."""
    from device_adapters.errors import ConfigError
    from services.alerts import targets

    path = _file(folder)
    known = list(targets.addresses(path))
    if number > len(known):
        raise ConfigError(f"there is no number {number}; backstride alerts list shows them")
    _write(folder, path, [*known[: number - 1], *known[number:]])
    typer.echo("removed; next: sudo systemctl restart backstride-alerts")


@alerts_app.command(name="test")
def send_test(
    config: HubFile = None,
    broker: Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")] = "",
    site: Annotated[str, typer.Option(help="Default: that of --config.")] = "",
) -> None:
    """Have the running service send a test to everybody. Exit code 1 if somebody did not take it, 3 without answer."""
    import asyncio

    from device_adapters.bus.site import SiteBus
    from device_adapters.contract.messages import AlertsTested
    from device_adapters.errors import BusError
    from services import logs
    from services.alerts_client import AlertsClient
    from services.cli.hub_line import REACH_S, Hub, line

    logs.configure("critical")
    hub, clients = Hub.of(config, broker, site), list[AlertsClient]()

    def listen(at: SiteBus, _client: str) -> None:
        clients.append(AlertsClient(at))

    async def ask() -> AlertsTested | None:
        async with line(hub, listen):
            there = await clients[0].heard(REACH_S)
            return await clients[0].test() if there is not None and there.online else None

    try:
        said = asyncio.run(ask())
    except (TimeoutError, BusError):
        said = None
    if said is None:
        typer.echo(
            f"no answer from the alert service over {hub.broker.url}, site {hub.site!r}: systemctl status "
            "backstride-alerts on the hub",
            err=True,
        )
        raise typer.Exit(3)
    typer.echo(f"taken by {said.taken} of {said.taken + len(said.failing)}")
    for name in said.failing:
        typer.echo(f"not taken by {name}: see its address and that server", err=True)
    raise typer.Exit(1 if said.failing else 0)


def _asked() -> str:
    if sys.stdin.isatty():
        given: str = typer.prompt("Address, such as ntfys://ntfy.example/topic", hide_input=True, err=True)
        return given.strip()
    return sys.stdin.readline().strip()


def _file(folder: Path) -> Path:
    from services.hub.setup import targets_file
    from services.hub.site import Places

    places = Places(folder)
    return targets_file(places, places.site())


def _write(folder: Path, path: Path, addresses: list[str]) -> None:
    from device_adapters.errors import ConfigError
    from services.alerts.targets import HEAD
    from services.hub import owners
    from services.hub.files import SHARED, write
    from services.hub.site import Places
    from services.hub.users import installed

    try:
        write(path, (HEAD + "".join(f"{each}\n" for each in addresses)).encode(), SHARED)
        if folder == DEFAULT and installed():
            owners.settle_settings(Places(folder).services)
    except PermissionError as e:
        raise ConfigError(f"{e.filename}: not allowed; run it with sudo") from e
