"""Chromium, and pages that fail their test when the browser complains."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from chromium import ARGUMENTS, CHROMIUM
from floor_page import OpenPage
from past_rig import PastRig, past_rig
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect
from sign_in import SIGNED_IN

from services.console.auth.signed_in import COOKIE

OFFLINE = ("Failed to load resource", "WebSocket connection to")
"""What Chromium says of a server that is gone or answers with an error: the pages say it themselves."""

LONG_MS = 60_000
"""Ends a hopeless wait: a machine that is busy may need seconds for what is asked here."""
expect.set_options(timeout=LONG_MS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("CHROMIUM IS NOT ON THIS MACHINE: no page was tested (apt install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def past_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PastRig]:
    async with past_rig(tmp_path_factory.mktemp("past")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """`await open_page(url, width=, height=, scheme=, script=, staff=, language=)`; what a page complains of fails.

    `staff`: with the cookie of the rig's staff, who signed in by the form.
    """
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OFFLINE):
            complaints.append(message.text)

    async def open_(
        url: str,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: str = "dark",
        script: bool = True,
        staff: bool = True,
        language: str = "en",
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=script,
            locale=language,
        )
        contexts.append(context)
        context.set_default_timeout(LONG_MS)
        if staff:
            # A cookie is a host's, whatever the port: of several sites of this process its own comes last, and stays.
            sites = sorted(SIGNED_IN, key=lambda origin: urlsplit(origin).netloc == urlsplit(url).netloc)
            await context.add_cookies(
                [{"name": COOKIE, "value": SIGNED_IN[origin], "url": origin} for origin in sites]
            )
        page = await context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert complaints == []
