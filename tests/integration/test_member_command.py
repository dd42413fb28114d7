"""`backstride member` as staff type it, on a store of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from members_rig import session
from typer.testing import CliRunner

from device_adapters.clock import SystemClock
from services.cli.main import app
from services.members.errors import MembersError
from services.members.store import Members


class MemberTerminal:
    """Commands in one folder; an error of ours is raised, as `main` would print it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'members.db'}"
        self._config = folder / "hub.toml"
        self._config.write_text(f'data = "{folder}"\n', encoding="utf-8")

    def __call__(self, *words: str) -> str:
        result = CliRunner().invoke(
            app, ["member", *words, "--config", str(self._config)], env={"COLUMNS": "200"}
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def add(self) -> str:
        added: str = self.json("add", "Wanda Rennick", "--born", "1980", "--alias", "Wren")["id"]
        return added


@pytest.fixture
def terminal(tmp_path: Path) -> MemberTerminal:
    return MemberTerminal(tmp_path)


def test_a_member_from_the_first_word_to_a_judged_session(terminal: MemberTerminal) -> None:
    id_ = terminal.add()
    assert [card["alias"] for card in terminal.json("list", "renn")] == ["Wren"]
    assert "no (no_consent)" in terminal("show", id_)
    terminal("consent", id_, "session_records", "--by", "Anna")
    assert "no (screening_missing)" in terminal("show", id_)
    terminal("screen", id_, "--no-fall", "--walk", "4.2", "--by", "Anna")
    refused = {goal: told["refused"] for goal, told in terminal.json("show", id_)["goals"].items()}
    assert refused == {"knee_strength": "", "conditioning": "", "athletic": "", "mobility": "arms_reach"}
    now = SystemClock().wall_ms()
    store = Members(terminal.url, lambda: now)
    unanswered = {"rpe": None, "pain": None}
    store.record(id_, session(0, began_ms=now - 700_000, ended_ms=now - 100_000, answers=unanswered))
    store.close()
    terminal("answer", "s-knee_strength-0", "--rpe", "12", "--pain", "1", "--by", "Anna")
    assert "1 of 6 clean sessions" in terminal("level", id_, "knee_strength")
    terminal("consent", id_, "session_records", "--withdraw")
    assert "Consents: none" in terminal("show", id_)


def test_gates_are_told_in_words(terminal: MemberTerminal) -> None:
    id_ = terminal.add()
    terminal("consent", id_, "session_records")
    said = terminal("screen", id_, "--fall", "--walk", "5.5", "--has", "vertigo")
    assert "no (clinician_first): The screening asks for a clinician's OK first" in said
    said = terminal("screen", id_, "--fall", "--walk", "5.5", "--clinician-ok", "Dr. Roe")
    assert "no (arms_reach)" in said


def test_what_is_wrong_is_said(terminal: MemberTerminal) -> None:
    id_ = terminal.add()
    with pytest.raises(MembersError, match="no such member"):
        terminal("show", "m-none")
    with pytest.raises(MembersError, match="0 of 6 clean sessions"):
        terminal("level", id_, "mobility", "intermediate")
    with pytest.raises(MembersError, match="backward_walk: 10 is outside 50 to 6000 hundredths"):
        terminal("screen", id_, "--no-fall", "--walk", "0.1")
    assert "Nobody found." in terminal("list", "nobody")
