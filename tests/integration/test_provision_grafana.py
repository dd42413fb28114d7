"""`backstride provision grafana`, on a stand-in that answers as a real 9.4.0 did, and as a newer one would."""

import contextlib
import copy
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from aiohttp import web
from grafana_command import GrafanaCommand
from grafana_stand_in import NEW, OLD, VIEWER, FakeGrafana
from ports import free_port

from services.provisioning.alerts import ALERTS
from services.provisioning.data_source import data_source
from services.provisioning.names import Names
from services.provisioning.shipped import alert_rules, dashboards, files

STAFF_BOARDS = {f"backstride-gym-{what}" for what in ("floor-hearts", "member", "session", "safety", "fleet")}
CONTACTS = """
[[contact]]
name = "Front desk"
type = "email"
settings = { addresses = "desk@gym.example" }

[[contact]]
name = "On call"
type = "webhook"
severity = "alarm"
settings = { url = "https://call.example/abc" }
"""


@pytest.fixture(params=[OLD, NEW])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[FakeGrafana]:
    made = FakeGrafana(request.param)
    await made.open()
    yield made
    await made.close()


async def test_a_fresh_grafana_is_set_up_once(server: FakeGrafana, tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path, server.url)
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
    assert (source["uid"], source["name"]) == ("backstride-gym-data", "Backstride gym")
    assert source["database"] == source["jsonData"]["dbName"] == "backstride", (
        "as old and new versions read it"
    )
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token may-read-gym"}
    assert {uid: said[0]["folderUid"] for uid, said in server.boards.items()} == {
        "backstride-gym-floor": "backstride-gym-open-boards",
        **dict.fromkeys(STAFF_BOARDS, "backstride-gym-staff-boards"),
    }
    looks = {
        uid: {p.get("role", "team") for p in folder["permissions"]} for uid, folder in server.folders.items()
    }
    assert looks == {
        "backstride-gym-staff-boards": {"Editor", "team"},
        "backstride-gym-open-boards": {"Editor", "Viewer"},
    }
    assert {rule["uid"] for rule in server.rules.rules.values()} == {
        f"backstride-gym-{a.uid}" for a in ALERTS
    }
    assert {rule["labels"]["site"] for rule in server.rules.rules.values()} == {"gym"}
    shown = {item["value"] for playlist in server.playlists.values() for item in playlist["items"]}
    assert shown <= set(server.boards)
    said = (await command()).output
    assert "All is as it should be." in said
    assert all(f"{server.url}/playlists/play/{uid}?kiosk" in said for uid in server.playlists)


async def test_what_is_otherwise_is_mended(server: FakeGrafana, tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path, server.url)
    await command.changes()
    command.reader.write_text("reader:secret")  # a user of InfluxDB 1
    board = server.boards["backstride-gym-safety"]
    board.insert(
        0, {**board[0], "dashboard": {**board[0]["dashboard"], "title": "Mine"}, "message": "by hand"}
    )
    rule = server.rules.rules["backstride-gym-unit-offline"]
    rule["for"] = "1h"
    server.rules.rules["old"] = {**rule, "uid": "old", "title": "Of an older version"}
    server.rules.intervals["backstride-gym-staff-boards", "Backstride gym"] = 10
    playlist = next(iter(server.playlists.values()))
    playlist["items"] = []
    server.folders["backstride-gym-staff-boards"]["permissions"] = []
    changed = {what for what, how in (await command.changes()).items() if how == "change"}
    assert changed == {
        "data source Backstride gym: backstride at http://db:8086", "dashboard Safety", "alert rule Unit offline",
        "alert rule Of an older version", "alert group Backstride gym", "playlist Backstride gym: gym TV",
    }  # fmt: skip
    (source,) = server.sources.values()
    assert source["secureJsonData"] == {"httpHeaderValue1": "Basic cmVhZGVyOnNlY3JldA=="}
    assert "old" not in server.rules.rules
    assert set((await command.changes()).values()) == {"same"}
    staff = server.folders["backstride-gym-staff-boards"]
    assert staff["permissions"] == [], "who may look is the operator's business"


async def test_a_second_site_touches_nothing_of_the_first(server: FakeGrafana, tmp_path: Path) -> None:
    (tmp_path / "contacts.toml").write_text(CONTACTS)
    words = ("--contact-points", str(tmp_path / "contacts.toml"))
    first = GrafanaCommand(tmp_path / "first", server.url)
    await first.changes(*words)
    before = everything(server)
    second = GrafanaCommand(tmp_path / "second", server.url, "the-gym-across-the-river", "second")
    assert set((await second.changes(*words)).values()) == {"make"}
    after = everything(server)
    assert {key: after[key] for key in before} == before
    assert len(after) == 2 * len(before)
    assert [route["object_matchers"][0][2] for route in server.policy["routes"]] == [
        "the-gym-across-the-river", "the-gym-across-the-river", "gym", "gym"
    ]  # fmt: skip
    assert set((await first.changes(*words)).values()) == {"same"}
    assert set((await second.changes(*words)).values()) == {"same"}
    sources = {source["uid"]: source["database"] for source in server.sources.values()}
    assert sources == {"backstride-gym-data": "backstride", Names(second.site).uid("data"): "second"}
    for rule in server.rules.rules.values():
        assert rule["data"][0]["datasourceUid"] == Names(rule["labels"]["site"]).uid("data")


def everything(server: FakeGrafana) -> dict[str, Any]:
    """All that a site has there, by kind and uid."""
    things: dict[str, dict[str, Any]] = {
        "source": server.sources, "folder": server.folders, "board": server.boards, "rule": server.rules.rules,
        "playlist": server.playlists, "team": dict.fromkeys(server.teams),
        "contact": {each["uid"]: each for each in server.contacts},
    }  # fmt: skip
    return copy.deepcopy({f"{kind} {uid}": it for kind, of in things.items() for uid, it in of.items()})


async def test_contact_points_and_routes_are_kept_and_those_of_others_left(
    server: FakeGrafana, tmp_path: Path
) -> None:
    (tmp_path / "contacts.toml").write_text(CONTACTS)
    words = ("--contact-points", str(tmp_path / "contacts.toml"))
    theirs = {"receiver": "grafana-default-email", "object_matchers": [["team", "=", "kitchen"]]}
    server.policy["routes"] = [theirs]
    command = GrafanaCommand(tmp_path, server.url)
    await command.changes(*words)
    assert [each["name"] for each in server.contacts] == [
        "Backstride gym: Front desk",
        "Backstride gym: On call",
    ]
    desk, call, kitchen = server.policy["routes"]
    assert (desk["receiver"], desk["object_matchers"]) == (
        "Backstride gym: Front desk",
        [["site", "=", "gym"]],
    )
    assert call["object_matchers"] == [["site", "=", "gym"], ["severity", "=", "alarm"]]
    assert desk["continue"] is True, "an alarm reaches both"
    assert kitchen == theirs
    server.contacts[1]["settings"] = {"url": "[REDACTED]"}
    assert set((await command.changes(*words)).values()) == {"same"}
    (tmp_path / "contacts.toml").write_text(CONTACTS.replace("desk@gym.example", "new@gym.example"))
    changed = [what for what, how in (await command.changes(*words)).items() if how == "change"]
    assert changed == ["contact point Backstride gym: Front desk"]
    (tmp_path / "contacts.toml").write_text("[[contact]]\nname = 'x'\n")
    assert "each [[contact]] has name, type and settings" in await command.refusal(*words)


async def test_each_refusal_names_the_setting_and_the_fix(server: FakeGrafana, tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path, server.url)
    for file_owned, words in (
        ("datasource", "Cannot update read-only data source. Grafana has this from files"),
        ("backstride-gym-fleet", "Cannot save provisioned dashboard. Grafana has this from files"),
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
    nobody = GrafanaCommand(tmp_path, f"http://127.0.0.1:{free_port()}")
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


@pytest.mark.parametrize("site", ["gym", "north-2", "the-gym-across-the-river", 'Gym "2"'])
async def test_files_and_api_set_up_the_same(site: str, tmp_path: Path) -> None:
    names = Names(site)
    made = files(names, "db of it")
    (by_file,) = yaml.safe_load(made["datasources/backstride.yaml"])["datasources"]
    assert by_file.pop("secureJsonData") == {"httpHeaderValue1": "$BACKSTRIDE_INFLUX_AUTHORIZATION"}
    assert by_file == data_source(names, "$BACKSTRIDE_INFLUX_URL", "db of it", token=True)
    providers = yaml.safe_load(made["dashboards/backstride.yaml"])["providers"]
    assert [(p["folderUid"], p["folder"]) for p in providers] == [
        (names.uid("staff-boards"), names.title), (names.uid("open-boards"), f"{names.title}, for everyone")
    ]  # fmt: skip
    for text in made.values():
        left = re.findall(r"backstride-gym-(?!f2a45359)\w+|Backstride gym\b(?! \\)", text)
        assert site == "gym" or not left, left
    uids = [*(board["uid"] for board in dashboards(names)), *(rule["uid"] for rule in alert_rules(names))]
    assert len(set(uids)) == len(uids)
    assert all(len(uid) <= 40 for uid in uids)


async def test_a_grafana_of_its_own_is_set_up_by_files(tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path / "hub", "", "north", "north")
    (tmp_path / "contacts.toml").write_text(CONTACTS)
    words = ("--files", str(tmp_path / "made"), "--contact-points", str(tmp_path / "contacts.toml"))
    assert set((await command.changes(*words)).values()) == {"make"}
    assert set((await command.changes(*words)).values()) == {"same"}
    made = {str(p.relative_to(tmp_path / "made")) for p in (tmp_path / "made").rglob("*") if p.is_file()}
    assert "boards/everyone/backstride-floor.json" in made
    assert "boards/staff/backstride-fleet.json" in made
    text = (tmp_path / "made/alerting/contact-points.json").read_text()
    told = json.loads(text)
    assert [each["name"] for each in told["contactPoints"]] == [
        "Backstride north: Front desk", "Backstride north: On call"
    ]  # fmt: skip
    assert {route["receiver"] for route in told["policies"][0]["routes"]} == {
        each["name"] for each in told["contactPoints"]
    }
    (source,) = yaml.safe_load((tmp_path / "made/datasources/backstride.yaml").read_text())["datasources"]
    assert source["database"] == "north"
    assert "--url http://HOST:3000, or --files DIR" in await command.refusal()
