"""Which hub a command of `backstride` is about."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from device_adapters.errors import ConfigError
from services.cli.main import app

OF_A_UNIT = {"scan", "capture", "doctor", "commission", "run", "unit", "belt-sensor", "stop-line", "clicker"}
OPENING_STORES = (
    ("member", "list"),
    ("member", "export", "m-0"),
    ("member", "erase", "m-0", "--yes"),
    ("token", "list"),
    ("user", "list"),
    ("console", "setup-link"),
    ("audit",),
    ("retention", "--dry-run"),
)


def commands(
    group: TyperGroup, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*words, name))
        elif isinstance(command, TyperCommand):
            yield (*words, name), command


def test_every_command_of_a_hub_takes_its_settings_from_the_environment_too() -> None:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    deaf, heard = [], 0
    for words, command in commands(root):
        config = next((p for p in command.params if p.name == "config"), None)
        if config is not None and words[0] not in OF_A_UNIT:
            heard += 1
            if config.envvar != "BACKSTRIDE_CONFIG":
                deaf.append(words)
    assert deaf == []
    assert heard > 30


@pytest.mark.parametrize("words", OPENING_STORES, ids=" ".join)
def test_no_store_is_opened_unless_its_hub_is_named(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKSTRIDE_CONFIG", raising=False)
    done = CliRunner().invoke(app, list(words))
    assert isinstance(done.exception, ConfigError)
    assert "say which hub: --config FILE, or BACKSTRIDE_CONFIG" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\n')
    monkeypatch.setenv("BACKSTRIDE_CONFIG", str(file))
    done = CliRunner().invoke(app, ["member", "list"])
    assert (done.exit_code, done.output) == (0, "Nobody found.\n")
    assert (tmp_path / "data" / "members.db").exists()


def test_the_version_is_told() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"{version('backstride')}\n")
