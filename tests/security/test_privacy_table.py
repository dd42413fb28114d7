"""The table of data in docs/operators.md: each address that shows anything is in one row, with who may see it."""

import re
from dataclasses import dataclass
from pathlib import Path

from services.console.auth.permissions import BOARD, DEEDS, HOME_ROWS, OPEN, ROWS, rows_of_site
from services.console.auth.roles import Role

DOCUMENT = Path(__file__).parents[2] / "docs" / "operators.md"
HEAD = "| data | where, and how long | shown at | who sees it |"
EVERYBODY, LINK, OWN = "everybody", "who has the link", "the member"
SHOWS = {row for row in DEEDS if row[0] in ("GET", "WS")}


@dataclass(frozen=True)
class PrivacyRow:
    data: str
    kept: str
    patterns: tuple[str, ...]
    who: frozenset[str]

    def fits(self, path: str) -> int:
        """How closely: the letters of the pattern that fits; -1: none does."""
        found = [len(p) for p in self.patterns if re.fullmatch(re.escape(p).replace(r"\*", ".*"), path)]
        return max(found, default=-1)


def table() -> list[PrivacyRow]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    begin = lines.index(HEAD) + 2
    found = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        data, kept, shown, who = (cell.strip() for cell in line.strip("|").split("|"))
        told = frozenset(one.strip() for one in who.partition(";")[0].split(","))
        found.append(PrivacyRow(data, kept, tuple(re.findall(r"`([^`]+)`", shown)), told))
    return found


def may(row: tuple[str, str]) -> frozenset[str]:
    if row in HOME_ROWS:
        return frozenset({OWN})
    roles = ROWS[row]
    return frozenset({EVERYBODY}) if roles is OPEN else frozenset(str(role) for role in roles)


def test_each_address_is_in_one_row_with_those_who_may() -> None:
    rows = table()
    for row in sorted(SHOWS):
        _, path = row
        fits = max(rows, key=lambda one: one.fits(path))
        assert fits.fits(path) >= 0, f"{path}: in no row of the privacy table"
        assert sum(one.fits(path) == fits.fits(path) for one in rows) == 1, f"{path}: in two rows"
        told = frozenset({EVERYBODY}) if fits.who == {LINK} else fits.who
        assert told == may(row), f"{path}: {fits.data}"


def test_each_row_says_where_and_how_long_and_shows_something_that_is() -> None:
    for row in table():
        assert row.kept, row.data
        assert row.who <= {EVERYBODY, LINK, OWN, *map(str, Role)}, row.data
        assert any(row.fits(path) >= 0 for _, path in SHOWS), row.data


def test_a_clinics_board_is_for_those_whom_the_table_names() -> None:
    written = next(line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "`/board`" in line)
    assert "in a clinic staff, coach" in written
    for row in BOARD:
        assert rows_of_site(clinic=True)[row] == {Role.STAFF, Role.COACH}
