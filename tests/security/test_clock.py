"""A clock that is wrong empties no store: what the retention job forgets unasked is bounded."""

from pathlib import Path

import pytest
from members_rig import BEGIN_MS
from test_privacy import PrivacyHouse
from typer.testing import CliRunner

from device_adapters.config import HubConfig
from device_adapters.units import DAY_MS
from services.cli.main import app
from services.members.model import Purpose
from services.privacy import plausible
from services.privacy.hub import opened
from services.privacy.plausible import NeedsPersonError, ask_person_first
from services.privacy.retention import retain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hub with members who trained over some months."""
    house = PrivacyHouse(tmp_path)
    with opened(HubConfig(data=str(tmp_path)), lambda: house.now) as hub:
        house.hub = hub
        for number in range(4):
            member = house.member(Purpose.HEART_RATE)
            for day in range(0, 120, 30):
                house.now = BEGIN_MS + day * DAY_MS
                house.train(member, day + number / 100)
    return tmp_path


def refusal(folder: Path, days: float, *, clock_kept: bool | None = True, allowed: int | None = None) -> str:
    """Why the job would not run on that day; empty: it would."""
    with opened(HubConfig(data=str(folder)), lambda: BEGIN_MS + round(days * DAY_MS)) as hub:
        before = retain(hub, by="", dry_run=True)
        try:
            ask_person_first(hub, clock_kept=clock_kept, allowed=allowed)
        except NeedsPersonError as e:
            return str(e)
        finally:
            assert retain(hub, by="", dry_run=True) == before, "to ask forgets nothing"
    return ""


def test_an_ordinary_night_needs_nobody(folder: Path) -> None:
    assert refusal(folder, 95) == ""
    assert refusal(folder, 119) == ""


@pytest.mark.parametrize("years", [1, 3, 4, 20])
def test_a_clock_far_ahead_of_the_newest_rows_forgets_nothing(folder: Path, years: int) -> None:
    why = refusal(folder, 365 * years)
    assert "days ahead of the newest" in why
    assert "--yes-delete" in why


def test_a_clock_that_nothing_keeps_forgets_nothing(folder: Path) -> None:
    assert "nothing keeps" in refusal(folder, 119, clock_kept=False)
    assert refusal(folder, 119, clock_kept=None) == ""


def test_rows_written_under_the_wrong_clock_do_not_vouch_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub came up four years ahead, and somebody trained before the night."""
    for name in ("READINGS_FREE", "ROWS_FREE", "MEMBERS_FREE"):
        monkeypatch.setattr(plausible, name, 3)
    house = PrivacyHouse(folder)
    house.now = BEGIN_MS + 4 * 365 * DAY_MS
    with opened(HubConfig(data=str(folder)), lambda: house.now) as hub:
        house.hub = hub
        house.train(house.member(Purpose.HEART_RATE), 4 * 365)
    assert "more than one night's" in refusal(folder, 4 * 365 + 0.5)


def test_a_person_says_how_much_may_go(folder: Path) -> None:
    assert "more than the 3 that" in refusal(folder, 1_000, allowed=3)
    assert refusal(folder, 1_000, clock_kept=False, allowed=10_000) == ""


def test_the_command_stops_before_it_forgets(folder: Path) -> None:
    config = folder / "hub.toml"
    config.write_text(
        f'data = "{folder}"\n', encoding="utf-8"
    )  # its rows are years old: the clock looks wrong

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["retention", "--config", str(config), *words])
        return result.exit_code, result.output + str(result.exception or "")

    before = run("--dry-run", "--json")
    code, said = run()
    assert code != 0
    assert "days ahead of the newest" in said
    assert run("--dry-run", "--json") == before
    assert run("--yes-delete", "1000000")[0] == 0
    assert run("--dry-run", "--json") != before
