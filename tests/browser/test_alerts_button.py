"""The operator asks for a test of the alerts on the page, and is told who took it: a real console, alert service,
broker and ntfy server."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from alert_receivers import Phone, ntfy
from axe_playwright_python.async_playwright import Axe
from console_rig import Rig, rig, still
from floor_page import OpenPage
from playwright.async_api import expect
from sign_in import NAMES, sign_in

from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Rig, Phone, Path]]:
    folder = tmp_path_factory.mktemp("alerts")
    async with rig(folder) as running:
        with ntfy() as phone:
            running.gym.belts = {"tm-01": still("tm-01")}
            await running.heard(1)
            yield running, phone, folder


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1920, "de")])
async def test_the_operator_tests_the_alerts(
    width: int, language: str, site: tuple[Rig, Phone, Path], open_page: OpenPage
) -> None:
    running, phone, folder = site
    (folder / "urls").write_text(f"ntfy://127.0.0.1:{phone.port}/topic\n")
    settings = folder / "alerts.toml"
    settings.write_text(
        f'site = "gym"\ndata = "{folder}"\n[broker]\nurl = "{running.gym.mqtt_url}"\n'
        f'[alerts]\ntargets_file = "{folder / "urls"}"\n'
    )
    page = await open_page(f"{running.console.url}/signin", width=width, language=language, staff=False)
    key = await sign_in(running.console.url, NAMES[Role.OPERATOR])
    await page.context.add_cookies([{"name": COOKIE, "value": key, "url": running.console.url}])
    await page.goto(f"{running.console.url}/operator")
    alerts = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "run", "alerts", "--config", str(settings), env=dict(os.environ)
    )
    try:
        card = page.locator('[data-id="service:alerts"]')
        await expect(card).to_have_attribute("data-verdict", "ok")
        await page.reload()
        button = page.locator("[data-test-alerts]")
        await button.click()
        told = page.locator("[data-tested]")
        await expect(told).to_have_text(
            {"en": "1 of 1 took the test.", "de": "1 von 1 nahmen den Test an."}[language]
        )
        assert phone.came
        await expect(card).to_contain_text({"en": "1 of 1 took it", "de": "1 von 1"}[language])
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        found = await Axe().run(page)
        assert [fault["id"] for fault in found.response["violations"]] == []
        if shots := os.environ.get("SHOTS"):
            await page.screenshot(path=f"{shots}/operator-{width}-{language}.png", full_page=True)
    finally:
        alerts.terminate()
        await alerts.wait()
    await expect(card).to_have_attribute("data-verdict", "fail")


async def test_staff_have_no_button(site: tuple[Rig, Phone, Path], open_page: OpenPage) -> None:
    page = await open_page(f"{site[0].console.url}/operator")
    await expect(page.locator("[data-test-alerts]")).to_have_count(0)
