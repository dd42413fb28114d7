"""What a treadmill is called, and where it stands: on the floor, in its alarms, on the board and the operator page."""

from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from console_rig import Rig, rig, still, view, walking
from floor_page import OpenPage, mark, same_page, slot, tile
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("names")) as running:
        running.gym.belts = {f"tm-{n:02}": still(f"tm-{n:02}") for n in range(1, 5)}
        await running.heard(4)
        yield running


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1366, "light")])
async def test_a_name_given_on_its_page_is_on_every_open_page_at_once(
    width: int, scheme: str, site: Rig, open_page: OpenPage
) -> None:
    site.gym.belts["tm-02"] = walking("tm-02")
    floor = await open_page(site.console.url, width=width, height=900, scheme=scheme)
    await expect(slot(floor, "tm-02", "word")).to_have_text("Running")
    await mark(floor)
    page = await open_page(f"{site.console.url}/operator", width=width, height=900, scheme=scheme)
    await page.locator('[data-id="treadmill:tm-02"] .tend a').click()
    await page.get_by_label("Name", exact=True).fill(f"Window {width}")
    await page.get_by_label("Place", exact=True).fill("Ground floor")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Window {width}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    found = await Axe().run(page)
    assert [fault["id"] for fault in found.response["violations"]] == []

    await expect(slot(floor, "tm-02", "name").first).to_have_text(f"Window {width}")
    await expect(floor.get_by_role("button", name=f"Stop Window {width}")).to_be_visible()
    await page.goto(f"{site.console.url}/treadmills/tm-03")
    await page.get_by_label("Place", exact=True).fill("Upstairs")
    await page.get_by_role("button", name="Save").click()
    where = floor.locator("[data-where]")
    await expect(where).to_be_visible()
    await where.select_option("Upstairs")
    await expect(floor.locator(".tile").filter(visible=True)).to_have_count(1)
    await where.select_option("")
    await same_page(floor)

    board = await open_page(f"{site.console.url}/board", width=1920, height=1080)
    await expect(board.locator('[data-id="tm-02"] .machine')).to_have_text(f"Window {width}")


async def test_the_alarm_names_the_belt_as_staff_do(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(f"{site.console.url}/treadmills/tm-04")
    await page.get_by_label("Name", exact=True).fill("By the door")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("By the door")
    await page.goto(site.console.url)
    belt = walking("tm-04")
    state = msgspec.structs.replace(belt.state, latched="stop_pressed", hazard="stop_not_obeyed")
    site.gym.belts["tm-04"] = replace(belt, state=state, session=view("tm-04", "stopping"))
    await expect(tile(page, "tm-04").locator(".peril")).to_be_visible()
    await expect(page.locator("[data-perils]")).to_contain_text("By the door: the belt may not stop.")
    site.gym.belts["tm-04"] = still("tm-04")
    await expect(tile(page, "tm-04").locator(".peril")).to_be_hidden()
