"""A console by TLS with a certificate of the site's own authority, and a browser that trusts that alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from console_rig import ConsoleProcess
from month_rig import open_members
from playwright.async_api import Browser, Page
from ports import free_port
from sign_in import NAMES, PASSWORD, make_accounts
from tls_browser import tls_browser

from device_adapters.clock import SystemClock
from services.console.auth.homes import Homes
from services.console.auth.model import HOME_OPEN
from services.console.auth.roles import Role
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig


@dataclass(frozen=True)
class TlsSite:
    """The console, its address, the browser, and its data folder."""

    console: ConsoleProcess
    url: str
    browser: Browser
    folder: Path

    def link(self, member: str) -> str:
        """As staff hand it out."""
        store = open_members(self.folder)
        try:
            return f"{self.url}/me/enter/{Homes(store, HOME_OPEN).link(member, by='Anna')}"
        finally:
            store.close()

    def audit(self, member: str) -> list[str]:
        store = open_members(self.folder)
        try:
            return [line.what for line in store.audit(member)]
        finally:
            store.close()

    async def staff_page(self, path: str) -> Page:
        """This path, opened by staff who have signed in."""
        page = await (await self.browser.new_context()).new_page()
        await page.goto(f"{self.url}/signin?next={path}")
        await page.get_by_label("Name").fill(NAMES[Role.STAFF])
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        return page


@asynccontextmanager
async def tls_site(folder: Path, home: Path) -> AsyncIterator[TlsSite]:
    """One, in `folder`, without a broker; `home` is the browser's user's empty folder."""
    places, port = Places(folder / "etc"), free_port()
    set_up(places, SiteConfig("gym", ("localhost",), data=str(folder), https_port=port), SystemClock())
    made, root = places.services / "console-https.pem", places.services / "ca.crt"
    more = f'https = {{ port = {port}, certificate = "{made}", root = "{root}" }}'
    console = ConsoleProcess(free_port(), f"mqtt://127.0.0.1:{free_port()}", folder, more)
    try:
        await console.start(connected=False)
        make_accounts(folder)
        async with tls_browser(home, root) as browser:
            yield TlsSite(console, f"https://localhost:{port}", browser, folder)
    finally:
        await console.end()
