"""`backstride diary`: booking systems whose appointments stand in Today and on members' pages."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.hub_settings import HubFile, named_hub

diary_app = typer.Typer(no_args_is_help=True, help="Appointments of booking systems, by iCalendar.")


@diary_app.command()
def add(config: HubFile = None) -> None:
    """On the hub: one more feed. Its https address or file is asked for, or read from standard input: it is a secret.

    It is read once before it is kept.
    """
    from device_adapters.clock import SystemClock
    from services.console.diary import sources
    from services.console.diary.bookings import bookings
    from services.console.diary.fetch import BookingFetch

    data = Path(named_hub(config).data)
    known = sources.read(data)
    new = sources.source(_asked(), len(known) + 1)
    read = bookings(BookingFetch().content(new), SystemClock().wall_ms(), None)
    path = sources.write(data, (*known, new))
    typer.echo(
        f"{new.name}: {len(read.bookings)} appointments ahead, {read.left_out} left out; added to {path}"
    )
    typer.echo("The console reads it anew each 15 minutes.")


@diary_app.command(name="list")
def list_(config: HubFile = None) -> None:
    """On the hub: the feeds, by number and host; their addresses stay secret."""
    from services.console.diary import sources

    for one in sources.read(Path(named_hub(config).data)):
        typer.echo(one.name)


@diary_app.command()
def remove(
    number: Annotated[int, typer.Argument(min=1, help="As backstride diary list shows it.")],
    config: HubFile = None,
) -> None:
    """On the hub: read this one no more."""
    from device_adapters.errors import ConfigError
    from services.console.diary import sources

    data = Path(named_hub(config).data)
    known = sources.read(data)
    if number > len(known):
        raise ConfigError(f"there is no number {number}; backstride diary list shows them")
    sources.write(data, (*known[: number - 1], *known[number:]))
    typer.echo("removed")


def _asked() -> str:
    if sys.stdin.isatty():
        given: str = typer.prompt(
            "Address, such as https://booking.example/feed.ics", hide_input=True, err=True
        )
        return given.strip()
    return sys.stdin.readline().strip()
