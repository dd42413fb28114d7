"""A shared tablet in Chromium: enrolled by a password once, then a face and a PIN; a wrong one says so, Stop stays."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from chromium import ARGUMENTS, CHROMIUM
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, live
from playwright.async_api import Locator, Page, async_playwright, expect
from sign_in import NAMES, PASSWORD, headers
from ticking import tick
from waiting import until

from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

PIN = "4071"
STAFF = NAMES[Role.STAFF]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("tablet")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


@pytest.fixture(autouse=True)
def nothing_asked_yet(site: Rig) -> None:
    site.gym.stops.clear()
    site.gym.requests.clear()


async def press(page: Page, pin: str) -> None:
    for digit in pin:
        await page.get_by_role("button", name=digit, exact=True).click()


async def chosen(radio: Locator) -> None:
    """Choose; a click before the page's script is there is not taken."""
    async with asyncio.timeout(60):
        while not await radio.is_checked():
            await radio.click(force=True)
            await asyncio.sleep(0.1)


async def test_a_tablet_is_enrolled_once_and_then_a_pin_is_enough(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url, width=768, staff=False)
    await expect(page).to_have_url(f"{site.console.url}/signin?next=/")
    await page.get_by_label("Name").fill(STAFF)
    await page.get_by_label("Password").fill("not it at all")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).not_to_be_empty()
    await page.get_by_label("Name").fill(STAFF)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Shared tablet").check()
    await page.get_by_role("button", name="Sign in").click()
    await live(page)

    await page.goto(f"{site.console.url}/account")
    await page.get_by_label("4 to 8 digits").fill(PIN)
    await page.get_by_label("Your password, to set one").fill(PASSWORD)
    await page.get_by_role("button", name="Set the PIN").click()
    await expect(page.get_by_role("status")).not_to_be_empty()
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    await chosen(page.get_by_role("radio", name=STAFF))
    await press(page, "1234")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).not_to_be_empty()
    await chosen(page.get_by_role("radio", name=STAFF))
    await press(page, f"{PIN}9")
    await page.get_by_role("button", name="Erase").click()
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{site.console.url}/")
    await live(page)


async def test_a_floor_whose_sign_in_has_ended_says_so_and_still_stops(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Stop tm-02").click()
    await until(lambda: "tm-02" in site.gym.stops, "the stop of a page without a sign-in")
    await page.get_by_role("button", name="Start a session on tm-01").click()
    told = page.get_by_role("form", name="Start a session").get_by_text("Signed out: sign in again for this.")
    await expect(told).to_be_visible()
    assert site.gym.requests == []


async def signed_in_anew(site: Rig, open_page: OpenPage) -> tuple[Page, str]:
    """The floor, by a sign-in of its own, and its key."""
    page = await open_page(f"{site.console.url}/signin?by=password", staff=False)
    await page.get_by_label("Name").fill(STAFF)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await live(page)
    cookies = await page.context.cookies()
    return page, next(each["value"] for each in cookies if each["name"] == COOKIE)


async def test_back_does_not_end_at_the_form_of_somebody_signed_in(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url, staff=False)
    await expect(page).to_have_url(f"{site.console.url}/signin?next=/")
    await page.get_by_label("Name").fill(STAFF)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await live(page)
    await page.go_back()
    await expect(page).to_have_url(f"{site.console.url}/")
    await live(page)


async def test_signed_out_one_banner_says_what_still_holds(site: Rig, open_page: OpenPage) -> None:
    page, key = await signed_in_anew(site, open_page)
    async with httpx.AsyncClient(headers=headers(site.console.url, key), timeout=60) as http:
        assert (await http.post(f"{site.console.url}/signout")).status_code == 303
    await expect(page.locator("[data-conn-word]")).to_have_text("Signed out")
    await expect(page.locator("[data-signed-out]")).to_be_visible()
    await expect(page.locator("[data-banner=connection]")).to_be_hidden()
    await page.get_by_role("button", name="Stop tm-02").click()
    await until(lambda: site.gym.stops == ["tm-02"], "the stop")


async def test_a_start_without_a_strap_carries_its_reason(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await tick(page.get_by_role("radio", name="Guest"))
    await tick(page.get_by_role("radio", name="Mobility"))
    await page.locator("[data-treadmill='tm-01'] summary, form summary").first.click()
    reasons = page.locator("#waiver-reasons option")
    reason = await reasons.first.get_attribute("value")
    assert reason
    await page.get_by_label("No strap because").fill(reason)
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(site.gym.requests) == 1, "the start")
    assert site.gym.requests[0].waiver == reason


async def test_an_operator_adds_somebody_who_comes_by_the_link_and_chooses_a_password(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(f"{site.console.url}/signin?next=/accounts", width=390, height=844, staff=False)
    await page.get_by_label("Name").fill(NAMES[Role.OPERATOR])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("region", name="New account").get_by_label("Name").fill("Rita")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Coach")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Rita has an account.")
    link = await page.get_by_label("Lets in once").input_value()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    rita = await open_page(link, staff=False)
    await expect(rita.get_by_role("heading", name="Rita")).to_be_visible()
    await expect(rita.get_by_label("Now")).to_have_count(0)
    await rita.get_by_label("New, 10 characters or more").fill(f"{PASSWORD} too")
    await rita.get_by_role("button", name="Keep it").click()
    await expect(rita.get_by_label("Now")).to_be_visible()
    await rita.goto(site.console.url)
    await live(rita)
    await page.get_by_role("button", name="Lock Rita").click()
    await expect(page.get_by_role("status")).to_contain_text("Rita is locked")
    await rita.goto(site.console.url)
    await expect(rita.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("kept", [True, False])
async def test_a_browser_that_keeps_no_cookies_is_told_so_before_a_password_is_typed(
    kept: bool, site: Rig, tmp_path: Path
) -> None:
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 1 if kept else 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked))
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=CHROMIUM, args=list(ARGUMENTS)
        )
        try:
            page = await context.new_page()
            await page.goto(f"{site.console.url}/signin")
            word = page.get_by_text("This browser keeps no cookies for this address")
            if kept:
                await page.wait_for_load_state("networkidle")
                await expect(word).to_be_hidden()
                return
            await expect(word).to_be_visible()
            await page.get_by_role("button", name="Stop all belts").click()
            await until(lambda: site.gym.stops == ["all"], "the stop")
        finally:
            await context.close()
