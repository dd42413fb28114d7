"""A press that was long on its way: the page says so, and nothing starts by it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, live, tile
from playwright.async_api import Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
HELD_S = 6.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("late")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02", can=("skip",))}
        await running.heard(2)
        yield running


@pytest.mark.parametrize("held_s", [0.0, HELD_S])
async def test_a_press_that_the_network_held_back_starts_nothing(
    site: Rig, open_page: OpenPage, held_s: float
) -> None:
    site.gym.requests.clear()
    page = await open_page(site.console.url)
    await live(page)

    async def hold(route: Route) -> None:
        await asyncio.sleep(held_s)
        await route.continue_()

    await page.route("**/api/treadmills/tm-02/*", hold)
    more = tile(page, "tm-02").locator("[data-panel=more]")
    await more.click()
    await page.locator("#more [data-verb=skip]").click()
    said = page.locator("body")
    if held_s:
        await expect(said).to_contain_text("This came more than 5 s after it was pressed")
        assert site.gym.requests == []
    else:
        async with asyncio.timeout(60):
            while not site.gym.requests:
                await asyncio.sleep(0.05)
        assert [request.verb for request in site.gym.requests] == ["skip"]
