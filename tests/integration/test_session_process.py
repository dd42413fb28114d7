"""The session service as a process on a real Mosquitto: ended politely, and killed."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from session_hub import SessionHub, open_hub
from waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SessionHub]:
    async with open_hub(tmp_path) as made:
        yield made


async def test_sigterm_brings_the_belt_to_rest_and_leaves_nothing_unfinished(hub: SessionHub) -> None:
    await hub.serve()
    await hub.running_session()
    assert await hub.end(signal.SIGTERM) == 0, hub.log.read_text()
    unit = hub.floor.units["tm-01"]
    assert (unit.belt.speed_ckmh, unit.state.latched, unit.state.lease.claim) == (0, "", None)
    await until(lambda: hub.desk.phase() == "ended")
    assert hub.desk.view().outcome == "stopped"
    assert hub.journal() == []


async def test_after_a_kill_the_session_is_interrupted_and_not_resumed(hub: SessionHub) -> None:
    await hub.serve()
    await hub.running_session()
    session = hub.desk.view().session
    assert await hub.end(signal.SIGKILL) == -9
    assert hub.journal() == [session]
    commands = len(hub.floor.commands["tm-01"])
    await hub.serve()
    await until(lambda: hub.desk.phase() == "ended")
    assert (hub.desk.view().session, hub.desk.view().outcome) == (session, "interrupted")
    unit = hub.floor.units["tm-01"]
    await until(lambda: unit.state.latched == "lease_expired" and unit.belt.speed_ckmh == 0)
    await until(lambda: hub.journal() == [])
    assert len(hub.floor.commands["tm-01"]) == commands
    assert (await hub.desk.start()).cause == "latched"
    log = hub.log.read_text()
    assert "Traceback" not in log
    assert "Guest" not in log
