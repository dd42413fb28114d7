"""The start panel with members, in Chromium: four taps, gates in words, and every Stop in reach."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from console_members import enter_members, enter_ready
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, live, tile
from playwright.async_api import expect
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m

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
    await tick(page.get_by_role("radio", name="Wanda Rennick"))
    await tick(page.get_by_role("radio", name="Conditioning"))
    await expect(page.get_by_role("radio", name="Intermediate")).to_be_disabled()
    await expect(page.locator("[data-gates]")).to_contain_text("not signed off")
    await expect(page.locator("[data-strap]")).to_contain_text("No strap is heard")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for stop in ("Stop tm-01", "Stop tm-02", "Stop all belts"):
        await page.get_by_role("button", name=stop).click(trial=True)
    await tick(page.locator("[name=screened]"))
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
    await tick(page.get_by_role("radio", name="Fiona Inch"))
    await tick(page.get_by_role("radio", name="Mobility"))
    await expect(page.locator("[data-gates]")).to_contain_text("no consent")
    await expect(page.locator("[data-action=begin]")).to_be_disabled()
    await tick(page.get_by_role("radio", name="Guest"))
    await expect(page.locator("[data-gates]")).to_contain_text("Guests are novices")
    await tick(page.locator("[name=screened]"))
    await expect(page.locator("[data-action=begin]")).to_be_enabled()
    await page.get_by_role("searchbox").fill("nobody of that name")
    await expect(page.locator("[data-nobody]")).to_have_text("Nobody is called that.")
    await page.keyboard.press("Enter")
    assert site.gym.requests == []


async def test_who_was_here_before_starts_as_last_time(site: Rig, open_page: OpenPage) -> None:
    robin = enter_ready(site.folder)
    page = await open_page(site.console.url, width=768, height=1024)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await tick(page.get_by_role("radio", name="Robin Eady"))
    begin = page.locator("[data-action=begin]")
    await expect(page.locator("[data-nobody]")).to_contain_text(
        "As last time. Ask first: has anything changed"
    )
    await expect(begin).to_contain_text("Start for Robin Eady")
    await expect(begin).to_contain_text("Asked: nothing has changed")
    await begin.click()
    await until(lambda: len(site.gym.requests) == 1, "the start")
    asked = site.gym.requests[0]
    assert (asked.member, asked.goal, asked.level) == (robin, "knee_strength", "novice")
    assert asked.screened


async def test_what_a_hand_changes_is_not_as_last_time_and_asks_by_itself(
    site: Rig, open_page: OpenPage
) -> None:
    enter_ready(site.folder)
    page = await open_page(site.console.url, width=390, height=844)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    begin, asked = page.locator("[data-action=begin]"), page.locator("#start [data-screened]")
    await tick(page.get_by_role("radio", name="Robin Eady"))
    await expect(begin).to_be_enabled()
    await expect(asked).to_be_hidden()
    await tick(page.get_by_role("radio", name="Mobility"))
    await expect(asked).to_be_visible()
    await expect(begin).to_be_disabled()
    await tick(page.get_by_role("radio", name="Guest"))
    await expect(begin).to_be_disabled()
    await tick(page.get_by_role("radio", name="Robin Eady"))
    await expect(begin).to_be_disabled()  # the goal is a hand's now
    assert site.gym.requests == []


async def test_the_panel_is_what_the_server_says_is_possible_now(site: Rig, open_page: OpenPage) -> None:
    refusal = "A third session in a week needs a reason."
    site.gym.answer = lambda r: m.SessionReply(id=r.id, ok=False, cause="weekly_cap", text=refusal)
    enter_members(site.folder)
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    begin, answer = page.locator("[data-action=begin]"), page.locator("#start [data-answer]")
    await expect(begin).to_be_disabled()  # without a goal nothing is possible
    await expect(begin).to_contain_text("First choose a goal")
    await tick(page.get_by_role("radio", name="Wanda Rennick"))
    await tick(page.get_by_role("radio", name="Athletic"))
    await expect(page.locator("[data-held]")).to_contain_text("at most 3.0 km/h")
    await expect(page.get_by_label("Reason to train now")).to_be_hidden()
    await expect(begin).to_be_disabled()  # nobody was asked yet
    await expect(begin).to_contain_text("First press “Asked”")
    await tick(page.locator("[name=screened]"))
    await expect(begin).to_have_text("Start for Wanda Rennick")
    await begin.click()
    await expect(answer).to_have_text(refusal)
    await expect(page.get_by_label("Reason to train now")).to_be_visible()
    await tick(page.get_by_role("radio", name="Conditioning"))
    await expect(answer).to_be_empty()
    site.gym.belts["tm-01"] = walking("tm-01")  # a colleague was quicker
    await expect(page.locator("#start")).to_be_hidden()
    await expect(tile(page, "tm-01").locator("[data-alarm]")).to_contain_text("not free any more")
