"""The papers: their links lead somewhere, the files and tests that they name exist, decisions have one form."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
FOLDERS = ("device_adapters", "services", "tests", "deploy", "docs", "dashboards")
SHORT = {"d/": "device_adapters/", "s/": "services/"}

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_NAMED = re.compile(r"`([\w./-]+)`")
_TEST = re.compile(r"`(test_\w+)`")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def _anchors(page: Path) -> set[str]:
    plain = (
        re.sub(r"[^\w\- ]", "", heading.lower())
        for heading in _HEADING.findall(page.read_text(encoding="utf-8"))
    )
    return {heading.replace(" ", "-") for heading in plain}


def dead_links(page: Path) -> list[str]:
    """Links to files and headings that are not there; links to the web are not followed."""
    dead = []
    for found in _LINK.findall(page.read_text(encoding="utf-8")):
        link = found[0] or found[1]
        path, _, anchor = link.partition("#")
        to = (page.parent / path).resolve() if path else page
        if "://" in link:
            continue
        if not to.exists() or (anchor and anchor not in _anchors(to)):
            dead.append(link)
    return dead


def missing_files(text: str) -> list[str]:
    """Modules, and paths below the project's folders, that are named in backticks and are not there."""
    names = {SHORT.get(name[:2], name[:2]) + name[2:] for name in _NAMED.findall(text)}
    paths = {name for name in names if name.split("/")[0] in FOLDERS and "/" in name and "/." not in name}
    modules = {name for name in names - paths if name.endswith((".py", ".js"))}
    here = {str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.[pj]*")}
    missing = {path for path in paths if not (ROOT / path).exists()}
    missing |= {module for module in modules if not any(f"/{path}".endswith(f"/{module}") for path in here)}
    return sorted(missing)


def _tests() -> set[str]:
    defined = re.compile(r"def (test_\w+)")
    return {
        name for path in (ROOT / "tests").rglob("*.py") for name in defined.findall(path.read_text("utf-8"))
    }


@pytest.mark.parametrize(("page", "kb"), [("README.md", 6), ("SAFETY.md", 15)])
def test_what_everybody_reads_is_short(page: str, kb: int) -> None:
    assert len((ROOT / page).read_bytes()) <= kb * 1024


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


@pages
def test_every_file_that_is_named_exists(page: Path) -> None:
    if page.name != "CHANGELOG.md":
        assert missing_files(page.read_text(encoding="utf-8")) == []


def test_every_test_that_is_named_exists() -> None:
    here = _tests() | {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    named = {name for page in PAGES for name in _TEST.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 30
    assert named - here == set()


def test_each_row_of_the_evidence_is_in_the_file_of_tests_that_it_names() -> None:
    page = (ROOT / "docs" / "safety-evidence.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \| `(test_\w+)` \| `(test_\w+)` \|$", page, re.MULTILINE)
    files = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(rows) > 20
    assert [(module, test) for module, test in rows if f"def {test}(" not in files[module]] == []


def test_what_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        '# One thing\n[a](#one-thing) [b](#another) [c](gone.md) <img src="no.png"> [d](https://x.org)\n'
    )
    assert dead_links(page) == ["#another", "gone.md", "no.png"]
    assert missing_files("`s/rules/doses.py` `gate.py` `s/nobody.py` `docs/nothing/` `nowhere.py` `hub.toml`") == [
        "docs/nothing/", "nowhere.py", "services/nobody.py",
    ]  # fmt: skip


def test_the_map_names_every_folder() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent for top in FOLDERS[:2] for path in (ROOT / top).glob("*/__init__.py")}
    assert len(folders) > 15
    assert [str(one.relative_to(ROOT)) for one in folders if f"`{one.relative_to(ROOT)}/`" not in text] == []


def test_benchmarks_write_their_tables_between_lines_that_the_page_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "bench"))
    figures = importlib.import_module("figures")
    page = tmp_path / "page.md"
    page.write_text(figures.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    for marks in (figures.FIGURES, figures.UNIT):
        figures.write_between(marks, f"table of {marks[0]}", page)
    text = page.read_text(encoding="utf-8")
    assert "| treadmills" not in text
    assert "| what |" not in text
    assert all(
        f"{marks[0]}\ntable of {marks[0]}\n{marks[1]}" in text for marks in (figures.FIGURES, figures.UNIT)
    )
    assert "## What limits what" in text


def test_a_decision_says_what_was_decided_why_and_what_it_costs_and_is_listed() -> None:
    listed = (DECISIONS / "README.md").read_text(encoding="utf-8")
    records = sorted(DECISIONS.glob("[0-9]*.md"))
    form = re.compile(
        r"# (\d{3})\. (.+)\n(\d{4}-\d\d-\d\d)\n\n\*\*Decided\.\*\* .+\n\n\*\*Why\.\*\* .+\n\n\*\*Costs\.\*\* .+\n"
    )
    before = 0
    for record in records:
        told = form.fullmatch(record.read_text(encoding="utf-8"))
        assert told, f"{record.name}: a heading, a date, then Decided, Why and Costs, a paragraph each"
        assert record.name.startswith(told[1])
        assert int(told[1]) > before, "no number is given twice"
        before = int(told[1])
        assert f"| {told[1]} | [{told[2]}]({record.name}) | {told[3]} |" in listed


def test_each_row_of_a_hazard_names_its_tests() -> None:
    def rows(page: str, heading: str) -> list[list[str]]:
        part = (ROOT / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
        return [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `")]

    told = {
        cause for row in rows("SAFETY.md", "Hazards at the unit") for cause in re.findall(r"`(\w+)`", row[0])
    }
    shown = [
        row for row in rows("docs/safety-evidence.md", "Hazards, besides their rows") if "`test_" in row[2]
    ]
    assert {cause for row in shown for cause in re.findall(r"`(\w+)`", row[0])} == told
