"""Many treadmills on one page: they fit, they are found, and after a stop for all one Clear is enough."""

from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from console_rig import Rig, ScriptedBelt, rig, still, walking
from floor_page import OpenPage, live, tile
from playwright.async_api import expect
from waiting import until

from device_adapters.contract import messages as m

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
MANY = 60


def stopped(treadmill: str, latch: str = "stop_pressed") -> ScriptedBelt:
    belt = still(treadmill)
    return replace(belt, state=msgspec.structs.replace(belt.state, latched=latch, why="Stop was pressed."))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("crowd")) as site:
        site.gym.belts = {f"tm-{n:02}": still(f"tm-{n:02}") for n in range(1, MANY + 1)}
        await site.heard(MANY)
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Rig) -> Rig:
    names = [f"tm-{n:02}" for n in range(1, MANY + 1)]
    running.gym.belts = {name: still(name) for name in names}
    for name in ("tm-02", "tm-30", "tm-59"):
        running.gym.belts[name] = walking(name)
    running.gym.requests.clear()
    running.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True)
    return running


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
async def test_sixty_fit_one_screen(site: Rig, open_page: OpenPage, width: int, height: int) -> None:
    page = await open_page(site.console.url, width=width, height=height)
    await live(page)
    lowest = await page.evaluate(
        "Math.max(...[...document.querySelectorAll('.tile')].map(tile => tile.getBoundingClientRect().bottom))"
    )
    assert lowest <= height


async def test_on_a_phone_a_filter_finds_who_moves_who_is_free_and_what_is_mine(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url, width=360, height=740)
    await live(page)
    shown = page.locator(".tile").filter(visible=True)
    await expect(shown).to_have_count(MANY)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.locator("[data-filter=moving]").click()
    await expect(shown).to_have_count(3)
    await page.locator("[data-filter=free]").click()
    await expect(shown).to_have_count(MANY - 3)
    await page.locator("[data-filter=mine]").click()
    await expect(shown).to_have_count(0)
    await page.locator("[data-filter=all]").click()
    await page.wait_for_timeout(800)  # a button that has just come is not meant yet
    await page.get_by_role("button", name="Pause tm-30").click()
    await page.locator("[data-filter=mine]").click()
    await expect(shown).to_have_count(1)
    await expect(tile(page, "tm-30")).to_be_visible()
    site.gym.belts["tm-07"] = stopped("tm-07", "safety_key")
    await page.locator("[data-filter=trouble]").click()
    await expect(tile(page, "tm-07")).to_be_visible()
    await expect(shown).to_have_count(1)


async def test_after_a_stop_for_all_one_clear_is_enough(site: Rig, open_page: OpenPage) -> None:
    site.gym.belts |= {name: stopped(name) for name in ("tm-01", "tm-02", "tm-03")}
    site.gym.belts["tm-30"] = stopped("tm-30", "safety_key")  # a reason of its own: cleared by itself
    page = await open_page(site.console.url)
    many = page.locator("[data-clear-many]")
    await expect(many).to_contain_text("3")
    await many.click()
    await expect(page.locator("[data-clear-names]")).to_have_text("tm-01, tm-02, tm-03")
    site.gym.belts["tm-03"] = walking("tm-03")  # moves again: it is not cleared
    await expect(page.locator("[data-clear-names]")).to_have_text("tm-01, tm-02")
    await page.get_by_role("button", name="I looked: clear them").click()
    await expect(page.locator("[data-clearing]")).to_be_hidden()
    await until(lambda: len(site.gym.requests) == 2, "the clears")
    assert [(r.verb, r.treadmill, r.latch) for r in site.gym.requests] == [
        ("clear", "tm-01", "stop_pressed"),
        ("clear", "tm-02", "stop_pressed"),
    ]
