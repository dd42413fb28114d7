"""What the code cites can be opened in docs/sources, and the table of limits there is the one in force."""

import re
from pathlib import Path

import pytest

from device_adapters.safety.bouts import running_max_s
from device_adapters.safety.limits import Goal, Level, Limits, ceiling_for, limits_for, reserve_dpct
from services.members.doses import per_week_ceiling
from services.rules.doses import per_week

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "docs" / "sources"
READ = ("*.py", "*.toml", "*.md", "*.json", "*.js", "*.yaml")
_CITED = re.compile(r"\b(domain|ftms)\.md\b`?((?:[^§.;)]{0,24}§\d+(?:\.\d+)*)+)")
_SECTION = re.compile(r"^#{2,3} (\d+(?:\.\d+)*)\.? ", re.MULTILINE)


def cited(text: str) -> set[tuple[str, str]]:
    """(page, section) of each citation; a list after one name, broken lines and comment signs are borne."""
    plain = re.sub(r"\s*\n\s*#?\s*", " ", text)
    return {
        (page, number) for page, run in _CITED.findall(plain) for number in re.findall(r"§([\d.]*\d)", run)
    }


def sections(page: str) -> set[str]:
    return set(_SECTION.findall((SOURCES / f"{page}.md").read_text(encoding="utf-8")))


def _texts() -> dict[str, str]:
    folders = ("device_adapters", "services", "tests", "docs", "deploy")
    paths = [path for folder in folders for kind in READ for path in (ROOT / folder).rglob(kind)]
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (*paths, *ROOT.glob("*.md"))
    }


def test_a_citation_is_found_in_whatever_form_it_is_written() -> None:
    assert cited("(domain.md §2 table, §2.3). Pure") == {("domain", "2"), ("domain", "2.3")}
    assert cited("`ftms.md` §1.4; FTMS v1.0.1 §4.16") == {("ftms", "1.4")}
    assert cited("ftms.md §3, §7; domain.md\n    §0.1.") == {("ftms", "3"), ("ftms", "7"), ("domain", "0.1")}


def test_each_section_that_is_cited_exists() -> None:
    here = {page: sections(page) for page in ("domain", "ftms")}
    found = {(where, *one) for where, text in _texts().items() for one in cited(text)}
    assert len(found) > 60
    assert (
        sorted(one for one in found if one[2] not in here[one[1]] and one[0] != "tests/unit/test_sources.py")
        == []
    )


def _rows() -> dict[str, list[str]]:
    text = (SOURCES / "domain.md").read_text(encoding="utf-8").split("## 2. ", 1)[1].split("### 2.1", 1)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return {row[0]: row[1:] for row in rows}


def _numbers(cells: list[str]) -> tuple[int, ...]:
    """Speed, acceleration (0.01 km/h), grades (0.1 %), session and bout (s), per week, share of the maximum (0.1 %)."""
    low, high = cells[2].split("..")
    most = re.search(r"\((\d+)", cells[6])
    assert most
    return (
        round(float(cells[0]) * 100), round(float(cells[1]) * 100), int(low) * 10, int(high) * 10,
        int(cells[3]) * 60, int(cells[4].split(",")[0]), int(cells[5]), int(most[1]) * 10,
    )  # fmt: skip


def _in_force(limits: Limits, times: int) -> tuple[int, ...]:
    return (
        limits.speed_max_ckmh, limits.accel_max_ckmh_s, limits.grade_min_dpct, limits.grade_max_dpct,
        limits.session_max_s, limits.bout_max_s, times, limits.hr_max_dpct,
    )  # fmt: skip


@pytest.mark.parametrize("goal", Goal)
def test_the_table_of_limits_is_the_one_in_force(goal: Goal) -> None:
    rows = _rows()
    assert _numbers(rows[f"{goal} ceiling"]) == _in_force(ceiling_for(goal), per_week_ceiling(goal))
    for level in Level:
        cells = rows[f"{goal} {level}"]
        assert _numbers(cells) == _in_force(limits_for(goal, level), per_week(goal, level)), level
        assert int(cells[6].split()[0]) * 10 == reserve_dpct(goal, level), level
        running = re.search(r"running (\d+)", cells[4])
        assert (int(running[1]) if running else limits_for(goal, level).bout_max_s) == running_max_s(
            goal, level
        )
