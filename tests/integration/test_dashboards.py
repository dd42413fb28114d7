"""The committed dashboards: complete, sound, what the code makes; a real InfluxDB answers each of their queries."""

import json
import re
from collections.abc import AsyncIterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from influx_world import InfluxWorld, needs_influxdb

from device_adapters.config import Influx
from services.metrics import schema
from services.metrics.influx import open_influx
from services.metrics.line_protocol import line, packed
from services.metrics.spool import LINES_MAX
from services.provisioning.__main__ import files
from services.provisioning.alerts import ALERTS
from services.provisioning.history import day
from services.provisioning.visits import DAY_MS, Gym

TOP = Path(__file__).parents[2]
BOARDS = {path.name: json.loads(path.read_text()) for path in sorted((TOP / "dashboards").glob("*.json"))}
SOURCE = yaml.safe_load((TOP / "deploy/grafana/datasources/backstride.yaml").read_text())["datasources"][0]
GYM = Gym(end_ms=20_000 * DAY_MS, days=14, members=40)
BEGIN_MS = GYM.end_ms - GYM.days * DAY_MS
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
each_board = pytest.mark.parametrize("name", BOARDS)


def queries(board: dict[str, Any]) -> list[str]:
    asked = [target["query"] for panel in board["panels"] for target in panel["targets"]]
    return asked + [note["target"]["query"] for note in board["annotations"].get("list", [])]


def test_the_committed_files_are_what_the_code_makes() -> None:
    made = files()
    assert {name for name in made if name.startswith("dashboards/")} == {
        f"dashboards/{name}" for name in BOARDS
    }
    for name, text in made.items():
        assert (TOP / name).read_text() == text, f"{name}: run python -m services.provisioning"


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=lambda x: x if isinstance(x, str) else x["title"])
def test_every_panel_has_title_description_unit_and_the_provisioned_source(
    name: str, panel: dict[str, Any]
) -> None:
    assert panel["title"]
    assert panel["description"].endswith((".", "`."))
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]
    for part in (panel, *panel["targets"]):
        assert part["datasource"] == {"type": SOURCE["type"], "uid": "${site}"}


@each_board
def test_panels_lie_within_the_grid_and_do_not_overlap(name: str) -> None:
    places = [panel["gridPos"] for panel in BOARDS[name]["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


@each_board
def test_ids_links_and_variables_are_sound(name: str) -> None:
    board = BOARDS[name]
    assert name == f"{board['uid'].replace('-gym', '')}.json"
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    (link,) = board["links"]
    assert set(link["tags"]) <= set(board["tags"])
    used = set(re.findall(r"\$(?!timeFilter|__)(\w+)", " ".join(queries(board))))
    site, *variables = board["templating"]["list"]
    assert used == {variable["name"] for variable in variables}
    assert (site["name"], site["type"], site["query"]) == ("site", "datasource", SOURCE["type"])
    assert re.match(site["regex"].strip("/"), SOURCE["name"])
    assert site["current"] == {"selected": True, "text": SOURCE["name"], "value": SOURCE["uid"]}


@each_board
def test_annotations_are_told_to_be_some_and_series_have_their_names(name: str) -> None:
    for note in BOARDS[name]["annotations"].get("list", []):
        assert note["target"]["fromAnnotations"]
        assert f'SELECT "{note["target"]["textColumn"]}" FROM' in note["target"]["query"]
    for panel in BOARDS[name]["panels"]:
        assert panel["type"] != "timeseries" or panel["options"]["legend"]["showLegend"]


@each_board
def test_queries_name_only_what_the_schema_has(name: str) -> None:
    for query in queries(BOARDS[name]):
        named = set(re.findall(r'FROM "(\w+)"', query))
        assert named <= set(schema.MEASUREMENTS), query
        known = {"at", "depth", "commissioned", *named}
        for measurement in (schema.MEASUREMENTS[each] for each in named):
            known |= {*measurement.tags, *(field.name for field in measurement.fields)}
        assert set(re.findall(r'"(\w+)"', query)) <= known, query


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[InfluxWorld]:
    world = InfluxWorld(tmp_path)
    await world.open()
    try:
        async with open_influx(Influx(url=world.url), "") as post:
            lines = [line(point) for nth in range(GYM.days) for point in day(GYM, nth)]
            for begin in range(0, len(lines), LINES_MAX):
                reply = await post(packed(lines[begin : begin + LINES_MAX]))
                assert reply.taken, reply
        yield world
    finally:
        await world.close()


def filled(query: str, values: dict[str, str]) -> str:
    """As Grafana fills it."""
    during = f"time >= {BEGIN_MS}ms AND time <= {GYM.end_ms}ms"
    query = (
        query.replace("$timeFilter", during).replace("$__interval", "10m").replace("${__to}", str(GYM.end_ms))
    )
    for name, value in values.items():
        query = query.replace(f"${name}", value)
    assert "$" not in query, query
    return query


@needs_influxdb
@pytest.mark.timeout(300)
async def test_every_query_of_every_panel_and_alert_returns_rows(database: InfluxWorld) -> None:
    empty = []
    for name, board in BOARDS.items():
        choices: list[dict[str, str]] = [{}]
        for variable in board["templating"]["list"][1:]:
            found = await database.query(filled(variable["query"], {}))
            values = [row[variable["name"] if variable["name"] in row else "value"] for row in found]
            assert values, f"{name}: no {variable['name']} to choose"
            choices = [{variable["name"]: value} for value in values]
        for query in queries(board):
            for choice in choices:
                if any(_tells(row) for row in await database.query(filled(query, choice))):
                    break
            else:
                empty.append((name, query))
    silent = [
        alert.uid
        for alert in ALERTS
        if not any(_tells(row) for row in await database.query(filled(alert.query, {})))
    ]
    assert not silent
    assert not empty


def _tells(row: dict[str, Any]) -> bool:
    return any(value is not None for name, value in row.items() if name != "time")
