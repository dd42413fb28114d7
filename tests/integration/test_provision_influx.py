"""`backstride provision influx`: on a real InfluxDB 1.6.7, and on a stand-in for the API of InfluxDB 2."""

import asyncio
import copy
import errno
import io
import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from influx2_stand_in import OPERATOR, Influx2
from influx_world import InfluxWorld, needs_influxdb
from ports import free_port
from typer.testing import CliRunner, Result

from device_adapters.config import HubConfig, load
from device_adapters.errors import ConfigError
from services.cli.main import app
from services.metrics import history


class InfluxCommand:
    """`provision influx` with settings in `folder`, in a thread, so that the server may answer."""

    def __init__(self, folder: Path, url: str, more: str = "") -> None:
        self.folder = folder
        self.config = folder / "hub.toml"
        self.config.write_text(f'data = "{folder}"\n[influx]\nurl = "{url}"\n{more}')
        self.admin = folder / "admin.token"
        self.admin.write_text(OPERATOR + "\n")

    async def __call__(self, *words: str) -> Result:
        said = ["provision", "influx", "--config", str(self.config), *words]
        return await asyncio.to_thread(CliRunner().invoke, app, said)

    async def changes(self, *words: str, code: int) -> list[tuple[str, str]]:
        """What it did or would do: how, and which kind of thing."""
        result = await self("--json", *words)
        assert result.exit_code == code, (result.output, result.exception)
        return [(c["how"], c["what"].split(":")[0]) for c in json.loads(result.output)["changes"]]

    async def refusal(self, *words: str) -> str:
        result = await self(*words)
        assert isinstance(result.exception, ConfigError), result
        return str(result.exception)


@pytest.fixture
async def server() -> AsyncIterator[Influx2]:
    made = Influx2()
    await made.open()
    yield made
    await made.close()


def hows(changes: list[tuple[str, str]]) -> set[str]:
    return {how for how, _ in changes}


async def test_a_fresh_influxdb_2_is_set_up_once(server: Influx2, tmp_path: Path) -> None:
    command = InfluxCommand(tmp_path, server.url)
    words = ("--admin-token-file", str(command.admin))
    would = await command.changes(*words, "--dry-run", code=1)
    assert server.writes == []
    assert await command.changes(*words, code=0) == would
    assert hows(would) == {"make"}
    done = len(server.writes)
    assert hows(await command.changes(*words, code=0)) == {"same"}
    assert hows(await command.changes(*words, "--dry-run", code=0)) == {"same"}
    assert len(server.writes) == done

    raw, minutes = server.named("buckets", "backstride"), server.named("buckets", "backstride_1m")
    assert [rule["everySeconds"] for rule in raw["retentionRules"]] == [90 * 86_400]
    assert [rule["everySeconds"] for rule in minutes["retentionRules"]] == [730 * 86_400]
    names = {
        (m["database"], m["retention_policy"], m["bucketID"], m["default"])
        for m in server.things["dbrps"].values()
    }
    assert names == {("backstride", "autogen", raw["id"], True), ("backstride", "1m", minutes["id"], False)}
    made = server.things["authorizations"]
    rights = {
        text: {(p["action"], p["resource"]["type"], p["resource"]["id"]) for p in made[id_]["permissions"]}
        for text, id_ in server.tokens.items()
    }
    whose = ("writer", "reader", "keeper", "minutes")
    writer, reader, keeper, means = (tmp_path / f"influx-{who}.token" for who in whose)
    assert rights[writer.read_text().strip()] == {("write", "buckets", raw["id"])}
    assert rights[reader.read_text().strip()] == {
        ("read", "buckets", raw["id"]),
        ("read", "buckets", minutes["id"]),
    }
    assert rights[keeper.read_text().strip()] == {
        (action, "buckets", bucket["id"]) for action in ("read", "write") for bucket in (raw, minutes)
    }
    assert rights[means.read_text().strip()] == {
        ("read", "buckets", raw["id"]),
        ("write", "buckets", minutes["id"]),
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in (writer, reader, keeper, means)} == {0o600}
    settings = load(command.config, HubConfig)
    for name, file in (
        (history.READER_FILE, reader),
        (history.KEEPER_FILE, keeper),
        (history.MINUTES_FILE, means),
    ):
        assert history.token_made_for(settings, name) == file.read_text().strip(), (
            "the hub finds what was made for it"
        )
    assert "InfluxDB counts deleting as writing" in (await command(*words)).output


async def test_what_is_otherwise_is_mended(server: Influx2, tmp_path: Path) -> None:
    command = InfluxCommand(tmp_path, server.url)
    words = ("--admin-token-file", str(command.admin))
    await command.changes(*words, code=0)
    server.named("buckets", "backstride")["retentionRules"] = []
    next(iter(server.things["dbrps"].values()))["default"] = False
    writer = tmp_path / "influx-writer.token"
    old = writer.read_text()
    writer.unlink()

    before = len(server.writes)
    assert "deletes what is older than 90 days" in await command.refusal(*words)
    assert len(server.writes) == before
    changed = await command.changes(*words, "--yes", code=0)
    assert [what.split(" ")[0] for how, what in changed if how == "change"] == [
        "bucket",
        "InfluxQL",
        "token",
    ]
    assert hows(await command.changes(*words, code=0)) == {"same"}
    assert writer.read_text() != old
    assert old.strip() not in server.tokens

    (mine,) = (a for a in server.things["authorizations"].values() if "writer" in a["description"])
    mine["permissions"].append({"action": "read", "resource": {"type": "orgs", "orgID": mine["orgID"]}})
    assert [how for how, _ in await command.changes(*words, code=0)].count("change") == 1
    (mapping, *_) = server.things["dbrps"].values()
    mapping["bucketID"] = "0123456789abcdef"
    assert "is taken by the bucket with the id 0123456789abcdef" in await command.refusal(*words)


async def test_a_full_disk_leaves_the_token_that_is_in_use(
    server: Influx2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = InfluxCommand(tmp_path, server.url)
    words = ("--admin-token-file", str(command.admin))
    await command.changes(*words, code=0)
    writer = tmp_path / "influx-writer.token"
    used, files = writer.read_text(), sorted(tmp_path.iterdir())
    (mine,) = (a for a in server.things["authorizations"].values() if "writer" in a["description"])
    mine["permissions"].append({"action": "read", "resource": {"type": "orgs", "orgID": mine["orgID"]}})
    monkeypatch.setattr(os, "fdopen", lambda handle, *_, **__: FullDisk(handle, "wb"))
    assert "No space left on device; a token can only be read once" in await command.refusal(*words)
    assert writer.read_text() == used
    assert used.strip() in server.tokens
    assert sorted(tmp_path.iterdir()) == files, "and no half of one lies about"


class FullDisk(io.FileIO):
    """A file on a disk without room."""

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_each_refusal_names_the_setting_and_the_fix(server: Influx2, tmp_path: Path) -> None:
    command = InfluxCommand(tmp_path, server.url)
    words = ("--admin-token-file", str(command.admin))
    assert "all-access" in await command.refusal()  # no token
    command.admin.write_text("wrong")
    assert "--admin-token-file: http://127.0.0.1" in await command.refusal(*words)
    command.admin.write_text(OPERATOR)
    server.lacks = {"write:orgs"}
    assert "lacks the right write:orgs" in await command.refusal(*words)
    server.lacks, server.allowed = set(), True
    assert "influx setup" in await command.refusal(*words)
    server.allowed = False
    (tmp_path / "influx-reader.token").mkdir()
    assert "influx-reader.token: Is a directory" in await command.refusal(*words)
    assert len(server.things["authorizations"]) == 1, "a token that could not be kept is not left behind"
    assert "--admin-token-file /nowhere: No such file" in await command.refusal(
        "--admin-token-file", "/nowhere"
    )
    nobody = InfluxCommand(tmp_path, f"http://127.0.0.1:{free_port()}")
    assert "no answer" in await nobody.refusal()
    assert "such as http://db:8086" in await InfluxCommand(tmp_path, "db:8086").refusal()
    assert "influx.url is not set" in await InfluxCommand(tmp_path, "").refusal()


OLD_TASK = """import "date"

option task = {name: "backstride_1m", every: 5m, offset: 10s}

from(bucket: "%s")
  |> range(start: date.truncate(t: -1h, unit: 1m), stop: date.truncate(t: now(), unit: 1m))
"""


async def test_a_second_site_takes_nothing_from_the_first(server: Influx2, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = InfluxCommand(tmp_path / "first", server.url)
    second = InfluxCommand(tmp_path / "second", server.url, 'bucket = "second"\n')
    words = ("--admin-token-file", str(first.admin))
    await first.changes(*words, code=0)
    (org,) = server.things["orgs"]
    earlier = server.born("tasks", {"orgID": org, "flux": OLD_TASK % "backstride"})
    before = copy.deepcopy(server.things)
    told = await second.changes(*words, code=0)
    assert [how for how, what in told if not what.startswith("organisation")] == ["make"] * 8
    for kind, things in before.items():
        assert {id_: server.things[kind][id_] for id_ in things} == things, kind
    assert (await first.changes(*words, code=0)).count(("change", "task backstride_1m")) == 1, (
        "its own former task"
    )
    assert earlier["id"] not in server.things["tasks"]
    for site in (first, second):
        assert hows(await site.changes(*words, code=0)) == {"same"}
    mine, theirs = (site.folder / "influx-reader.token" for site in (first, second))
    mine.write_text(theirs.read_text())
    assert ("change", f"token 'Backstride reader of backstride' in {mine}") in await first.changes(
        *words, code=0
    )


@pytest.mark.parametrize("who", ["writer", "reader", "keeper", "minutes"])
@pytest.mark.parametrize("text", ["any text", "", OPERATOR])
async def test_a_token_that_is_not_the_one_is_found_out_by_trying_it(
    server: Influx2, tmp_path: Path, who: str, text: str
) -> None:
    command = InfluxCommand(tmp_path, server.url)
    words = ("--admin-token-file", str(command.admin))
    await command.changes(*words, code=0)
    file = tmp_path / f"influx-{who}.token"
    file.write_text(text)
    said = [what for how, what in await command.changes(*words, "--dry-run", code=1) if how == "change"]
    assert said == [f"token 'Backstride {who} of backstride' in {file}"]
    await command.changes(*words, code=0)
    assert server.tokens[file.read_text().strip()]
    assert hows(await command.changes(*words, code=0)) == {"same"}


@needs_influxdb
@pytest.mark.timeout(300)
async def test_a_real_influxdb_1_is_set_up_once_and_rid_of_the_queries_of_an_earlier_version(
    tmp_path: Path,
) -> None:
    world = InfluxWorld(tmp_path / "influx")
    await world.open()
    try:
        command = InfluxCommand(tmp_path, world.database_url)
        assert "deletes what is older than 90 days" in await command.refusal()  # kept for ever until now
        would = await command.changes("--dry-run", code=1)
        assert await command.changes("--yes", code=0) == would
        assert hows(await command.changes("--dry-run", code=0)) == {"same"}
        assert hows(await command.changes(code=0)) == {"same"}
        (tmp_path / "other").mkdir()
        fresh = InfluxCommand(tmp_path / "other", world.database_url, 'bucket = "other gym/raw"\n')
        would = await fresh.changes("--dry-run", code=1)
        assert await fresh.changes(code=0) == would
        assert hows(await fresh.changes(code=0)) == {"same"}
        await world.query(
            'CREATE CONTINUOUS QUERY "backstride_1m_unit" ON "backstride" BEGIN SELECT max("x") INTO "y" FROM "z" '
            "GROUP BY time(1m) END",
            post=True,
        )
        assert ("change", "continuous query backstride_1m_unit of backstride") in await command.changes(
            code=0
        )
        assert hows(await command.changes(code=0)) == {"same"}
        assert [row for row in await world.query("SHOW CONTINUOUS QUERIES") if "backstride" in str(row)] == []
    finally:
        await world.close()
