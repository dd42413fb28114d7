"""What a physio does with a member over weeks, on the staff's pages: prescribe, change, end, measure, report."""

from dataclasses import replace
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle
from floor_page import OpenPage
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from past_rig import PastRig
from playwright.async_api import Page, expect
from pypdf import PdfReader

from device_adapters.safety.limits import Goal
from device_adapters.units import DAY_MS
from services.members.model import Answers, Prescription, Purpose
from services.members.outcomes import OutcomeMeasure, OutcomeResult

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


async def prescribe(page: Page, **fields: str) -> None:
    await page.get_by_role("radio", name="Mobility").check()
    for name, value in fields.items():
        await page.locator(f"input[name={name}]").fill(value)
    await page.get_by_role("button", name="Prescribe it").click()


async def test_a_dose_is_prescribed_changed_and_ended_and_the_start_begins_with_it(
    past_site: PastRig, open_page: OpenPage
) -> None:
    folder = past_site.rig.folder
    robin = enter_member(folder, replace(WREN, name="Rob In", alias="Robin"))
    enter_month(folder, robin)
    page = await open_page(f"{past_site.url}/history/{robin}", width=390, height=844)
    await page.get_by_role("link", name="Prescribe a dose").click()
    good = {
        "speed_kmh": "1,2",
        "minutes": "5",
        "sessions_week": "2",
        "why": "after the operation",
        "clinician": "Dr. Grey",
    }
    await prescribe(page, **{**good, "speed_kmh": "9"})
    await expect(page.get_by_role("alert")).to_contain_text("Speed to start from: outside")
    await expect(page.locator("input[name=why]")).to_have_value("after the operation")
    await expect(page.get_by_text("Nothing is prescribed")).to_be_visible()
    await prescribe(page, **good)
    force = page.get_by_role("region", name="In force")
    await expect(force).to_contain_text("from 1.2 km/h, now at most 1.2 km/h")
    await expect(force).to_contain_text("0 of 2 sessions so far")
    await prescribe(page, **{**good, "minutes": "4", "hr_ceiling_bpm": "120", "why": "knee warm"})
    await expect(force).to_contain_text("at most 4 a session")
    await expect(force).to_contain_text("a heart rate of 120 bpm")
    versions = page.locator(".mine li")
    await expect(versions).to_have_count(2)
    await expect(versions.first).to_contain_text("Sam, Dr. Grey: knee warm")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390

    async with past_site.rig.client() as http:
        last = (await http.get(f"/api/members/{robin}/starts")).json()["last"]
    assert (last["goal"], last["level"], last["programme"]) == ("mobility", "novice", "")

    german = await open_page(f"{past_site.url}/history/{robin}?lang=de", width=390, height=844)
    await expect(german.get_by_role("region", name="Verordnung")).to_contain_text("höchstens 4 je Training")

    await page.get_by_role("button", name="End it").click()
    await expect(page.get_by_text("Nothing is prescribed")).to_be_visible()
    await expect(versions).to_have_count(3)
    store = open_members(folder)
    known = store.portrait(robin, by="test")
    store.close()
    assert [(one.goal, one.minutes, one.hr_ceiling_bpm, one.by) for one in known.prescriptions] == [
        (Goal.MOBILITY, 5, None, past_site.rig.signature),
        (Goal.MOBILITY, 4, 120, past_site.rig.signature),
        (Goal.MOBILITY, 4, 120, past_site.rig.signature),
    ]


async def test_a_test_is_taken_with_the_stopwatch_and_its_change_told(
    past_site: PastRig, open_page: OpenPage
) -> None:
    folder = past_site.rig.folder
    finch = enter_member(folder, replace(WREN, name="Fiona Inch", alias="Finch"))
    page = await open_page(f"{past_site.url}/history/{finch}", width=390, height=844)
    await page.get_by_role("link", name="Measure, and see the course").click()
    tug = page.get_by_role("region", name="Timed Up and Go")
    await tug.get_by_role("button", name="Start the watch").click()
    await expect(tug.get_by_label("Result")).not_to_have_value("")
    await tug.get_by_role("button", name="Stop the watch").click()
    read = float(await tug.get_by_label("Result").input_value())
    assert read > 0
    await tug.get_by_label("Result").fill("0,5")
    await tug.get_by_role("button", name="Note it").click()
    await expect(page.get_by_role("alert")).to_contain_text("Not noted")
    for value in ("12,5", "11"):
        await tug.get_by_label("Result").fill(value)
        await tug.get_by_role("button", name="Note it").click()
        await expect(tug.get_by_role("heading")).to_contain_text(value.replace(",", "."))
    await expect(tug).to_contain_text("Better, by more than the test's own error.")
    await expect(tug).to_contain_text("1.14 s (Alghadir 2015")
    await expect(tug.get_by_role("img", name="Timed Up and Go")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await tug.get_by_text("All results").click()
    await tug.get_by_role("button", name="The last one of today was a mistake").click()
    await expect(tug.get_by_role("heading")).to_contain_text("12.5 s")
    await page.get_by_role("link", name="Back to the progress").click()
    await expect(page.get_by_role("region", name="Tests")).to_contain_text("12.5 s")
    store = open_members(folder)
    known = store.portrait(finch, by="test").outcomes
    store.close()
    assert [(one.value_c, one.by) for one in known] == [(1250, past_site.rig.signature)]


def assert_says(text: str) -> None:
    """What a report of this month says, whoever sets it."""
    for told in ("from 1.2 km/h, now at most 1.5 km/h", "at most 5 a session", "pain of 4 of 10",
                 "−1.5 s since", "Better, by more than the test's own error", "1.14 s", "Alghadir 2015",
                 "11 to 11, last 11 (n = 7)", "2 to 2, last 2 (n = 7)", "None was recorded",
                 "It makes no diagnosis"):  # fmt: skip
        assert told in text, told


async def test_the_report_fits_two_sheets_and_its_numbers_are_the_stores(
    past_site: PastRig, open_page: OpenPage, tmp_path: Path
) -> None:
    folder = past_site.rig.folder
    heron = enter_member(folder, replace(WREN, name="Helen Ron", alias="Heron"), Purpose.HEART_RATE)
    done = enter_month(folder, heron)
    store = open_members(folder)
    now_ms = store.now_ms()
    given = Prescription(
        goal=Goal.MOBILITY, speed_ckmh=120, minutes=5, sessions_week=2, pain_stop=4, at_ms=now_ms - 14 * DAY_MS,
        until_ms=now_ms + 14 * DAY_MS, by="coach u-1", why="slow steps",
    )  # fmt: skip
    store.prescribe(heron, given)
    for value_c in (1250, 1100):
        measure = OutcomeMeasure.TIMED_UP_AND_GO
        store.measure(heron, OutcomeResult(measure=measure, value_c=value_c, at_ms=now_ms, by="coach u-1"))
    store.close()

    page = await open_page(f"{past_site.url}/history/{heron}", width=1280, height=900)
    await page.get_by_role("link", name="Report to hand over").click()
    await expect(page.get_by_role("heading", name="Training backward: report")).to_be_visible()
    paper = tmp_path / "report.pdf"
    await page.pdf(path=paper, prefer_css_page_size=True)
    sheets = PdfReader(paper).pages
    assert len(sheets) <= 2
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    assert "Helen" not in text, "the name is written by hand"
    assert "Floor" not in text, "what only a screen needs"
    minutes = sum(record.actual_s or 0 for record in done) / 60
    assert f"Sessions {len(done)}" in text
    assert f"Moving {minutes:.0f} min" in text
    assert_says(text)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="As a PDF file").click()
    download = await waiting.value
    assert download.suggested_filename == f"backstride-{heron}.pdf"
    set_by_typst = PdfReader(await download.path()).pages
    assert len(set_by_typst) <= 2
    file_text = " ".join(" ".join(sheet.extract_text() for sheet in set_by_typst).split())
    assert "Helen" not in file_text
    assert f"Sessions {len(done)}" in file_text
    assert f"Moving {minutes:.0f} min" in file_text
    assert_says(file_text)
    german = await open_page(f"{past_site.url}/history/{heron}/report?lang=de", width=390, height=844)
    await expect(german.get_by_role("heading", name="Rückwärts trainieren: Bericht")).to_be_visible()
    assert await german.evaluate("document.documentElement.scrollWidth") <= 390

    async with past_site.rig.client() as http:
        answer = await http.get(f"/history/{heron}/report.fhir.json")
    assert answer.headers["content-type"] == "application/fhir+json"
    assert "Helen" not in answer.text
    bundle = Bundle.model_validate_json(answer.content)
    told_by_code: dict[str, list[float]] = {}
    for entry in bundle.entry:
        assert entry.resource.subject.identifier.value == heron
        told_by_code.setdefault(entry.resource.code.coding[0].code, []).append(
            float(entry.resource.valueQuantity.value)
        )
    assert told_by_code["55411-3"] == [5.0] * len(done)
    assert told_by_code["55426-1"] == [104.0] * len(done)
    assert told_by_code["72514-3"] == [2.0] * 7
    assert told_by_code["rpe"] == [11.0] * 7
    assert told_by_code["timed_up_and_go"] == [12.5, 11.0]
    store = open_members(folder)
    audit = [line.what for line in store.audit(heron) if line.by == past_site.rig.signature]
    store.close()
    assert {"made report", "took FHIR observations"} <= set(audit)


async def test_today_lists_who_needs_somebody_and_leads_to_them(
    past_site: PastRig, open_page: OpenPage
) -> None:
    folder = past_site.rig.folder
    egret = enter_member(folder, replace(WREN, name="Edith Gret", alias="Egret"))
    latest = enter_month(folder, egret)[-1].session
    store = open_members(folder)
    store.answer(latest, Answers(rpe=12, pain=6), by="member")
    store.close()
    page = await open_page(f"{past_site.url}/sessions", width=390, height=844)
    await page.get_by_role("link", name="Today").click()
    sore = page.get_by_role("region", name="In pain")
    await expect(sore).to_contain_text("pain 6 of 10 after")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await sore.get_by_role("link", name="Egret").click()
    await expect(page.get_by_role("heading", name="Egret")).to_be_visible()
    store = open_members(folder)
    assert (past_site.rig.signature, "viewed today") in [
        (line.by, line.what) for line in store.audit("everybody")
    ]
    store.close()
