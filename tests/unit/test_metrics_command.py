"""`backstride metrics quarantine`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_adapters.errors import ConfigError
from services.cli.main import app
from services.metrics import schema
from services.metrics.points import Point
from services.metrics.spool import Spool


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "hub.toml"
    file.write_text(f'data = "{tmp_path}"\n')
    return file


def refuse(folder: Path, *lines: str) -> None:
    spool = Spool(folder / "spool-metrics.db", 1000)
    spool.write([Point(schema.STRAP, {"strap": "hr-01"}, {"hr_bpm": 60}, 0)])
    parcel = spool.next()
    assert parcel is not None
    spool.delivered(parcel, [(line, "field type conflict") for line in lines], 0)
    spool.close()


def run(config: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["metrics", "quarantine", *words, "--config", str(config)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_refused_lines_are_shown_sent_again_and_dropped(config: Path) -> None:
    refuse(config.parent, "strap hr_bpm=1.5 1", "strap hr_bpm=2.5 2")
    code, said = run(config, "list")
    assert code == 1
    assert "2 refused lines" in said
    assert "field type conflict" in said
    code, said = run(config, "list", "--json", "--limit", "1")
    assert (code, json.loads(said)["line"]) == (1, "strap hr_bpm=1.5 1")
    assert run(config, "replay") == (0, "2 lines are on their way again.\n")
    assert run(config, "list") == (0, "The database has refused nothing.\n")
    refuse(config.parent, "strap hr_bpm=1.5 1")
    code, said = run(config, "drop", "--yes")
    assert (code, said) == (0, "1 lines forgotten.\n")


def test_a_place_without_a_spool_is_named(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"spool-metrics\.db: no spool there"):
        run(config, "list")
