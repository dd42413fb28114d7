"""`backstride metrics`: lines that the database refused, and minute means of the past."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device_adapters.units import MINUTE_MS
from services.cli.hub_settings import NeededHubFile
from services.cli.times import when

if TYPE_CHECKING:
    from collections.abc import Generator

    from services.metrics.spool import Spool


metrics_app = typer.Typer(no_args_is_help=True, help="Look after the metrics writer.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Lines that the database refused, with its reason.")
metrics_app.add_typer(quarantine_app, name="quarantine")


@quarantine_app.command("list")
def list_(
    config: NeededHubFile,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the oldest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Show the refused lines. Exit code 1 if there are any."""
    with _spool(config) as spool:
        rows = spool.in_quarantine(limit)
        _, count = spool.depth()
    if as_json:
        for row in rows:
            typer.echo(json.dumps({"id": row.id, "at_ms": row.at_ms, "why": row.why, "line": row.line}))
    elif rows:
        from rich.console import Console
        from rich.table import Table

        table = Table("refused at", "why", "line", title=f"{count} refused lines")
        for row in rows:
            table.add_row(when(row.at_ms, seconds=True), row.why, row.line)
        Console().print(table)
        typer.echo("Mend the cause, then send them again with `replay`, or forget them with `drop`.")
    else:
        typer.echo("The database has refused nothing.")
    raise typer.Exit(1 if count else 0)


@quarantine_app.command()
def replay(config: NeededHubFile) -> None:
    """Send all refused lines again; a running metrics service takes them at once."""
    with _spool(config) as spool:
        typer.echo(f"{spool.replay()} lines are on their way again.")


@quarantine_app.command()
def drop(
    config: NeededHubFile,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget all refused lines."""
    with _spool(config) as spool:
        _, count = spool.depth()
        if not yes:
            typer.confirm(f"Forget {count} refused lines for good?", abort=True)
        typer.echo(f"{spool.drop_quarantine()} lines forgotten.")


@metrics_app.command()
def minutes(
    config: NeededHubFile,
    since: Annotated[str, typer.Option(help="From then on, such as 2026-03-31 or 2026-03-31T08:00 (UTC).")],
    until: Annotated[str, typer.Option(help="Until then, not included; default: now.")] = "",
) -> None:
    """Make the minute means of a past time anew, from what the database still has of it."""
    from rich.progress import Progress

    from device_adapters.clock import SystemClock
    from device_adapters.config import HubConfig, load
    from device_adapters.errors import ConfigError
    from services.metrics.history import minutes_of

    settings = load(config, HubConfig)
    if not settings.influx.url:
        raise ConfigError(f"{config}: influx.url is not set; the embedded store has no minute means")
    begin = _minute("--since", since)
    end = _minute("--until", until) if until else SystemClock().wall_ms() // MINUTE_MS
    if begin >= end:
        raise ConfigError(f"--since {since}: is not before the end of what is to be made; see --until")
    maker = minutes_of(settings)
    with Progress() as progress:
        task = progress.add_task("minutes", total=end - begin)
        count = maker.make_all(begin, end, lambda upto, _: progress.update(task, completed=upto - begin))
    typer.echo(f"{count} minute means of {end - begin} minutes are in {settings.influx.url}.")


def _minute(option: str, text: str) -> int:
    """Minutes since 1970. Raises ConfigError."""
    from device_adapters.errors import ConfigError

    try:
        at = datetime.fromisoformat(text)
    except ValueError as e:
        raise ConfigError(f"{option} {text}: no date; write it as 2026-09-04 or 2026-09-04T08:00") from e
    return round(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) // 60


@contextlib.contextmanager
def _spool(config: Path) -> "Generator[Spool]":
    from device_adapters.config import HubConfig, load
    from device_adapters.errors import ConfigError
    from services.metrics.service import spool_path
    from services.metrics.spool import Spool

    settings = load(config, HubConfig)
    path = spool_path(settings)
    if not path.exists():
        raise ConfigError(
            f"{path}: no spool there; it exists where a metrics service with [influx] url has run, under its `data`"
        )
    spool = Spool(path, settings.influx.spool_mb * 1_000_000)
    try:
        yield spool
    finally:
        spool.close()
