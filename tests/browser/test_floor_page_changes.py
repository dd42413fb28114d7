"""The floor page when things come and go: treadmills, screens, the broker, the console itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from console_rig import SITE, Rig, ScriptedBelt, rig, still, view, walking
from floor_page import OpenPage, live, mark, same_page, slot, tile
from playwright.async_api import Page, WebSocketRoute, expect
from waiting import until

from device_adapters.contract import registry
from services.console.pages.live import FULL_CODE

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

CLIPPED = """
[...document.querySelectorAll('.tile, .tile button, .bar button, .big')]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map(e => e.className + e.textContent)
"""


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


async def test_a_page_without_a_place_says_so_and_that_stop_works(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)

    async def full(socket: WebSocketRoute) -> None:
        await socket.close(code=FULL_CODE)

    await page.route_web_socket("**/live/floor", full)
    await page.reload()
    await expect(page.locator("[data-conn-word]")).to_have_text("Too many pages")
    await expect(page.get_by_text("Stop works here as ever.")).to_be_visible()
    await expect(slot(page, "tm-02", "speed")).to_have_text("–")
    async with page.expect_response("**/api/stop") as answered:
        await page.locator(".stop-all button").click()
    assert (await answered.value).ok


async def test_what_is_new_appears_without_a_reload(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await mark(page)
    site.gym.belts["tm-00"] = still("tm-00")
    await expect(slot(page, "tm-00", "word")).to_have_text("Ready")
    assert await page.locator(".tile").evaluate_all("tiles => tiles.map(t => t.dataset.treadmill)") == [
        "tm-00",
        "tm-01",
        "tm-02",
    ]
    await site.gym.event("e-1", "The safety cord was pulled.", "tm-02", "alarm")
    await expect(page.locator("[data-incidents] li")).to_contain_text("The safety cord was pulled.")
    await expect(page.locator('[data-floor="incident_count"]')).to_have_text("1")
    await page.get_by_role("button", name="Stop tm-00").click()
    await until(lambda: site.gym.stops == ["tm-00"], "the new tile's stop")
    await same_page(page)


async def test_a_treadmill_taken_away_leaves_floor_and_board_and_the_panel_opens_elsewhere(
    site: Rig, open_page: OpenPage
) -> None:
    site.gym.belts["tm-03"] = walking("tm-03")
    page = await open_page(site.console.url)
    board = await open_page(f"{site.console.url}/board")
    await live(page)
    await expect(board.locator(".place")).to_have_count(2)
    await mark(page)
    await mark(board)
    await page.get_by_role("button", name="More for tm-03").click()
    await expect(page.locator("#more")).to_be_visible()
    del site.gym.belts["tm-03"]
    async with asyncio.timeout(60):
        while await tile(page, "tm-03").count():  # a last state of it may still have been under way
            await site.gym.bus.publish(registry.TREADMILL_STATE.topic(SITE, "tm-03"), b"", qos=1, retain=True)
            await asyncio.sleep(0.5)
    await expect(board.locator(".place")).to_have_count(1)
    await expect(board.locator('[data-id="tm-03"]')).to_have_count(0)
    await page.get_by_role("button", name="More for tm-02").click()
    await expect(tile(page, "tm-02").locator("#more")).to_be_visible()
    await page.get_by_role("button", name="Stop tm-02").click()
    await until(lambda: site.gym.stops == ["tm-02"], "a stop beside the opened panel")
    await same_page(page)
    await same_page(board)


async def test_a_lost_broker_is_told_and_comes_back_without_a_reload(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await mark(page)
    await site.kill_broker()
    await expect(page.locator("[data-conn-word]")).to_have_text("Broker lost")
    await expect(page.locator("[data-banner=connection]")).to_contain_text("stops do not reach the belts")
    await page.get_by_role("button", name="Stop tm-02").click()
    await expect(page.locator("[data-banner=command]")).to_contain_text(
        "tm-02: NOT DELIVERED: use the red button"
    )
    await expect(tile(page, "tm-02").get_by_role("alert")).to_contain_text("NOT DELIVERED")
    await expect(slot(page, "tm-02", "word")).to_have_text("No data")
    await site.start_broker_again()
    await live(page)
    await expect(page.locator("[data-banner=connection]")).to_be_hidden()
    await expect(slot(page, "tm-02", "speed")).to_have_text("2.3")
    await page.get_by_role("button", name="Stop tm-02").click()
    await expect(page.locator("[data-banner=command]")).to_be_hidden()
    await until(lambda: site.gym.stops == ["tm-02"], "the one stop that was delivered, and no replay")
    await same_page(page)


async def test_a_killed_console_is_told_and_comes_back_without_a_reload(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await mark(page)
    await site.console.kill()
    await expect(page.locator("[data-conn-word]")).to_have_text("Reconnecting")
    await page.get_by_role("button", name="Stop all belts").click()
    await expect(page.locator("[data-banner=command]")).to_contain_text("NOT DELIVERED: use the red button")
    await expect(slot(page, "tm-02", "word")).to_have_text("No news")
    await expect(slot(page, "tm-02", "speed")).to_have_text("–")
    await expect(slot(page, "tm-02", "last")).to_have_text("Last reading 2.3 km/h")
    await expect(page.locator("[data-banner=connection]")).to_contain_text(
        "stops cannot be sent from this page"
    )
    await site.console.start()
    await live(page)
    await expect(slot(page, "tm-02", "speed")).to_have_text("2.3")
    await expect(tile(page, "tm-02")).to_have_attribute("data-fresh", "true")
    await expect(page.locator("[data-banner=connection]")).to_be_hidden()
    assert site.gym.stops == []
    await same_page(page)


async def test_a_frozen_console_greys_the_tiles_until_it_thaws(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    site.console.freeze()
    await expect(page.locator("[data-conn-word]")).to_have_text("No news")
    await expect(tile(page, "tm-02")).to_have_attribute("data-fresh", "false")
    await expect(slot(page, "tm-02", "speed")).to_have_text("–")
    await expect(slot(page, "tm-02", "age_s")).to_contain_text("4 s ago")
    site.console.thaw()
    await live(page)
    await expect(slot(page, "tm-02", "speed")).to_have_text("2.3")
    await expect(slot(page, "tm-02", "grade")).to_have_text("0.0 %")


async def six_tiles(site: Rig, open_page: OpenPage, sixth: ScriptedBelt) -> Page:
    """A full floor: five treadmills in states with long words, and a sixth that tells no speed."""
    long = "The belt ran faster than its limit. Keep it out of use until it is checked."
    stopped = msgspec.structs.replace(still("tm-05").state, latched="overspeed", why=long)
    near = "heart rate 188 of 180 bpm"
    site.gym.belts |= {
        "tm-03": walking("tm-03", 12.4, 188, alias="W" * 24, hr_limit_bpm=180, nearest_limit=near),
        "tm-04": replace(still("tm-04"), session=view("tm-04", "paused")),
        "tm-05": replace(still("tm-05"), state=stopped),
        "tm-06": replace(sixth, speed_kmh=None),
    }
    await site.heard(6)
    for number in range(3):
        await site.gym.event(f"e-{number}", long, f"tm-0{number + 1}", "alarm")
    page = await open_page(site.console.url)
    await live(page)
    await expect(slot(page, "tm-06", "word")).to_have_text("No data")
    await expect(page.locator("[data-incidents] li")).to_have_count(3)
    return page


async def nothing_is_clipped(page: Page) -> None:
    """At every size; the last is the wall's."""
    for width, height in ((390, 844), (768, 1024), (1280, 800), (1920, 1080)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert await page.evaluate(CLIPPED) == [], width


async def test_six_tiles_fit_every_screen(site: Rig, open_page: OpenPage) -> None:
    page = await six_tiles(site, open_page, still("tm-06"))
    await nothing_is_clipped(page)
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await expect(page.get_by_role("form", name="Start a session")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_a_belt_that_falls_silent_under_a_walker_lies_whole_in_the_window(
    site: Rig, open_page: OpenPage
) -> None:
    page = await six_tiles(site, open_page, walking("tm-06"))
    belt = tile(page, "tm-06")
    await expect(belt.locator(".peril")).to_contain_text("tells no speed")
    await nothing_is_clipped(page)
    box = await belt.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 1080
