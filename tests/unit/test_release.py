"""`make release`: what it refuses, what it writes, and that nothing known or unanswered gets through its gate."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cve_gate
import pytest
import release

ROOT = Path(__file__).parents[2]
CHANGELOG = "# Changelog\nAll.\n\n## Unreleased\n### Added\n- A thing.\n\n## 0.1.0 - 2026-03-31\n- First.\n"


def test_what_is_unreleased_becomes_the_section_of_the_version() -> None:
    after = release.with_section(CHANGELOG, "0.2.0", "2026-12-01")
    assert after == (
        "# Changelog\nAll.\n\n## Unreleased\n\n## 0.2.0 - 2026-12-01\n### Added\n- A thing.\n\n"
        "## 0.1.0 - 2026-03-31\n- First.\n"
    )
    first = release.with_section("# C\n## Unreleased\n- A.\n", "0.1.0", "2026-01-01")
    assert first == "# C\n## Unreleased\n\n## 0.1.0 - 2026-01-01\n- A.\n"


@pytest.mark.parametrize(
    ("changelog", "version", "why"),
    [
        ("# C\n", "0.2.0", "no section"),
        ("# C\n## Unreleased\n\n## 0.1.0 - x\n- First.\n", "0.2.0", "nothing is unreleased"),
        (CHANGELOG, "0.1.0", "already"),
    ],
)
def test_a_changelog_that_says_nothing_is_refused(changelog: str, version: str, why: str) -> None:
    with pytest.raises(release.NoReleaseError, match=why):
        release.with_section(changelog, version, "2026-12-01")


def test_the_changelog_and_project_that_we_have_can_be_released() -> None:
    project = release.with_version((ROOT / "pyproject.toml").read_text(), "9.0.0")
    assert project.count('version = "9.0.0"') == 1
    section = release.with_section((ROOT / "CHANGELOG.md").read_text(), "9.0.0", "2030-01-01")
    assert "## 9.0.0 - 2030-01-01\n### Added" in section
    with pytest.raises(release.NoReleaseError, match="older"):
        release.with_version('version = "0.2.0"\n', "0.2.0rc1")
    for text in ("1", "v0.2.0", "0.2"):
        with pytest.raises(release.NoReleaseError, match="no version"):
            release.ready(text)


def answer(*dependencies: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(dependencies), "fixes": []}


GOOD = {"name": "rich", "version": "1.0", "vulns": []}
KNOWN = {
    "name": "babel",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}],
}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (1.0)"}
"""As pip-audit 2.9 says it of a package where PyPI cannot be asked."""


@pytest.mark.parametrize(
    ("asked", "said", "code", "words"),
    [
        (["rich==1.0"], answer(GOOD), 0, "none known"),
        (["babel==2.0", "rich==1.0"], answer(GOOD, KNOWN), 1, "PYSEC-1, mended in 2.1"),
        (["rich==1.0"], answer(SKIPPED), 2, "No answer for 1 of 1"),
        (["rich==1.0"], answer(SKIPPED), 2, "pip-audit says: Dependency not found on PyPI"),
        (["babel==2.0", "rich==1.0"], answer(GOOD), 2, "babel==2.0"),
        (["rich==1.0"], {}, 2, "No answer"),
        ([], answer(), 2, "No answer"),
    ],
)
def test_the_gate_lets_through_only_what_was_answered_for(
    asked: list[str], said: dict[str, Any], code: int, words: str
) -> None:
    found, lines = cve_gate.judged(asked, said)
    assert found == code
    assert words in "\n".join(lines)


def test_the_gate_asks_for_each_package_of_each_bill(tmp_path: Path) -> None:
    for name, parts in (("a", ["rich", "backstride"]), ("b", ["rich", "babel"])):
        components = [{"name": part, "version": "1.0"} for part in parts]
        (tmp_path / name).write_text(json.dumps({"components": components}))
    assert cve_gate.packages([tmp_path / "a", tmp_path / "b"]) == ["babel==1.0", "rich==1.0"]
    assert cve_gate.main([]) == 2


def test_a_gate_that_cannot_ask_refuses(tmp_path: Path) -> None:
    """pip-audit is missing from this environment: nobody was asked."""
    bill = tmp_path / "bill.json"
    bill.write_text(json.dumps({"components": [{"name": "rich", "version": "1.0"}]}))
    done = subprocess.run(
        [sys.executable, "-S", ROOT / "deploy/cve_gate.py", bill], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "No answer for 1 of 1 packages" in done.stderr
