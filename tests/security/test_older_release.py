"""An older release on a database that a newer one has migrated: members are away and it is said why; Stop works."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest
from console_rig import rig, still
from session_floor import SITE, FloorDesk, SessionFloor
from typer.testing import CliRunner
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.config import HubConfig
from device_adapters.errors import StorageError
from services.cli.main import app
from services.members.database import open_engine
from services.members.opening import open_members
from services.session.journal import Journal
from services.session.service import SessionService


def from_the_future(members: Path) -> None:
    """As after an update, and then the older release again."""
    if not members.exists():
        open_engine(f"sqlite:///{members}").dispose()
    with closing(sqlite3.connect(members)) as db, db:
        assert db.execute("UPDATE alembic_version SET version_num = 'm9999'").rowcount == 1


def test_the_store_says_why_it_is_away_and_what_to_do(tmp_path: Path) -> None:
    from_the_future(tmp_path / "members.db")
    with pytest.raises(StorageError, match="made by a newer release") as refused:
        open_engine(f"sqlite:///{tmp_path / 'members.db'}")
    assert "backstride restore" in str(refused.value)
    assert "guests train" in str(refused.value)


def test_a_command_says_it_in_a_line(tmp_path: Path) -> None:
    from_the_future(tmp_path / "members.db")
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    result = CliRunner().invoke(app, ["member", "list", "--config", str(config)])
    assert result.exit_code != 0
    assert isinstance(result.exception, StorageError | SystemExit)
    assert "newer release" in f"{result.exception} {result.output}"


async def test_guests_train_and_members_are_refused(tmp_path: Path) -> None:
    from_the_future(tmp_path / "members.db")
    clock, broker = ManualClock(now_ms=50_000), MemoryBroker()
    buses = {name: MemoryBus(broker, client_id=name) for name in ("unit", "desk", "session")}
    floor, desk = SessionFloor(buses["unit"], clock, 1), FloorDesk(buses["desk"])
    members = partial(open_members, HubConfig(data=str(tmp_path)), clock.wall_ms)
    service = SessionService(buses["session"], SITE, clock, Journal(tmp_path / "s.db"), "session-a", members)
    ready = asyncio.Event()
    tasks = [asyncio.create_task(buses[name].run()) for name in ("unit", "desk")]
    tasks += [asyncio.create_task(floor.run()), asyncio.create_task(service.run(ready.set))]
    try:
        async with asyncio.timeout(60):
            await ready.wait()
        for _ in range(12):
            await clock.advance(50)
        assert (await desk.start(member="m-0000aaaa")).cause == "members_unavailable"
        assert (await desk.start()).ok
    finally:
        for task in reversed(tasks):
            task.cancel()
        for _ in range(300):
            await clock.advance(100)
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.broker
async def test_the_console_comes_up_and_stops_belts(tmp_path: Path) -> None:
    async with rig(tmp_path) as site:
        site.gym.belts = {"tm-01": still("tm-01")}
        await site.heard(1)
        await site.console.end()
        from_the_future(tmp_path / "members.db")
        await site.console.start()
        async with httpx.AsyncClient(base_url=site.console.url, timeout=30) as http:
            await until(lambda: "newer release" in site.console.said(), "why nobody can sign in")
            answer = await http.post("/api/treadmills/tm-01/stop")
            assert answer.json()["ok"] is True
            assert (await http.get("/signin")).status_code == 200
        await until(lambda: site.gym.stops == ["tm-01"], seconds=60)
        assert "Traceback" not in site.console.said()
