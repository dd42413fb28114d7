"""The machine book as its operator uses it: a console that counts, the page, the forms, the same over REST."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage
from playwright.async_api import expect
from rest_rig import bearer, open_tokens
from sign_in import NAMES, sign_in
from waiting import until

from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("book")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02", speed_kmh=18.0)}
        await running.heard(2)
        yield running


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1920, "de")])
async def test_the_operator_sees_to_services(
    width: int, language: str, site: Rig, open_page: OpenPage
) -> None:
    url = site.console.url
    page = await open_page(f"{url}/signin", width=width, language=language, staff=False)
    await page.context.add_cookies(
        [{"name": COOKIE, "value": await sign_in(url, NAMES[Role.OPERATOR]), "url": url}]
    )
    await page.goto(f"{url}/operator")
    await page.locator('a[href="/operator/machines"]').click()
    card = page.locator('[data-id="tm-02"]')
    await expect(card).to_contain_text("km")
    await card.locator("input[name=every_h]").fill("500")
    await card.locator("form").first.locator("button").click()
    await expect(card).to_contain_text(
        {"en": "each 500 h, 500.0 h left", "de": "alle 500 h, noch 500,0 h"}[language]
    )
    await card.locator("button[name=done]").click()
    await expect(card).to_contain_text({"en": "last on 20", "de": "zuletzt am 20"}[language])
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    found = await Axe().run(page)
    assert [fault["id"] for fault in found.response["violations"]] == []
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{shots}/machines-{width}-{language}.png", full_page=True)
    await page.emulate_media(media="print")
    await expect(card.locator("form").first).to_be_hidden()
    colours = await card.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"], "on paper, whatever the screen has"
    if shots:
        await page.screenshot(path=f"{shots}/machines-print-{width}.png", full_page=True)


async def test_staff_look_and_change_nothing(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(f"{site.console.url}/operator/machines")
    await expect(page.locator('[data-id="tm-01"]')).to_be_visible()
    await expect(page.locator("form")).to_have_count(0)
    async with site.client() as staff:
        answer = await staff.post("/operator/machines/tm-01/service", data={"done": "1"})
    assert answer.status_code == 403


async def test_a_program_reads_the_book(site: Rig) -> None:
    with open_tokens(site.folder) as tokens:
        secret = tokens.create("planner", Role.OPERATOR, days=1, by="test")
    async with httpx.AsyncClient(base_url=site.console.url, headers=bearer(secret), timeout=60) as http:

        async def read() -> None:
            machines[:] = (await http.get("/api/v1/machine-book")).json()["machines"]
            await asyncio.sleep(0.2)

        machines: list[dict[str, Any]] = []
        await until(lambda: machines and machines[1]["moved_km"] > 0, "tm-02 walked", 30, meanwhile=read)
    still_one, walked = machines
    assert (still_one["id"], still_one["moved_h"], still_one["starts"]) == ("tm-01", 0, 0)
    assert (walked["commission_again"], walked["out_of_use"]) == (False, "")
