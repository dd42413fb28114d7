"""The report as a PDF, read back: numbers are the stores', words are words, and nothing in them is markup."""

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from pypdf import PdfReader

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.errors import ConfigError
from services.console.past import report_pdf
from services.console.past.archive import Past
from services.console.past.report import Report
from services.members.model import Purpose
from services.members.opening import MembersDb
from services.metrics.history import history_of
from services.texts.languages import speaking


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def report_of(folder: Path, member: str) -> Report:
    members_db = MembersDb(lambda: open_members(folder))
    try:
        past = Past(history_of(HubConfig(data=str(folder))), members_db, SystemClock())
        return past.report(member, "staff u-1", "1.2.3")
    finally:
        members_db.close()


def test_it_says_the_numbers_of_the_stores_in_both_languages(tmp_path: Path) -> None:
    member = enter_member(tmp_path, replace(WREN, name="Helen Ron", alias="Heron"), Purpose.HEART_RATE)
    done = enter_month(tmp_path, member)
    minutes = sum(record.actual_s or 0 for record in done) / 60
    told = text_of(report_pdf.pdf(report_of(tmp_path, member), "gym"))
    assert f"Heron ({member})" in told
    assert f"Sessions {len(done)}" in told
    assert f"Moving {minutes:.0f} min" in told
    assert "11 to 11, last 11 (n = 7)" in told
    assert told.count("5 of 5 min") == len(done)
    assert "Backstride 1.2.3" in told
    assert "Helen" not in told
    with speaking("de"):
        german = text_of(report_pdf.pdf(report_of(tmp_path, member), "gym"))
    assert "Rückwärts trainieren: Bericht" in german
    assert f"Trainings {len(done)}" in german


@pytest.mark.parametrize(
    "odd", ["#panic()", "$x^2$", "*b* _i_ <a> @x", '"\\', "= H", "#read('/etc/passwd')", "]"]
)
def test_what_people_wrote_is_no_markup(tmp_path: Path, odd: str) -> None:
    member = enter_member(tmp_path, WREN)
    found = replace(report_of(tmp_path, member), alias=odd, methods=(odd, "after it"))
    told = text_of(report_pdf.pdf(found, odd))
    assert told.count(odd) >= 3 or odd.replace(" ", "") in told.replace(" ", "")
    assert "after it" in told


def test_without_a_month_it_says_so(tmp_path: Path) -> None:
    told = text_of(report_pdf.pdf(report_of(tmp_path, enter_member(tmp_path, WREN)), "gym"))
    for words in ("Sessions 0", "Nothing is prescribed", "None was done.", "None was recorded."):
        assert words in told


def test_without_typst_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = report_of(tmp_path, enter_member(tmp_path, WREN))
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConfigError, match=r"pip install 'backstride\[report\]'"):
        report_pdf.pdf(found, "gym")


def test_the_command_writes_it_and_the_audit_says_who(tmp_path: Path) -> None:
    member = enter_member(tmp_path, WREN)
    enter_month(tmp_path, member)
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}"\n')
    words = [
        "member",
        "report",
        member,
        "--pdf",
        "out.pdf",
        "--language",
        "de",
        "--config",
        "hub.toml",
        "--by",
        "Anna",
    ]
    command = [sys.executable, "-m", "services.cli", *words]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Rückwärts trainieren: Bericht" in text_of((tmp_path / "out.pdf").read_bytes())
    assert (tmp_path / "out.pdf").stat().st_mode & 0o777 == 0o600
    store = open_members(tmp_path)
    assert ("Anna", "made report") in [(line.by, line.what) for line in store.audit(member)]
    store.close()
