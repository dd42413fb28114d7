"""Never claim more than we do (docs/sources/domain.md, section 3): not on a page, in a cue or a paper."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USERS_READ = sorted(
    [
        ROOT / "README.md",
        ROOT / "pyproject.toml",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "services").rglob("*.po"),
        *(ROOT / "services").rglob("*.html"),
        *(ROOT / "services").rglob("*.toml"),
        *(ROOT / "dashboards").rglob("*.json"),
    ]
)
CLAIMS = re.compile(
    r"emergency stop|not-?(halt|aus)\b|fail-?safe|medically safe|medizinisch sicher|clinically proven|klinisch erwiesen"
    r"|\bSIL ?\d|\bPL ?[a-e]\b|iso certified|iso-?zertifiziert|replaces supervision|ersetzt die aufsicht"
    r"|\b(treats|cures|heals|prevents|heilt|verhindert) (knee|pain|osteoarthritis|arthritis|falls|knie|schmerz|stürze)"
    r"|\b(helps|hilft) (knees|knee|balance|bei|dem knie)",
    re.IGNORECASE,
)
SAYS_THAT_IT_IS_NOT = re.compile(
    r"\b(no|not|never|nor|neither|without|kein|keine|nicht|nie)\b", re.IGNORECASE
)


def claims(text: str) -> list[str]:
    """Lines that claim something, but those that say that it is not so."""
    found = ((line, CLAIMS.search(line)) for line in text.splitlines())
    return [
        line.strip()
        for line, claim in found
        if claim and not SAYS_THAT_IT_IS_NOT.search(line[: claim.start()])
    ]


@pytest.mark.parametrize("path", USERS_READ, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_users_read_claims_more_than_is_done(path: Path) -> None:
    assert claims(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "Press the emergency stop.", "Helps knees and balance", "Clinically proven", "Der Not-Halt ist rot",
        "A fail-safe design", "It prevents falls", "PL d",
    ],
)  # fmt: skip
def test_a_claim_is_found(line: str) -> None:
    assert claims(line) == [line]


def test_to_say_that_it_is_none_is_no_claim() -> None:
    assert claims("It is not an emergency stop.") == []
