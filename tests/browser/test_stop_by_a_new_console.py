"""A page that was open while its console began anew: its Stop goes out, and is told as what it is."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, slot, tile
from playwright.async_api import Page, expect
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


DEAF = """() => {
  window.real = WebSocket;
  window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({code: 1006}), 200); } close() {} };
}"""
"""The page's live line does not come back: what the new console knows of the floor does not reach it."""


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("new")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


async def opened(site: Rig, open_page: OpenPage, language: str = "en") -> Page:
    page = await open_page(site.console.url, language=language)
    await expect(tile(page, "tm-02")).to_have_attribute("data-fresh", "true")
    return page


async def test_at_once_after_its_start_a_stop_is_told_as_any_other(site: Rig, open_page: OpenPage) -> None:
    page = await opened(site, open_page)
    await site.console.kill()
    await site.console.start()
    await page.get_by_role("button", name="Stop tm-02").click()
    await expect(tile(page, "tm-02").locator("[data-said]")).to_have_text("Stop sent to tm-02.")
    await expect(page.locator("[data-banner=command]")).to_be_hidden()
    assert site.gym.stops == ["tm-02"]


@pytest.mark.parametrize(
    ("language", "told", "over"),
    [
        ("en", "But tm-02 was not heard yet", "The stop was sent, and the belt stands now."),
        ("de", "noch nicht zu hören", "Der Stopp ist gesendet, und das Band steht jetzt."),
    ],
)
async def test_a_belt_that_is_not_heard_yet_is_an_alarm_until_it_is_told_to_stand(
    site: Rig, open_page: OpenPage, language: str, told: str, over: str
) -> None:
    page = await opened(site, open_page, language)
    await page.evaluate(DEAF)
    site.gym.belts = {}  # its unit is silent, and what was retained goes with the broker
    await site.console.kill()
    await site.kill_broker()
    await site.start_broker_again()
    await site.console.start()
    await page.locator('[data-stop="tm-02"]').get_by_role("button").click()
    await expect(page.locator("[data-banner=command]")).to_contain_text(told)
    await expect(tile(page, "tm-02").locator("[data-alarm]")).to_contain_text(told)
    await until(lambda: site.gym.stops == ["tm-02"], "the stop")
    site.gym.belts = {"tm-01": still("tm-01"), "tm-02": still("tm-02")}
    await page.evaluate("() => { window.WebSocket = window.real }")
    await expect(page.locator("[data-banner=command]")).to_be_hidden()
    await expect(tile(page, "tm-02").locator("[data-said]")).to_have_text(over)
    await expect(slot(page, "tm-02", "word")).not_to_be_empty()
