"""A gym's own programme at the start panel: offered where it belongs, drawn, and asked for by its name."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console_rig import Rig, rig, still
from floor_page import OpenPage
from playwright.async_api import expect
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m
from services.programme import own
from services.programme.library import texts

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("own")) as made:
        made.gym.belts = {"tm-01": still("tm-01")}
        made.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True)
        await made.heard(1)
        yield made


async def test_a_programme_that_the_gym_added_is_offered_and_started_by_its_name(
    site: Rig, open_page: OpenPage
) -> None:
    text = texts()["mobility_novice"].replace('name = "', 'name = "Our ')
    ours = own.add(site.folder / own.FOLDER, text, "ours.toml").name
    page = await open_page(site.console.url)
    await page.locator('[data-treadmill="tm-01"] [data-panel=start]').click()
    choice = page.locator("#start select[name=programme]")
    await tick(page.locator("[name=goal][value=conditioning]"))
    await expect(choice).to_be_hidden()
    await tick(page.locator("[name=goal][value=mobility]"))
    await expect(choice).to_be_visible()
    await expect(page.locator("[data-preview]")).not_to_contain_text(ours)
    await choice.select_option(ours)
    await expect(page.locator("[data-preview]")).to_contain_text(ours)
    await page.locator("#start summary").click()
    await page.get_by_label("Language of the voice").select_option("fr")
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(site.gym.requests) == 1, "the start")
    asked = site.gym.requests[0]
    assert (asked.goal, asked.programme, asked.language) == ("mobility", ours, "fr")
