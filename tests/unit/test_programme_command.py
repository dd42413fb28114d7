"""`backstride programme`: what people and scripts get for good and bad files."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.programme.library import texts


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["programme", *map(str, words)])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A mobility walk that is too fast, steep and long for a novice."""
    text = (
        texts()["mobility_advanced"]
        .replace('"advanced"', '"novice"')
        .replace("2.3", "2.3\nincline_pct = 1.0")
    )
    (tmp_path / "bad.toml").write_text(text)
    return tmp_path / "bad.toml"


def test_the_list_names_every_builtin() -> None:
    result = run("list", "--json")
    assert result.exit_code == 0
    assert [p["id"] for p in json.loads(result.stdout)] == list(texts())
    assert all(id_ in run("list").stdout for id_ in texts())


def test_check_names_file_step_limit_and_value_of_each_fault(bad: Path) -> None:
    result = run("check", bad)
    assert result.exit_code == 1
    faults = result.stderr.splitlines()
    assert all(fault.startswith(f"{bad}: ") for fault in faults)
    assert [
        part
        for part in (
            "step 2 (active): speed_kmh = 2 is above 1.5",
            "step 3 (active): incline_pct = 1 is outside 0..0",
        )
        if not any(part in fault for fault in faults)
    ] == []
    told = json.loads(run("check", bad, "--json").stdout)
    assert told == {"file": str(bad), "ok": False, "faults": faults}


@pytest.mark.parametrize("id_", texts())
def test_check_passes_the_builtins(id_: str) -> None:
    result = run("check", id_)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{id_}: ok, ")


def test_plan_draws_and_writes_the_svg(tmp_path: Path) -> None:
    svg = tmp_path / "plan.svg"
    result = run("plan", "athletic_advanced_agility", "--svg", svg)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "limit km/h" in result.stdout
    assert "off belt" in result.stdout
    assert ET.parse(svg).getroot().tag.endswith("svg")  # noqa: S314
    told = json.loads(run("plan", "conditioning_novice", "--json").stdout)
    assert (told["sets"], told["limits"]["speed_max_kmh"], told["faults"]) == (5, 4.5, [])
    assert told["steps"][2]["until"] == "50 m"


def test_plan_inside_other_limits_says_what_does_not_fit() -> None:
    result = run("plan", "knee_strength_advanced", "--level", "novice")
    assert result.exit_code == 1
    assert "Does not fit: step 3 (active): speed_kmh = 3.8 is above 2.5 km/h" in result.stderr


def test_a_file_that_is_not_there_is_named_with_what_there_is() -> None:
    result = run("check", "nowhere.toml")
    assert result.exit_code == 1
    assert "nowhere.toml" in str(result.exception)
    assert "mobility_novice" in str(result.exception)


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}/data"\n')
    return tmp_path / "hub.toml"


def test_a_gym_keeps_programmes_of_its_own(hub: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(texts()["mobility_novice"].replace('name = "', 'name = "Our '))
    added = run("add", mine, "--config", hub)
    assert added.exit_code == 0, added.stderr
    assert (
        "start it with: backstride session start --goal mobility --level novice --programme 'Our"
        in added.stdout
    )
    listed = json.loads(run("list", "--json", "--config", hub).stdout)
    (ours,) = [one["name"] for one in listed if one["name"].startswith("Our ")]
    assert len(listed) == len(texts()) + 1
    assert run("add", mine, "--config", hub).exit_code == 0  # the same again replaces it
    gone = run("remove", ours, "--config", hub)
    assert gone.exit_code == 0
    assert len(json.loads(run("list", "--json", "--config", hub).stdout)) == len(texts())
    again = run("remove", ours, "--config", hub)
    assert again.exit_code != 0


def test_programmes_whose_names_are_of_no_latin_letters_are_kept_beside_each_other(
    hub: Path, tmp_path: Path
) -> None:
    names = ("\u0428\u0430\u0433", "\u5012\u7740\u8d70", "A-B", "A B", "Zo\xeb")
    for name in names:
        (tmp_path / "mine.toml").write_text(
            re.sub("(?m)^name = .*", f'name = "{name}"', texts()["mobility_novice"], count=1)
        )
        assert run("add", tmp_path / "mine.toml", "--config", hub).exit_code == 0
    listed = json.loads(run("list", "--json", "--config", hub).stdout)
    assert {one["name"] for one in listed} >= set(names)
    assert run("add", tmp_path / "mine.toml", "--config", hub).exit_code == 0
    assert len(json.loads(run("list", "--json", "--config", hub).stdout)) == len(listed)
    assert run("remove", "Zoe\u0308", "--config", hub).exit_code == 0


def test_what_breaks_a_limit_or_has_a_name_that_is_taken_is_not_kept(
    hub: Path, bad: Path, tmp_path: Path
) -> None:
    assert run("add", bad, "--config", hub).exit_code != 0
    (tmp_path / "same.toml").write_text(texts()["mobility_novice"])
    refused = run("add", tmp_path / "same.toml", "--config", hub)
    assert refused.exit_code != 0
    assert "is taken at mobility novice; give it another name" in str(refused.exception)
    assert not (tmp_path / "data" / "programmes").exists()


def test_a_broken_file_keeps_no_other_from_being_read(hub: Path, tmp_path: Path, bad: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(texts()["mobility_novice"].replace('name = "', 'name = "Our '))
    assert run("add", mine, "--config", hub).exit_code == 0
    folder = tmp_path / "data" / "programmes"
    (folder / "bad.toml").write_text(bad.read_text())
    (folder / "notes.toml").write_bytes(b"\xff\xfe")
    listed = run("list", "--json", "--config", hub)
    assert len(json.loads(listed.stdout)) == len(texts()) + 1
    assert "Left out: bad.toml: " in listed.stderr
    assert "Left out: notes.toml: " in listed.stderr
