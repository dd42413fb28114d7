"""Chromium that trusts nothing but the site's own root opens the console by TLS, and keeps the screen awake there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from console_rig import ConsoleProcess
from playwright.async_api import Error, Page, expect
from ports import free_port
from tls_browser import tls_browser

from device_adapters.clock import SystemClock
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ConsoleProcess, str, Path]]:
    folder = tmp_path_factory.mktemp("trust")
    places, port = Places(folder / "etc"), free_port()
    set_up(places, SiteConfig("gym", ("localhost",), data=str(folder), https_port=port), SystemClock())
    made, root = places.services / "console-https.pem", places.services / "ca.crt"
    more = f'https = {{ port = {port}, certificate = "{made}", root = "{root}" }}'
    console = ConsoleProcess(free_port(), f"mqtt://127.0.0.1:{free_port()}", folder, more)
    try:
        await console.start(connected=False)
        yield console, f"https://localhost:{port}", root
    finally:
        await console.end()


@asynccontextmanager
async def browser_of(home: Path, root: Path | None) -> AsyncIterator[Page]:
    """A page of a Chromium that trusts `root`."""
    async with tls_browser(home, root) as browser:
        yield await (await browser.new_context()).new_page()


async def test_who_trusts_the_root_gets_the_pages_and_what_only_tls_gives(
    site: tuple[ConsoleProcess, str, Path], tmp_path: Path
) -> None:
    console, url, root = site
    async with browser_of(tmp_path, root) as page:
        await page.goto(console.url.replace("127.0.0.1", "localhost"))
        await expect(page).to_have_url(f"{url}/signin?next=/")
        await expect(page.get_by_role("button", name="Stop all belts")).to_be_visible()
        assert await page.evaluate("isSecureContext && 'wakeLock' in navigator")


async def test_who_does_not_is_told_by_http_how_to(
    site: tuple[ConsoleProcess, str, Path], tmp_path: Path
) -> None:
    console, url, root = site
    async with browser_of(tmp_path, None) as page:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            await page.goto(url)
        page = await page.context.new_page()
        await page.goto(f"{console.url}/trust")
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name="1. Load the certificate").click()
        download = await waiting.value
        assert Path(await download.path()).read_bytes() == root.read_bytes()
