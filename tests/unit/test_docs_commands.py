"""The papers for people: each command and option that they name exists, and no word is there that SAFETY.md forbids."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "SAFETY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / "deploy").rglob("*.md"),
]
CLAIMS = re.compile(
    r"\b(emergency stop|fail-?safe|clinically proven|medically safe|ISO certified|SIL \d|prevents? (?:falls|injur\w+)"
    r"|(?:helps?|improves?|heals?|good for) (?:(?:your|the|knees?|pain|balance|conditioning)\b ?)+)",
    re.IGNORECASE,
)
_CALL = re.compile(r"\bbackstride((?: (?:--?)?(?!\.\.\.)[\w|/.:=+-]+)+)")


def calls(text: str) -> Iterator[list[str]]:
    """The words after each `backstride` in backticks or in a block of code; comments and what a shell adds end it."""
    code = [part for block in re.findall(r"```(.*?)```", text, re.DOTALL) for part in block.splitlines()]
    code += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for part in code:
        for found in _CALL.findall(
            part.replace("\\|", "|").replace("-u backstride ", "").partition("  #")[0]
        ):
            yield found.split()


def unknown(words: list[str]) -> str:
    """The first word or option of a call that there is not; empty if all are there. `a|b` are two words."""
    command: Any = typer.main.get_command(app)
    for word in words:
        group = getattr(command, "commands", {})
        if word.startswith("-"):
            known = {name for p in command.params if p.param_type_name == "option" for name in p.opts}
            if word.partition("=")[0] not in known | {"--help"}:
                return word
        elif "|" in word and group:
            return next((name for name in word.split("|") if name not in group), "")
        elif group and word not in group:
            return word
        else:
            command = group.get(word, command)
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_command_that_a_page_names_exists(page: Path) -> None:
    wrong = {
        " ".join(words): why for words in calls(page.read_text(encoding="utf-8")) if (why := unknown(words))
    }
    assert wrong == {}


def test_a_command_that_is_not_there_is_found() -> None:
    text = "`backstride nonsense` and `backstride stop --everything`\n```\nsudo backstride unit revoke x  # off\n```"
    assert [unknown(words) for words in calls(text)] == ["", "nonsense", "--everything"]
    assert unknown(["user", "list|role|vanish"]) == "vanish"


def test_a_claim_is_found() -> None:
    assert CLAIMS.search("Retro walking and running helps knees, balance and conditioning")
    assert CLAIMS.search("a fail-safe stop")
    assert not CLAIMS.search("It treats, prevents and cures nothing.")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_claims_what_safety_md_forbids(page: Path) -> None:
    text = re.sub(r"Never ours: [^.]*\.", "", page.read_text(encoding="utf-8"))
    assert [found[0] for found in CLAIMS.finditer(text)] == []
