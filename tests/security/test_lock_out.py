"""Nobody can lock everybody out of signing in. The console's own application, on a clock that the test holds."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from memory_console import console
from sign_in import NAMES, PASSWORD, make_accounts

from device_adapters.clock import ManualClock
from services.console.app import make_app
from services.console.auth.known_devices import COOKIE, Devices
from services.console.auth.login import ACCOUNT_FREE, NETWORK_FREE, STRANGERS_FREE, Login
from services.console.auth.roles import Role

STAFF, COACH, OPERATOR = (NAMES[role] for role in (Role.STAFF, Role.COACH, Role.OPERATOR))
WRONG = "a wrong one"
PROXY = "192.0.2.1"
"""The one address that everybody comes by."""


class LockOutSite:
    """A console whose sign-in desk goes by the test's clock, and browsers at any address."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(now_ms=1_000_000)
        shop = console(folder)
        self.login = Login(shop.members_db, shop.signed_in, self.clock)
        self.accounts = make_accounts(folder)
        made = {name: getattr(shop, name) for name in shop.__dataclass_fields__}
        self.devices = Devices(folder)
        self.console = type(shop)(**{**made, "login": self.login, "devices": self.devices})
        self.app = make_app(self.console)
        self._open: list[httpx.AsyncClient] = []

    def browser(self, address: str = PROXY) -> httpx.AsyncClient:
        here = "http://127.0.0.1:8080"
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        made = httpx.AsyncClient(transport=transport, base_url=here, headers={"Origin": here}, timeout=60)
        self._open.append(made)
        return made

    async def spray(self, address: str = PROXY, tries: int = NETWORK_FREE + 2) -> None:
        """Wrong tries for names of nobody, each as soon as it may be made."""
        attacker = self.browser(address)
        for n in range(tries):
            if await sign_in(attacker, f"somebody {n}", WRONG) == 429:
                await self.clock.advance(900_000)

    async def close(self) -> None:
        for one in self._open:
            await one.aclose()
        self.console.members_db.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[LockOutSite]:
    made = LockOutSite(tmp_path)
    yield made
    await made.close()


async def sign_in(http: httpx.AsyncClient, name: str, password: str = PASSWORD, **more: str) -> int:
    return (await http.post("/signin", data={"name": name, "password": password, **more})).status_code


async def known(site: LockOutSite, name: str, address: str = PROXY) -> httpx.AsyncClient:
    """A browser where this person has signed in before."""
    http = site.browser(address)
    assert await sign_in(http, name) == 303
    await http.post("/signout")
    return http


async def test_guesses_by_everybodys_address_keep_out_no_known_browser_no_tablet_and_no_stop(
    site: LockOutSite,
) -> None:
    browser, tablet = await known(site, STAFF), site.browser()
    assert await sign_in(tablet, COACH, tablet="on") == 303
    pin = {"pin": "2468", "current": PASSWORD}
    assert (await tablet.post("/account/pin", data=pin)).status_code == 200
    await tablet.post("/signout")
    attacker, stranger = site.browser(), site.browser()
    for name in (STAFF, COACH):
        for _ in range(ACCOUNT_FREE + 2):
            await sign_in(attacker, name, WRONG)
            await site.clock.advance(900_000 - 1)
    await site.spray()
    assert await sign_in(attacker, "anybody", WRONG) == 401
    assert await sign_in(attacker, "anybody", WRONG) == 429
    assert await sign_in(stranger, STAFF) == 429, "a browser that nobody knows waits with its address"
    assert await sign_in(browser, STAFF) == 303
    account = {"account": site.accounts[Role.COACH], "pin": "2468"}
    assert (await tablet.post("/signin/pin", data=account)).status_code == 303
    await tablet.post("/signout")
    assert await sign_in(tablet, STAFF) == 303, "and any account's password on an enrolled tablet"
    assert (await attacker.post("/signin/pin", data=account)).status_code == 401, "a PIN counts there only"
    assert (await attacker.post("/api/stop")).status_code == 503, "taken; there is no broker in this test"


async def test_each_device_waits_longer_for_its_own_guesses_and_for_no_others(site: LockOutSite) -> None:
    one, other = await known(site, STAFF), await known(site, STAFF)
    waits = []
    for _ in range(9):
        waited = 0
        while await sign_in(one, STAFF, WRONG) == 429:
            await site.clock.advance(1_000)
            waited += 1
        waits.append(waited)
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32]
    assert await sign_in(one, STAFF) == 429, "the right word waits too"
    assert await sign_in(other, STAFF) == 303


async def test_a_known_browser_is_known_for_the_accounts_that_signed_in_there(site: LockOutSite) -> None:
    browser = await known(site, STAFF)
    await site.spray()
    attacker = site.browser()
    while await sign_in(attacker, "x", WRONG) != 429:
        pass
    assert await sign_in(browser, STAFF) == 303
    assert await sign_in(browser, OPERATOR) == 429
    forged = browser.cookies[COOKIE].split(".")
    forged[1] = "0" * 12
    other = site.browser()
    other.cookies.set(COOKIE, ".".join(forged), domain="127.0.0.1")
    assert await sign_in(other, STAFF) == 429, "a cookie that was made up is a stranger's"


async def test_one_address_shuts_an_account_out_for_nobody_elsewhere(site: LockOutSite) -> None:
    attacker = site.browser("198.51.100.1")
    for _ in range(STRANGERS_FREE + 2):
        await sign_in(attacker, OPERATOR, WRONG)
        await site.clock.advance(901_000)
    assert await sign_in(attacker, OPERATOR, WRONG) in (401, 429)
    assert await sign_in(site.browser("203.0.113.5"), OPERATOR) == 303


async def test_many_addresses_delay_strangers_of_that_account_only(site: LockOutSite) -> None:
    home = await known(site, OPERATOR, "203.0.113.5")
    for n in range(STRANGERS_FREE // ACCOUNT_FREE + 1):
        attacker = site.browser(f"198.51.100.{n}")
        for _ in range(ACCOUNT_FREE):
            await sign_in(attacker, OPERATOR, WRONG)
    assert await sign_in(site.browser("203.0.113.9"), OPERATOR) == 429
    assert await sign_in(site.browser("203.0.113.9"), STAFF) == 303
    assert await sign_in(home, OPERATOR) == 303


async def test_names_of_nobody_are_guessed_at_a_bounded_rate_by_one_address(site: LockOutSite) -> None:
    attacker = site.browser()
    codes = [await sign_in(attacker, f"somebody {n}", WRONG) for n in range(NETWORK_FREE + 5)]
    assert codes == [401] * (NETWORK_FREE + 1) + [429] * 4
