"""Files of sessions in Chromium: made once however often they are asked for, cancelled by the button and with the
page."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from floor_page import OpenPage
from past_rig import PastRig, past_rig
from playwright.async_api import expect
from slow_exports import SlowExports
from waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def slow_site(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[PastRig, SlowExports]]:
    slow = SlowExports(tmp_path_factory.mktemp("slow"), monkeypatch)
    async with past_rig(tmp_path_factory.mktemp("past")) as site:
        yield site, slow


async def test_a_file_is_cancelled_by_its_button_and_with_its_page_and_made_once(
    slow_site: tuple[PastRig, SlowExports], open_page: OpenPage
) -> None:
    site, slow = slow_site
    page = await open_page(f"{site.url}/sessions/{site.past.session}", width=320, height=640)
    fit, said = page.get_by_role("link", name="FIT"), page.locator("[data-said-download]")
    cancel = page.get_by_role("button", name="Cancel")
    await expect(cancel).to_be_hidden()
    for _ in range(5):
        await fit.click()
    await expect(said).to_have_text("Making the FIT file…")
    await until(lambda: len(slow.running()) == 1, "one export")
    await cancel.click()
    await expect(said).to_have_text("Cancelled.")
    await expect(cancel).to_be_hidden()
    await until(lambda: slow.running() == [], "its end")
    assert len(slow.begun()) == 1

    await page.get_by_role("link", name="CSV").click()
    await until(lambda: len(slow.running()) == 1, "the next export")
    await page.close()
    await until(lambda: slow.running() == [], "its end with the page")

    page = await open_page(f"{site.url}/sessions/{site.past.session}")
    await page.get_by_role("link", name="TCX").click()
    await until(lambda: len(slow.running()) == 1, "an export")
    await page.goto(f"{site.url}/sessions")
    await until(lambda: slow.running() == [], "its end, the page being elsewhere")

    await page.goto(f"{site.url}/sessions/{site.past.session}")
    slow.gate.touch()
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="JSON").click()
    download = await downloading.value
    assert download.suggested_filename == "retro-s-1.json"
    assert site.past.session in (await download.path()).read_text()
    await expect(page.locator("[data-said-download]")).to_have_text("The JSON file is made.")


async def test_without_the_script_a_link_is_a_plain_download(
    slow_site: tuple[PastRig, SlowExports], open_page: OpenPage
) -> None:
    site, slow = slow_site
    slow.gate.touch()
    page = await open_page(f"{site.url}/sessions/{site.past.session}", script=False)
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="CSV").click()
    assert (await downloading.value).suggested_filename == "retro-s-1.csv"
