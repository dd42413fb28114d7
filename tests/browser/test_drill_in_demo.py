"""A drill as staff go through it: begun on its page, a guest started on the floor, something goes wrong, cleared."""

import pytest
from floor_page import OpenPage, slot, tile
from playwright.async_api import Page, expect
from sampling import some
from test_demo_floor import STOPS_MAX_S, Demo, clear, press, until_speed
from ticking import tick

pytestmark = [pytest.mark.browser, pytest.mark.demo, pytest.mark.asyncio(loop_scope="module")]

NAME = "DRILL, no treadmill"
WAIT_MS = STOPS_MAX_S * 1000


async def start_a_guest(floor: Page) -> None:
    await press(floor.get_by_role("button", name=f"Start a session on {NAME}"))
    await tick(floor.get_by_role("radio", name="Guest"))
    await tick(floor.get_by_role("radio", name="Conditioning"))
    await floor.get_by_text("More: strap and countdown").click()
    await floor.locator("#start [name=waiver]").fill("a drill")
    await tick(floor.locator("#start [name=screened]"))
    await floor.locator("[data-action=begin]").click()
    await until_speed(floor, "drill", lambda kmh: kmh >= 1, STOPS_MAX_S)


@pytest.mark.parametrize("fault", some(["Ignore Stop", "Lose the link"], 1))
async def test_staff_practise_on_the_real_floor(demo: Demo, open_page: OpenPage, fault: str) -> None:
    page = await open_page(f"{demo.url}/drill", width=390)
    await page.get_by_role("button", name="Begin the drill").click()
    floor = await open_page(demo.url)
    await expect(floor.locator("#drill-name")).to_contain_text(NAME, timeout=WAIT_MS)
    treadmills = await floor.locator('[data-floor="treadmills"]').inner_text()
    assert int(treadmills) == await floor.locator("article.tile").count() - 1
    await start_a_guest(floor)
    await page.get_by_role("button", name=fault).click()
    if fault == "Ignore Stop":
        await tile(floor, "drill").get_by_role("button", name=f"Stop {NAME}").click()
    await expect(floor.locator('[data-treadmill="drill"][data-in_danger="true"]')).to_have_count(
        1, timeout=WAIT_MS
    )
    await page.get_by_role("button", name="Pull the safety key").click()
    await page.get_by_role("button", name="Put it right").click()
    await expect(slot(floor, "drill", "word")).to_have_text("Stopped", timeout=WAIT_MS)
    await clear(floor, "drill", NAME)
    board = await open_page(f"{demo.url}/board")
    await expect(board.get_by_text("DRILL")).to_have_count(0)
    await page.get_by_role("button", name="End the drill").click()
    await expect(tile(floor, "drill")).to_have_count(0, timeout=WAIT_MS)
