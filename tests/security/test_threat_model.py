"""Each line of SECURITY.md's threat model names its tests, and they are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COLUMNS = 5
LINES = [
    line
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("| who ", "|---"))
]


def test_there_is_a_model() -> None:
    assert len(LINES) > 20


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[3].strip()[:40])
def test_who_what_and_what_stops_them_are_said_and_shown(line: str) -> None:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert len(cells) == COLUMNS
    wants, stops, shown = cells[2:]
    assert wants
    assert stops
    tests = re.findall(r"`(tests/[\w/]+/test_\w+\.py)`", shown)
    assert tests
    for name in tests:
        assert re.search(
            r"^(async )?def test_\w+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
        ), name
