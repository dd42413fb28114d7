"""Who was taken off the hub's alerts is told no more by Grafana; what others made in it stays."""

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from grafana_command import GrafanaCommand
from grafana_stand_in import FakeGrafana

KIM, DESK = "ntfys://ntfy.example/kim", "jsons://host.example/desk"
THEIR_POINT = {"uid": "kitchen", "name": "Backstride gym: kitchen", "type": "email", "settings": {}}
THEIR_ROUTE = {"receiver": "grafana-default-email", "object_matchers": [["team", "=", "kitchen"]]}


@pytest.fixture
async def server() -> AsyncIterator[FakeGrafana]:
    made = FakeGrafana()
    made.contacts.append(copy.deepcopy(THEIR_POINT))
    made.policy["routes"] = [copy.deepcopy(THEIR_ROUTE)]
    await made.open()
    yield made
    await made.close()


def told(folder: Path, *addresses: str) -> None:
    """As `backstride alerts add` and `remove` leave the file."""
    (folder / "alerts.urls").write_text("# whom\n" + "".join(f"{each}\n" for each in addresses))


def points(server: FakeGrafana) -> list[str]:
    return [each["name"] for each in server.contacts]


async def test_the_last_who_is_taken_off_goes_with_the_route(server: FakeGrafana, tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path, server.url)
    told(tmp_path, KIM)
    await command.changes()
    assert points(server) == ["Backstride gym: kitchen", "Backstride gym: 1 ntfys"]
    told(tmp_path)
    gone = {"contact point Backstride gym: 1 ntfys", "notification policy: 0 routes"}
    would = await command.changes("--dry-run", code=1)
    assert {what for what, how in would.items() if how == "change"} == gone
    assert {what for what, how in (await command.changes()).items() if how == "change"} == gone
    assert server.contacts == [THEIR_POINT]
    assert server.policy["routes"] == [THEIR_ROUTE]
    assert set((await command.changes()).values()) == {"same"}


async def test_one_of_two_who_is_taken_off_leaves_no_address_behind(
    server: FakeGrafana, tmp_path: Path
) -> None:
    command = GrafanaCommand(tmp_path, server.url)
    told(tmp_path, DESK, KIM)
    await command.changes()
    told(tmp_path, DESK)
    await command.changes()
    assert points(server) == ["Backstride gym: kitchen", "Backstride gym: 1 jsons"]
    assert "kim" not in json.dumps([server.contacts, server.policy])


async def test_a_point_that_others_lead_to_is_told(server: FakeGrafana, tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path, server.url)
    told(tmp_path, KIM)
    await command.changes()
    server.policy["receiver"] = "Backstride gym: 1 ntfys"
    told(tmp_path)
    assert "currently used by a notification policy" in await command.refusal()
    assert server.policy["routes"] == [THEIR_ROUTE], "the site's own route is gone by then"


async def test_where_nobody_was_ever_named_nothing_is_taken_away(server: FakeGrafana, tmp_path: Path) -> None:
    command = GrafanaCommand(tmp_path, server.url)
    (tmp_path / "contacts.toml").write_text(
        '[[contact]]\nname = "Desk"\ntype = "email"\nsettings = { addresses = "desk@gym.example" }\n'
    )
    await command.changes("--contact-points", str(tmp_path / "contacts.toml"))
    await command.changes()
    assert "Backstride gym: Desk" in points(server)


async def test_files_say_who_is_gone(tmp_path: Path) -> None:
    command, made = GrafanaCommand(tmp_path, ""), tmp_path / "made"
    words, file = ("--files", str(made)), made / "alerting" / "contact-points.json"
    told(tmp_path)
    await command.changes(*words)
    assert not file.exists()
    told(tmp_path, DESK, KIM)
    await command.changes(*words)
    uids = [each["receivers"][0]["uid"] for each in json.loads(file.read_text())["contactPoints"]]
    told(tmp_path, DESK)
    await command.changes(*words)
    assert json.loads(file.read_text())["deleteContactPoints"] == [{"orgId": 1, "uid": uids[1]}]
    assert set((await command.changes(*words)).values()) == {"same"}
    told(tmp_path)
    await command.changes(*words)
    assert json.loads(file.read_text()) == {
        "apiVersion": 1,
        "deleteContactPoints": [{"orgId": 1, "uid": uid} for uid in sorted(uids)],
        "resetPolicies": [1],
    }
    assert set((await command.changes(*words)).values()) == {"same"}
    file.write_text("{")
    assert "take away what stands there" in await command.refusal(*words)
