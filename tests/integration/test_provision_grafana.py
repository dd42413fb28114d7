"""`backstride provision grafana`, on a stand-in for Grafana's HTTP API."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from aiohttp import web
from grafana_stand_in import ADMIN, VIEWER, FakeGrafana
from influx_world import free_port
from typer.testing import CliRunner, Result

from device_adapters.errors import ConfigError
from services.cli.main import app
from services.provisioning.alerts import ALERTS
from services.provisioning.boards import FOLDERS, boards
from services.provisioning.influxql import data_source

FILES = Path(__file__).parents[2] / "deploy/grafana"
STAFF_BOARDS = {"backstride-member", "backstride-session", "backstride-safety", "backstride-fleet"}


class Command:
    """`provision grafana` in a thread, so that the server may answer."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.config = folder / "hub.toml"
        self.config.write_text(f'data = "{folder}"\n[influx]\nurl = "http://db:8086"\n')
        self.token = folder / "grafana.token"
        self.token.write_text(ADMIN + "\n")
        self.reader = folder / "influx-reader.token"
        self.reader.write_text("may-read\n")

    async def __call__(self, *words: str) -> Result:
        said = ["provision", "grafana", "--config", str(self.config), "--url", self.url,
                "--token-file", str(self.token), *words]  # fmt: skip
        return await asyncio.to_thread(CliRunner().invoke, app, said)

    async def changes(self, *words: str, code: int = 0) -> dict[str, str]:
        result = await self("--json", *words)
        assert result.exit_code == code, (result.output, result.exception)
        return {c["what"]: c["how"] for c in json.loads(result.output)["changes"]}

    async def refusal(self, *words: str) -> str:
        result = await self(*words)
        assert isinstance(result.exception, ConfigError), result
        return str(result.exception)


@pytest.fixture
async def server() -> AsyncIterator[FakeGrafana]:
    made = FakeGrafana()
    await made.open()
    yield made
    await made.close()


async def test_a_fresh_grafana_is_set_up_once(server: FakeGrafana, tmp_path: Path) -> None:
    command = Command(tmp_path, server.url)
    would = await command.changes("--dry-run", code=1)
    assert server.writes == []
    assert await command.changes() == would
    assert set(would.values()) == {"make"}
    done = len(server.writes)
    assert set((await command.changes()).values()) == {"same"}
    assert set((await command.changes("--dry-run")).values()) == {"same"}
    server.rewrites = True
    assert set((await command.changes()).values()) == {"same"}
    assert len(server.writes) == done

    (source,) = server.sources.values()
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token may-read"}
    assert {uid: said[0]["folderUid"] for uid, said in server.boards.items()} == {
        "backstride-floor": "backstride-gym", **dict.fromkeys(STAFF_BOARDS, "backstride")
    }  # fmt: skip
    looks = {
        uid: {p.get("role", "team") for p in folder["permissions"]} for uid, folder in server.folders.items()
    }
    assert looks == {"backstride": {"Editor", "team"}, "backstride-gym": {"Editor", "Viewer"}}
    (group,) = server.groups.values()
    assert [rule["uid"] for rule in group["rules"]] == [alert.uid for alert in ALERTS]
    known = {board.uid for board in boards()}
    assert {item["value"] for playlist in server.playlists.values() for item in playlist["items"]} <= known
    said = (await command()).output
    assert "All is as it should be." in said
    assert all(f"{server.url}/playlists/play/{uid}?kiosk" in said for uid in server.playlists)


async def test_what_is_otherwise_is_mended(server: FakeGrafana, tmp_path: Path) -> None:
    command = Command(tmp_path, server.url)
    await command.changes()
    command.reader.write_text("reader:secret")  # a user of InfluxDB 1
    board = server.boards["backstride-safety"]
    board.insert(
        0, {**board[0], "dashboard": {**board[0]["dashboard"], "title": "Mine"}, "message": "by hand"}
    )
    (group,) = server.groups.values()
    group["rules"][0]["for"] = "1h"
    playlist = next(iter(server.playlists.values()))
    playlist["items"] = []
    server.folders["backstride"]["permissions"] = []
    changed = {what for what, how in (await command.changes()).items() if how == "change"}
    assert changed == {
        "data source Backstride: backstride at http://db:8086", "dashboard Safety", f"{len(ALERTS)} alert rules",
        "playlist Backstride gym TV",
    }  # fmt: skip
    (source,) = server.sources.values()
    assert source["secureJsonData"] == {"httpHeaderValue1": "Basic cmVhZGVyOnNlY3JldA=="}
    assert set((await command.changes()).values()) == {"same"}
    assert server.folders["backstride"]["permissions"] == [], "who may look is the operator's business"


async def test_each_refusal_names_the_setting_and_the_fix(server: FakeGrafana, tmp_path: Path) -> None:
    command = Command(tmp_path, server.url)
    for file_owned, words in (
        ("datasource", "Cannot update read-only data source. Grafana has this from files"),
        ("backstride-fleet", "Cannot save provisioned dashboard. Grafana has this from files"),
        ("alerts", "Grafana has this from files"),
    ):
        server.from_files = {file_owned}
        assert words in await command.refusal()
    server.from_files, server.reads_database = set(), False
    assert "error reading InfluxDB" in await command.refusal()
    command.token.write_text(VIEWER)
    command.reader.write_text("another")
    assert "give its service account the role Admin" in await command.refusal()
    command.token.write_text("wrong")
    assert "--token-file: " in await command.refusal()
    nobody = Command(tmp_path, f"http://127.0.0.1:{free_port()}")
    assert "no answer" in await nobody.refusal()
    nobody.url = "grafana:3000"
    assert "such as http://grafana:3000" in await nobody.refusal()
    async with other_server() as nobody.url:
        assert "is it Grafana's address?" in await nobody.refusal()
    command.config.write_text("")
    assert "influx.url is not set" in await command.refusal()


@contextlib.asynccontextmanager
async def other_server() -> AsyncIterator[str]:
    """A web server of something else."""
    runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def test_files_and_api_set_up_the_same_data_source_and_folders() -> None:
    (by_file,) = yaml.safe_load((FILES / "datasources/backstride.yaml").read_text())["datasources"]
    assert by_file.pop("secureJsonData") == {"httpHeaderValue1": "Token $BACKSTRIDE_INFLUX_TOKEN"}
    assert by_file == data_source("$BACKSTRIDE_INFLUX_URL", "backstride", token=True)
    providers = yaml.safe_load((FILES / "dashboards/backstride.yaml").read_text())["providers"]
    assert [(p["folderUid"], p["folder"]) for p in providers] == [(f.uid, f.title) for f in FOLDERS]
