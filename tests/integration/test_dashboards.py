"""The committed dashboards: sound, what the code makes, in the console's words; no hearts where everybody looks."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from services.console import phrases
from services.metrics import schema
from services.provisioning.__main__ import files
from services.provisioning.names import MADE_FOR as NAMES
from services.provisioning.palette import colours, state_colours
from services.provisioning.words import STATES
from services.session.engine.doubt import RESTS_WITHIN_MS

TOP = Path(__file__).parents[2]
BOARDS = {path.name: json.loads(path.read_text()) for path in sorted((TOP / "dashboards").glob("*.json"))}
SOURCE = yaml.safe_load((TOP / "deploy/grafana/datasources/backstride.yaml").read_text())["datasources"][0]
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
FIVE = {"floor", "member", "session", "safety", "fleet"}
each_board = pytest.mark.parametrize("name", BOARDS)
each_panel = pytest.mark.parametrize(
    ("name", "panel"), PANELS, ids=lambda x: x if isinstance(x, str) else x["title"]
)


def queries(board: dict[str, Any]) -> list[str]:
    asked = [target["query"] for panel in board["panels"] for target in panel["targets"]]
    return asked + [note["target"]["query"] for note in board["annotations"].get("list", [])]


def panel_of(name: str, title: str) -> dict[str, Any]:
    (found,) = (panel for panel in BOARDS[f"backstride-{name}.json"]["panels"] if panel["title"] == title)
    return dict(found)


def test_the_committed_files_are_what_the_code_makes() -> None:
    made = files()
    assert {f"backstride-{what}.json" for what in (*FIVE, "floor-hearts")} == set(BOARDS)
    for name, text in made.items():
        assert (TOP / name).read_text() == text, f"{name}: run python -m services.provisioning"


@each_panel
def test_every_panel_has_title_description_and_the_chosen_sites_source(
    name: str, panel: dict[str, Any]
) -> None:
    assert panel["title"]
    assert panel["description"].endswith((".", "`."))
    assert panel["targets"]
    for part in (panel, *panel["targets"]):
        assert part["datasource"] == {"type": SOURCE["type"], "uid": "${site}"}


@each_panel
def test_no_text_is_read_as_a_date_or_a_number(name: str, panel: dict[str, Any]) -> None:
    """A unit for a whole table made a date of `tm-06`."""
    unit = panel["fieldConfig"]["defaults"].get("unit", "")
    assert bool(unit) != (panel["type"] == "table")
    texts = {field.name for m in schema.MEASUREMENTS.values() for field in m.fields if field.kind == "text"}
    texts |= {tag for m in schema.MEASUREMENTS.values() for tag in m.tags}
    for override in panel["fieldConfig"]["overrides"]:
        units = [p["value"] for p in override["properties"] if p["id"] == "unit"]
        assert not (units and override["matcher"]["options"] in texts), override


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
    assert name == f"backstride-{board['uid'].removeprefix(NAMES.uid(''))}.json"
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


@each_panel
def test_links_lead_to_a_dashboard_that_is_there_with_values_of_the_row(
    name: str, panel: dict[str, Any]
) -> None:
    uids = {board["uid"] for board in BOARDS.values()}
    asked = " ".join(target["query"] for target in panel["targets"])
    for override in panel["fieldConfig"]["overrides"]:
        for links in (p["value"] for p in override["properties"] if p["id"] == "links"):
            for link in links:
                assert re.match(r"/d/([^?]+)\?", link["url"])[1] in uids  # type: ignore[index]
                for field in re.findall(r"__data\.fields\.(\w+)", link["url"]):
                    assert field == "Time" or f'"{field}"' in asked, field


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
        known = {*re.findall(r'AS "([^"]+)"', query), *named}
        for measurement in (schema.MEASUREMENTS[each] for each in named):
            known |= {*measurement.tags, *(field.name for field in measurement.fields)}
        assert set(re.findall(r'"(\w+)"', query)) <= known, query


@each_board
def test_a_table_of_events_asks_for_a_field_that_every_event_has(name: str) -> None:
    """InfluxQL gives a row only where one of the listed fields is there; steps and phases have no text."""
    for panel in BOARDS[name]["panels"]:
        for target in panel["targets"]:
            if panel["type"] == "table" and 'FROM "event"' in target["query"]:
                assert '"id"' in target["query"]


def test_the_board_that_everybody_sees_has_no_hearts_and_the_staffs_twin_has() -> None:
    everyones, staffs = (json.dumps(BOARDS[f"backstride-{what}.json"]) for what in ("floor", "floor-hearts"))
    (note,) = BOARDS["backstride-floor.json"]["annotations"]["list"]
    assert "!~ /^(hr_" in note["target"]["query"], "nor what is said of hearts"
    everyones = everyones.replace(json.dumps(note["target"]["query"]), "")
    for word in ("hr_", "heart", "Heart", "strap"):
        assert word not in everyones
    assert "hr_bpm" in staffs
    assert "hr_bpm" not in json.dumps(BOARDS["backstride-fleet.json"])
    assert "hr_bpm" not in json.dumps(BOARDS["backstride-safety.json"])


@pytest.mark.parametrize("name", ["floor", "floor-hearts"])
def test_a_television_shows_all_of_now_without_scrolling(name: str) -> None:
    """1080 lines are 28 rows of Grafana's grid (38 each); what was in the last minutes may lie below."""
    ends = {
        p["title"]: p["gridPos"]["y"] + p["gridPos"]["h"] for p in BOARDS[f"backstride-{name}.json"]["panels"]
    }
    assert {title for title, end in ends.items() if end > 28} == {"The last minutes"}
    tiles, bars = panel_of(name, "Now"), panel_of(name, "Speed against its limit")
    assert tiles["gridPos"]["w"] == 24, "sixty tiles make 5 rows of 12, 160 by 60 pixels each"
    assert bars["options"]["orientation"] == "vertical", "sixty bars of 15 pixels at least"


def test_words_and_colours_are_those_of_the_console() -> None:
    assert {text for text, _ in STATES.values()} <= set(phrases.STATES.values())
    assert (
        {colour for _, colour in STATES.values()} == set(state_colours().values()) <= set(colours().values())
    )
    assert state_colours()["lost"] == colours()["alarm"] != state_colours()["running"] == colours()["go"]
    (mapping,) = panel_of("floor", "Now")["fieldConfig"]["defaults"]["mappings"]
    assert {(each["text"], each["color"]) for each in mapping["options"].values()} == set(STATES.values())


def test_limits_are_imported_and_a_good_time_to_rest_is_not_red() -> None:
    for title in ("Slowest time to rest", "Time to rest"):
        steps = panel_of("safety", title)["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert [(step.get("value"), step["color"]) for step in steps] == [
            (None, colours()["go"]), (RESTS_WITHIN_MS, colours()["alarm"])
        ]  # fmt: skip
    assert panel_of("safety", "Time to rest")["fieldConfig"]["defaults"]["custom"]["drawStyle"] == "points"
    steps = panel_of("safety", "Hazards")["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["color"] for step in steps] == [colours()["info"]], (
        "many hazards that were handled are not good"
    )


def test_a_members_cap_is_a_line_and_zones_are_stacked_in_their_own_colours() -> None:
    weekly = panel_of("member", "Sessions per week")["fieldConfig"]
    drawn = {
        o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]} for o in weekly["overrides"]
    }
    caps = [name for name in drawn if name.startswith("at most")]
    assert caps
    assert {drawn[cap]["custom.drawStyle"] for cap in caps} == {"line"}
    assert {drawn[cap]["color"]["fixedColor"] for cap in caps}.isdisjoint(
        {drawn["sessions"]["color"]["fixedColor"]}
    )
    zones = panel_of("member", "Zones")
    assert zones["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "percent"
    assert all('"hr_max_bpm"' in target["query"] for target in zones["targets"]), "parts of the maximum"
    assert len({o["properties"][0]["value"]["fixedColor"] for o in zones["fieldConfig"]["overrides"]}) >= 5
