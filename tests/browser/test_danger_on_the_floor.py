"""A belt that ignores its stop, as staff see and hear it; and a stop that was not delivered over a belt that stands."""

from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from console_rig import Rig, ScriptedBelt, rig, still, view, walking
from floor_page import OpenPage, slot, tile
from playwright.async_api import Page, expect
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
TONES = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (when) { window.tones += 1; return start.call(this, when); };
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("danger")) as running:
        running.gym.belts = {f"tm-{n:02}": still(f"tm-{n:02}") for n in range(1, 6)}
        await running.heard(5)
        yield running


def ignores_stop(treadmill: str) -> ScriptedBelt:
    belt = walking(treadmill)
    state = msgspec.structs.replace(
        belt.state, latched="stop_pressed", hazard="stop_not_obeyed", why="The treadmill does not obey Stop."
    )
    return replace(belt, state=state, session=view(treadmill, "stopping", why="Stop was pressed."))


async def first(page: Page) -> str:
    """Which tile stands first to the eye."""
    return str(
        await page.evaluate(
            """[...document.querySelectorAll(".tile")].map((tile) => [tile, tile.getBoundingClientRect()])
            .sort(([, a], [, b]) => a.y - b.y || a.x - b.x)[0][0].dataset.treadmill"""
        )
    )


async def test_the_worst_fact_is_large_first_and_heard_until_it_is_over(
    site: Rig, open_page: OpenPage
) -> None:
    site.gym.belts["tm-04"] = walking("tm-04")
    page = await open_page(site.console.url)
    await page.evaluate(TONES)
    await expect(slot(page, "tm-04", "word")).to_have_text("Running")
    await page.mouse.click(5, 300)  # a touch lets the page sound
    assert await first(page) == "tm-01"
    site.gym.belts["tm-04"] = ignores_stop("tm-04")
    belt = tile(page, "tm-04")
    peril = belt.locator(".peril")
    await expect(peril).to_be_visible()
    await expect(peril).to_contain_text("The treadmill does not obey Stop. Use the red button or the cord.")
    await expect(page.locator("[data-perils]")).to_have_text(
        "tm-04: the belt may not stop. Red button or cord, now."
    )
    assert await first(page) == "tm-04"
    size = await peril.locator("b").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert size >= 18
    await expect(page.locator("body")).to_have_attribute("data-siren", "true")
    assert await page.evaluate("window.tones") > 0
    await peril.get_by_role("button", name="Quiet").click()
    await expect(page.locator("body")).to_have_attribute("data-siren", "false")
    await expect(peril).to_be_visible()
    site.gym.belts["tm-04"] = replace(still("tm-04"))
    await expect(peril).to_be_hidden()
    await expect(page.locator("[data-perils]")).to_be_hidden()
    site.gym.belts["tm-04"] = ignores_stop("tm-04")  # another time is heard again
    await expect(page.locator("body")).to_have_attribute("data-siren", "true")
    site.gym.belts["tm-04"] = still("tm-04")
    await expect(peril).to_be_hidden()


async def test_not_delivered_ends_when_the_belt_is_told_to_stand(site: Rig, open_page: OpenPage) -> None:
    site.gym.belts["tm-02"] = walking("tm-02")
    page = await open_page(site.console.url)
    await expect(slot(page, "tm-02", "word")).to_have_text("Running")
    await page.route("**/api/treadmills/tm-02/stop", lambda route: route.abort())
    await page.get_by_role("button", name="Stop tm-02").click()
    banner = page.locator("[data-banner=command]")
    await expect(banner).to_contain_text("NOT DELIVERED")
    await expect(tile(page, "tm-02").locator("[data-alarm]")).to_contain_text("NOT DELIVERED")
    ended = view("tm-02", "ended", outcome="stopped")
    site.gym.belts["tm-02"] = replace(still("tm-02"), session=ended)  # by its red button
    await expect(banner).to_be_hidden()
    await expect(tile(page, "tm-02").locator("[data-alarm]")).to_be_hidden()
    await page.get_by_role("button", name="Stop tm-02").click()
    await expect(tile(page, "tm-02").locator("[data-said]")).to_have_text(
        "The stop was not delivered, and the belt stands now."
    )
    await expect(banner).to_be_hidden()


async def test_a_clear_names_the_stop_that_was_seen(site: Rig, open_page: OpenPage) -> None:
    belt = still("tm-03")
    latched = msgspec.structs.replace(belt.state, latched="safety_key", why="The safety cord was pulled.")
    site.gym.belts["tm-03"] = replace(belt, state=latched)
    site.gym.requests.clear()
    page = await open_page(site.console.url)
    clear = page.get_by_role("button", name="Clear the stop of tm-03")
    await expect(clear).to_be_visible()
    await page.wait_for_timeout(800)  # a button that has just come is not meant yet
    await clear.click()
    await until(lambda: len(site.gym.requests) == 1, "the clear")
    assert (site.gym.requests[0].verb, site.gym.requests[0].latch) == ("clear", "safety_key")
