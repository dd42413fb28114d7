"""`backstride seed`: fill the site's stores with an invented past, to see dashboards and pages by."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import random

from rich.progress import Progress

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.errors import ConfigError, StorageError
from services.cli.hub_settings import hub_settings
from services.cli.stores.seed_members import enter
from services.metrics.history import minutes_of
from services.metrics.influx_extra import required
from services.metrics.known_store import known
from services.metrics.minute_maker import MinuteMaker
from services.metrics.shipper import Shipper
from services.metrics.sinks import Sink
from services.metrics.spool import Spool
from services.metrics.sqlite import SqliteSink
from services.provisioning.history import day
from services.provisioning.visits import SeededGym
from services.store_folder import measured_store, store_folder

LOOK_S = 0.2


def seed(config: Path | None, *, weeks: int, members: int, seed: int, until: str, people: bool) -> int:
    """Write the past of `weeks` up to midnight UTC of `until` (YYYY-MM-DD, '' for today). Raises ConfigError.

    `people`: into the members store too. Raises StorageError.
    """
    settings = hub_settings(config)
    gym = SeededGym(end_ms=_midnight_ms(until), days=weeks * 7, members=members, seed=seed)
    with Progress() as progress:
        if settings.influx.url:
            required()
            path = store_folder(Path(settings.data)) / "spool-seed.db"
            with closing(Spool(path, settings.influx.spool_mb * 1_000_000)) as spool:
                _fill(spool, gym, progress)
                refused, too_old = asyncio.run(_ship(settings, spool, progress))
            if too_old:
                progress.console.print(f"{too_old} points are older than the database keeps: left out.")
            if refused:
                progress.console.print(f"The database refused {refused} lines; they are in {path}.")
                return 1
        else:
            with closing(SqliteSink(measured_store(Path(settings.data)))) as store:
                _fill(store, gym, progress)
        if people:
            count, there = enter(settings, gym)
            progress.console.print(f"{count} members, {there} of them known to be there already.")
    return 0


def _midnight_ms(until: str) -> int:
    try:
        date = datetime.fromisoformat(until).date() if until else datetime.now(UTC).date()
    except ValueError as e:
        raise ConfigError(f"--until {until}: not a date; write it as 2026-03-31") from e
    return round(datetime(date.year, date.month, date.day, tzinfo=UTC).timestamp() * 1000)


def _fill(sink: Sink, gym: SeededGym, progress: Progress) -> None:
    task = progress.add_task(f"{gym.days} days of {gym.members} members", total=gym.days)
    points = there = 0
    for nth in range(gym.days):
        batch = list(day(gym, nth))
        batch.sort(key=lambda point: point.measurement.name)
        there += sink.write(batch)
        points += len(batch)
        progress.advance(task)
    progress.console.print(f"{points} points, {there} of them known to be there already.")


async def _ship(settings: HubConfig, spool: Spool, progress: Progress) -> tuple[int, int]:
    """Send what the spool holds, and make its minutes; returns how many lines were refused, and how many too old.

    Ctrl-C leaves the rest for the next call.
    """
    from services.metrics.influx import open_influx, token_of

    task = progress.add_task(f"to {settings.influx.url}", total=spool.depth()[0])
    try:
        async with open_influx(settings.influx, token_of(settings.influx)) as post:
            shipper = Shipper(spool, known(settings.influx, post), SystemClock(), random)
            shipping = asyncio.create_task(shipper.run())
            while spool.depth()[0]:
                progress.update(
                    task, completed=shipper.shipped, description=shipper.failing[:60] or "shipping"
                )
                await asyncio.sleep(LOOK_S)
            progress.update(task, completed=shipper.shipped)
            shipping.cancel()
        await _minutes(settings, spool, progress)
        return spool.depth()[1], shipper.too_old
    finally:
        spool.close()


async def _minutes(settings: HubConfig, spool: Spool, progress: Progress) -> None:
    """The past has minute means too, where the database has a place for them."""
    from services.metrics import store_kind

    kind = await asyncio.to_thread(store_kind.ask, settings.influx.url)
    if kind is None or not kind.forgets:
        return
    try:
        count = await MinuteMaker(spool, minutes_of(settings), SystemClock()).make_due(quiet_ms=0)
    except StorageError as e:
        progress.console.print(f"No minute means: {e}. See `backstride provision influx`, then seed again.")
    else:
        progress.console.print(f"{count} minute means.")
