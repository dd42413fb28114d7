"""The start panel with members, in Chromium: four taps, gates in words, and every Stop in reach."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from console_members import enter_members
from console_rig import Rig, rig, still, until, walking
from floor_page import OpenPage, live
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


@pytest.mark.parametrize("width", [390, 1920])
async def test_a_member_starts_in_four_taps(site: Rig, open_page: OpenPage, width: int) -> None:
    wren, _ = enter_members(site.folder)
    page = await open_page(site.console.url, width=width)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("radio", name="Wanda Rennick").check(force=True)
    await page.get_by_role("radio", name="Conditioning").check(force=True)
    await expect(page.get_by_role("radio", name="Intermediate")).to_be_disabled()
    await expect(page.locator("[data-gates]")).to_contain_text("not signed off")
    await expect(page.locator("[data-strap]")).to_contain_text("No strap is heard")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for stop in ("Stop tm-01", "Stop tm-02", "Stop all belts"):
        await page.get_by_role("button", name=stop).click(trial=True)
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(site.gym.requests) == 1, "the start")
    assert site.gym.requests[0].member == wren


async def test_a_shut_gate_is_told_and_nothing_starts(site: Rig, open_page: OpenPage) -> None:
    enter_members(site.folder)
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.keyboard.type("finch")
    await expect(page.get_by_role("radio", name="Wanda Rennick")).to_have_count(0)
    await page.get_by_role("radio", name="Fiona Inch").check(force=True)
    await page.get_by_role("radio", name="Mobility").check(force=True)
    await expect(page.locator("[data-gates]")).to_contain_text("no consent")
    await expect(page.locator("[data-action=begin]")).to_be_disabled()
    await page.get_by_role("radio", name="Guest").check(force=True)
    await expect(page.locator("[data-gates]")).to_contain_text("Guests are novices")
    await expect(page.locator("[data-action=begin]")).to_be_enabled()
    await page.get_by_role("searchbox").fill("nobody of that name")
    await expect(page.locator("[data-nobody]")).to_have_text("Nobody is called that.")
    await page.keyboard.press("Enter")
    assert site.gym.requests == []
