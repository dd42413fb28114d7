"""The operator's page in Chromium: a fault moves up by itself, goes again, and is told with its fix."""

from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, mark, same_page
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("operator")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1920, "dark")])
async def test_what_breaks_moves_to_the_top_by_itself(
    width: int, scheme: str, site: Rig, open_page: OpenPage
) -> None:
    site.gym.unit_online = True
    page = await open_page(f"{site.console.url}/operator", width=width, height=900, scheme=scheme)
    first = page.locator(".thing").first
    unit = page.locator('[data-id="unit:unit-01"]')
    await expect(unit).to_have_attribute("data-verdict", "ok")
    await expect(page.locator('[data-id="treadmill:tm-01"]')).to_contain_text("backstride commission tm-01")
    await mark(page)

    site.gym.unit_online = False
    await expect(unit).to_have_attribute("data-verdict", "fail")
    await expect(first).to_have_attribute("data-id", "unit:unit-01")
    await expect(first).to_contain_text("See its power and network")
    await expect(page.locator("[data-floor=broken]")).to_have_text("1")

    site.gym.unit_online = True
    await expect(unit).to_have_attribute("data-verdict", "ok")
    lost = msgspec.structs.replace(still("tm-01").state, link="lost")
    site.gym.belts["tm-01"] = replace(still("tm-01"), state=lost)
    await expect(first).to_have_attribute("data-id", "treadmill:tm-01")
    site.gym.belts["tm-01"] = still("tm-01")
    await expect(first).not_to_have_attribute("data-verdict", "fail")
    await same_page(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    found = await Axe().run(page)
    assert [fault["id"] for fault in found.response["violations"]] == []


async def test_the_page_says_when_its_server_is_gone_and_comes_back(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(f"{site.console.url}/operator")
    said = page.locator("[data-conn-word]")
    await expect(said).to_have_text("Live")
    await site.console.kill()
    await expect(said).to_have_text("Reconnecting", timeout=60_000)
    await site.console.start()
    await expect(said).to_have_text("Live", timeout=60_000)
