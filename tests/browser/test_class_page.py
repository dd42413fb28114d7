"""A class in the browser on the whole demo: opened, confirmed at each belt, let go, on the wall, stopped."""

import re

import pytest
from floor_page import OpenPage, slot
from playwright.async_api import Page, expect
from test_demo_floor import Demo, clear
from ticking import tick

pytestmark = [pytest.mark.browser, pytest.mark.demo, pytest.mark.asyncio(loop_scope="module")]

LANES = ("tm-01", "tm-02")
LONG_MS = 120_000


async def confirm(page: Page, treadmill: str) -> None:
    """At the belt: start for the class."""
    await expect(slot(page, treadmill, "word")).to_have_text("Ready", timeout=LONG_MS)
    await page.get_by_role("button", name=f"Start a session on {treadmill}").click()
    await tick(page.get_by_role("checkbox", name="For the class"))
    await expect(page.get_by_role("radio", name="Mobility")).to_be_checked()
    await tick(page.locator("[name=spotter]"))
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await expect(slot(page, treadmill, "note")).to_contain_text("waits for the class", timeout=LONG_MS)


@pytest.mark.timeout(400)
async def test_a_class_from_opening_to_stop(demo: Demo, open_page: OpenPage) -> None:
    page = await open_page(f"{demo.url}/class")
    floor = await open_page(demo.url)
    wall = await open_page(f"{demo.url}/board", width=1920, height=1080, staff=False)
    await expect(wall.locator("[data-led]")).to_be_hidden()
    await page.get_by_label("Goal").select_option("mobility")
    await page.get_by_role("button", name="Open the class").click()
    await expect(page.get_by_text("Gathering")).to_be_visible(timeout=LONG_MS)
    go = page.get_by_role("button", name="Let the class begin")
    await expect(go).to_be_disabled()
    for treadmill in LANES:
        await confirm(floor, treadmill)
    await expect(page.locator("[data-lane][data-phase=ready]")).to_have_count(2, timeout=LONG_MS)
    assert await slot(floor, "tm-01", "speed").inner_text() == "0.0"

    await go.click()
    await expect(page.locator("[data-lane][data-phase=with]")).to_have_count(2, timeout=LONG_MS)
    await expect(wall.locator("[data-led]")).to_be_visible()
    await expect(wall.locator(".led-clock")).to_have_text(re.compile(r"^0:[0-5]\d$"), timeout=LONG_MS)
    await expect(wall.locator("[data-led]")).to_contain_text("Step 1 of")
    assert "tm-01" not in await wall.locator("[data-led]").inner_text()

    await page.get_by_role("button", name="Stop every belt of the class").click()
    for treadmill in LANES:
        await expect(slot(floor, treadmill, "speed")).to_have_text("0.0", timeout=LONG_MS)
    await expect(page.get_by_role("button", name="Open the class")).to_be_enabled(timeout=LONG_MS)
    await expect(wall.locator("[data-led]")).to_be_hidden()


@pytest.mark.timeout(300)
async def test_stop_for_all_is_on_the_class_page_and_needs_no_class(demo: Demo, open_page: OpenPage) -> None:
    page = await open_page(f"{demo.url}/class", width=390, height=844)
    await page.get_by_role("button", name="Stop all belts").click()
    floor = await open_page(demo.url)
    for treadmill in LANES:
        await expect(slot(floor, treadmill, "word")).to_have_text("Stopped", timeout=LONG_MS)
        await clear(floor, treadmill)
