"""`backstride session ...` and `sessions` as processes, on a real broker and a session service of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rest_rig import open_store
from session_hub import SessionHub, open_hub
from waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SessionHub]:
    async with open_hub(tmp_path) as made:
        await made.serve()
        with open_store(made.data):
            pass  # a hub has one: whoever is named is named there
        yield made


async def run(hub: SessionHub, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "BACKSTRIDE_CONFIG": str(hub.config), "COLUMNS": "200"},
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def session(hub: SessionHub, *arguments: str) -> tuple[int, str]:
    return await run(hub, "session", *arguments)


async def started(hub: SessionHub, *more: str) -> dict[str, Any]:
    """The answer to a start; the service may not have heard of the floor yet."""
    words = (
        "start",
        "--treadmill",
        "tm-01",
        "--goal",
        "mobility",
        "--spotter",
        "--by",
        "Anna",
        "--json",
        "--screened",
        *more,
    )
    for _ in range(20):
        code, out = await session(hub, *words)
        if code == 0:
            break
    answer: dict[str, Any] = json.loads(out)
    assert answer["ok"], out
    return answer


async def test_a_session_from_a_terminal(hub: SessionHub) -> None:
    answer = await started(hub, "--alias", "Guest 1", "--countdown", "0")
    await until(lambda: hub.desk.phase() == "running")
    watching = asyncio.create_task(session(hub, "watch", "tm-01"))
    await until(lambda: hub.floor.units["tm-01"].belt.speed_ckmh == 100)
    assert (await session(hub, "slower", "tm-01"))[0] == 0
    code, out = await session(hub, "done", "tm-01")
    assert (code, "not_staff_ended" in out) == (1, True)
    assert (await session(hub, "skip", "tm-01", "--by", "Kim"))[0] == 0
    assert (await session(hub, "note", "tm-01", "stumbled", "--near-miss"))[0] == 0
    assert (await session(hub, "pause", "tm-01"))[0] == 0
    await until(lambda: hub.desk.phase() == "paused")
    assert (await session(hub, "stop", "tm-01"))[0] == 0
    code, out = await watching
    assert code == 0, out
    assert "tm-01: ended, stopped" in out
    assert '"Now' in out or '"Lift the foot' in out

    code, out = await run(hub, "sessions", "--json")
    (listed,) = json.loads(out)
    assert (code, listed["session"], listed["end"]["outcome"]) == (0, answer["session"], "stopped")
    code, out = await session(hub, "show", answer["session"])
    assert code == 0
    assert "Retro walk, 5 min (mobility novice)" in out
    assert "member -, started by command line" in out
    with open_store(hub.data) as store:
        named = {(line.member, line.by, line.what) for line in store.audit()}
    assert {("tm-01", "Anna", "asked start"), ("tm-01", "Kim", "asked skip")} <= named
    assert not any(name in repr(hub.desk.events) for name in ("Anna", "Kim"))
    assert "skipped" in out
    assert "near_miss" in out
    assert "Guest" not in out, "names and aliases stay out of the journal"
    code, out = await session(hub, "show", answer["session"], "--json")
    shown = json.loads(out)
    assert [lap["ending"] for lap in shown["end"]["laps"]] == ["skipped", "stopped"]
    assert len(shown["start"]["plan"]) == 5
    assert {"slower", "near_miss", "session_step"} <= {event["kind"] for event in shown["events"]}


async def test_a_countdown_is_called_off_from_a_terminal(hub: SessionHub) -> None:
    with open_store(hub.data):
        pass  # else standard error says that names are kept nowhere
    await started(hub, "--countdown", "60")
    assert (await session(hub, "stop", "tm-01"))[0] == 0
    await until(lambda: hub.desk.phase() == "ended")
    assert hub.floor.commands["tm-01"] == []
    await started(hub, "--countdown", "60")


async def test_exit_codes_tell_refused_wrong_and_unanswered_apart(hub: SessionHub) -> None:
    code, out = await session(hub, "start", "--treadmill", "tm-09", "--goal", "athletic", "--screened")
    assert (code, "refused (unknown_treadmill)" in out) == (1, True), out
    code, out = await session(hub, "pause", "tm-01", "--json")
    assert (code, json.loads(out)["cause"]) == (1, "no_session")
    code, out = await session(hub, "start", "--treadmill", "tm-01", "--goal", "mobility", "--member", "m-7")
    assert (code, "unknown_member" in out) == (1, True), out
    code, out = await session(hub, "start", "--treadmill", "TM 1", "--goal", "mobility")
    assert (code, "$.treadmill" in out) == (2, True), out
    assert (await session(hub, "watch", "tm-01"))[0] == 1
    assert (await session(hub, "show", "s-none"))[0] == 1
    assert (await run(hub, "sessions", "--data", str(hub.data / "nowhere")))[0] == 2
    code, out = await session(hub, "stop", "tm-01", "--broker", "mqtt://127.0.0.1:1")
    assert (code, "backstride stop tm-01" in out) == (3, True), out


async def test_the_list_is_empty_before_the_first_session(hub: SessionHub) -> None:
    assert await run(hub, "sessions") == (0, "No session today.\n")
    assert await run(hub, "sessions", "--json") == (0, "[]\n")


async def test_help_tells_the_exit_codes(hub: SessionHub) -> None:
    for command in ("start", "watch", "slower", "show"):
        code, out = await session(hub, command, "--help")
        assert code == 0
        assert "Exit codes: 0 done; 1 refused" in " ".join(out.split())
