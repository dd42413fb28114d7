"""A member's month on their own phone, from the code that staff hand out to being forgotten; and two on one phone."""

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from floor_page import OpenPage
from home_phone import moved_in
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from past_rig import PastRig
from playwright.async_api import BrowserContext, Page, expect

from services.members.errors import UnknownMemberError
from services.members.model import Purpose

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

PIN, OTHERS_PIN = "2846", "9173"


@dataclass(frozen=True)
class MemberMonth:
    """Wren, who has walked; the latest of her sessions; and Finch, who shares her phone."""

    site: PastRig
    wren: str
    latest: str
    finch: str

    @property
    def folder(self) -> Path:
        return self.site.rig.folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def month(past_site: PastRig) -> AsyncIterator[MemberMonth]:
    wren = past_site.past.member
    store = open_members(past_site.rig.folder)
    store.consent(wren, Purpose.SESSION_RECORDS, text_version="1", by="Anna")
    store.close()
    latest = enter_month(past_site.rig.folder, wren)[-1].session
    finch = enter_member(past_site.rig.folder, replace(WREN, name="Fiona Inch", alias="Finch"))
    yield MemberMonth(past_site, wren, latest, finch)


async def handed_out(open_page: OpenPage, month: MemberMonth, member: str) -> str:
    """The link that staff show."""
    page = await open_page(f"{month.site.url}/history/{member}")
    await page.get_by_role("button", name="Hand out a code").click()
    await expect(page.get_by_role("img", name="Code of the link below")).to_be_visible()
    return await page.get_by_role("textbox", name="Link").input_value()


async def fits(page: Page) -> None:
    """Nothing is wider than a small phone, nothing to press smaller than a finger."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    small = await page.evaluate(
        "[...document.querySelectorAll('button, .button, .ways a')]"
        ".filter(one => one.offsetHeight && one.offsetHeight < 44)"
        ".map(one => one.textContent)"
    )
    assert small == []


async def test_a_members_month(month: MemberMonth, open_page: OpenPage) -> None:
    link = await handed_out(open_page, month, month.wren)
    page = await open_page(link, width=360, height=740, staff=False)
    await page.get_by_label("PIN, 4 to 8 digits").fill("1234")
    await page.get_by_label("The same PIN again").fill("1234")
    await page.get_by_role("button", name="This is my phone").click()
    await expect(page.get_by_role("alert")).to_contain_text("nobody guesses first")
    home = await moved_in(page, link, PIN)
    await fits(page)
    again = await open_page(link, width=360, height=740, staff=False)
    await expect(again.get_by_role("alert")).to_contain_text("used before")

    content = await page.content()
    assert "Wanda" not in content
    assert "Finch" not in content
    for drawn in ("Sessions a week", "Exertion (6 to 20)", "Pain at the end (0 to 10)", "Time in zones"):
        await expect(page.get_by_role("img", name=drawn)).to_be_visible()
    await expect(page.locator(".due")).to_contain_text("session may begin")
    await expect(page.locator(".road").first).to_contain_text("Novice")

    asked = page.get_by_role("region", name="A question").first
    await (
        asked.get_by_role("group", name="How hard was it?")
        .get_by_role("radio", name="12", exact=True)
        .check()
    )
    await (
        asked.get_by_role("group", name="Pain at its end").get_by_role("radio", name="1", exact=True).check()
    )
    await (
        asked.get_by_role("group", name="Pain on the day after")
        .get_by_role("radio", name="2", exact=True)
        .check()
    )
    await asked.get_by_role("button", name="Note it").click()
    await expect(page.get_by_role("status")).to_contain_text("Noted")
    assert month.latest not in await page.locator(".asked form").evaluate_all(
        "all => all.map(f => f.action).join()"
    )
    store = open_members(month.folder)
    said = next(r for r in store.portrait(month.wren, by="test").history if r.session == month.latest).answers
    store.close()
    assert (said.rpe, said.pain, said.pain_next_day) == (12, 1, 2)

    await page.locator(".mine a").first.click()
    await expect(page.get_by_role("img", name="The session on one time line")).to_be_visible()
    await expect(page.locator(".tally")).to_contain_text("RPE 12 of 20")
    await fits(page)
    await page.goto(f"{home}/sessions/{month.site.past.session}")
    await expect(page.locator(".marks")).to_contain_text("Near miss Heel on the frame")
    assert "Anna" not in await page.content(), "who of the staff wrote it"
    for form, begins in (("FIT", b".FIT"), ("TCX", b"<?xml"), ("CSV", b"time,")):
        assert begins in (await downloaded(page, form))[:12]

    await page.get_by_role("link", name="My data").click()
    await fits(page)
    board = page.get_by_role("listitem").filter(has_text="class board")
    await board.get_by_role("button", name="I agree").click()
    await expect(board).to_contain_text("Agreed on")
    await board.get_by_role("button", name="Take back").click()
    await expect(board).to_contain_text("Not agreed")
    whole = zipfile.ZipFile(io.BytesIO(await downloaded(page, "Download everything")))
    told = json.loads(whole.read("member.json"))
    assert told["person"]["name"] == WREN.name
    board_consents = [c for c in told["consents"] if c["purpose"] == "wall_board"]
    assert [(c["given_by"], c["withdrawn_by"]) for c in board_consents] == [("member", "member")]
    assert f"sessions/{month.latest}.json" in whole.namelist()
    assert not any("Fiona" in whole.read(name).decode("utf-8", "replace") for name in whole.namelist())

    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("heading", name="Your PIN")).to_be_visible()
    await page.get_by_label("PIN").fill(OTHERS_PIN)
    await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_role("alert")).to_contain_text("not right")
    await page.get_by_label("PIN").fill(PIN)
    await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()
    await page.get_by_role("link", name="DE", exact=True).click()
    await expect(page.get_by_role("heading", name="Diese Woche")).to_be_visible()
    await fits(page)
    await page.goto(f"{home}?lang=en")

    await page.goto(f"{home}/data")
    await page.get_by_label("I want to be erased").check()
    await page.get_by_label("PIN").fill(OTHERS_PIN)
    await page.get_by_role("button", name="Erase everything of me").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was erased")
    await page.get_by_label("I want to be erased").check()
    await page.get_by_label("PIN").fill(PIN)
    await page.get_by_role("button", name="Erase everything of me").click()
    await expect(page.get_by_role("heading", name="You are erased")).to_be_visible()
    await page.goto(home)
    await expect(page.get_by_role("alert")).to_contain_text("Ask the staff for a new code")
    store = open_members(month.folder)
    with pytest.raises(UnknownMemberError):
        store.portrait(month.wren, by="test")
    assert [line.by for line in store.audit(month.wren) if line.what == "erased"] == ["member"]
    store.close()


async def downloaded(page: Page, name: str) -> bytes:
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name=name, exact=True).click()
    return Path(await (await waiting.value).path()).read_bytes()


async def test_two_members_on_one_phone_know_nothing_of_each_other(
    month: MemberMonth, open_page: OpenPage
) -> None:
    robin = enter_member(month.folder, replace(WREN, name="Rob In", alias="Robin"))
    phone = await open_page(
        await handed_out(open_page, month, robin), width=360, height=740, staff=False, language="en"
    )
    first = await moved_in(phone, phone.url, PIN)
    await expect(phone.locator(".brand")).to_contain_text("Robin")
    second = await moved_in(phone, await handed_out(open_page, month, month.finch), OTHERS_PIN)
    await expect(phone.locator(".brand")).to_contain_text("Finch")
    assert "Robin" not in await phone.content()
    assert re.sub(r"\w+$", "", first) == re.sub(r"\w+$", "", second)
    await phone.goto(first)
    await expect(phone.locator(".brand")).to_contain_text("Robin")
    await phone.get_by_role("button", name="Close").click()
    await phone.get_by_label("PIN").fill(OTHERS_PIN)
    await phone.get_by_role("button", name="Open").click()
    await expect(phone.get_by_role("alert")).to_contain_text("not right")
    assert "Finch" not in await phone.content()
    await phone.goto(second)
    await expect(phone.locator(".brand")).to_contain_text("Finch")
    assert await sent_to(phone.context, first) & await sent_to(phone.context, second) == set()

    staff = await open_page(f"{month.site.url}/history/{robin}")
    await staff.get_by_role("button", name="A phone is lost").click()
    await expect(staff.get_by_text("On no phone yet.")).to_be_visible()
    await phone.goto(first)
    await expect(phone.get_by_role("alert")).to_contain_text("Ask the staff for a new code")
    await phone.goto(f"{month.site.url}/me")
    await expect(phone.locator(".brand")).to_contain_text("Finch")


async def sent_to(context: BrowserContext, url: str) -> set[str]:
    """The values of the keys that the phone sends to this address."""
    return {
        str(cookie.get("value"))
        for cookie in await context.cookies(url)
        if str(cookie.get("name")) in ("backstride-me", "backstride-me-open")
    }
