"""A member's page and the own lock of their phone: Chromium's authenticator, over TLS of the site's own authority."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from console_rig import ConsoleProcess
from home_phone import moved_in
from members_rig import WREN
from month_rig import enter_member
from playwright.async_api import CDPSession, Page, expect
from ports import free_port
from tls_site import TlsSite, tls_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PIN, OTHERS_PIN = "2846", "9173"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsSite]:
    async with tls_site(tmp_path_factory.mktemp("passkeys"), tmp_path_factory.mktemp("home")) as site:
        yield site


async def phone_of(site: TlsSite) -> tuple[Page, CDPSession, str]:
    """A phone with a lock of its own, that its owner opens."""
    context = await site.browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    tools = await context.new_cdp_session(page)
    await tools.send("WebAuthn.enable", {"enableUI": False})
    lock = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasResidentKey": True,
        "automaticPresenceSimulation": True,
    }
    added = await tools.send("WebAuthn.addVirtualAuthenticator", {"options": lock})
    return page, tools, str(added["authenticatorId"])


async def asked_for(page: Page, url: str) -> tuple[int, str]:
    """What the hub answers to a page that posts nothing there."""
    status, said = await page.evaluate(
        "async url => { const a = await fetch(url, {method: 'POST'}); return [a.status, await a.text()] }",
        url,
    )
    return int(status), str(said)


async def kept(tools: CDPSession, lock: str) -> int:
    """How many passkeys the phone keeps."""
    return len((await tools.send("WebAuthn.getCredentials", {"authenticatorId": lock}))["credentials"])


async def add_passkey(page: Page, home: str) -> None:
    await page.goto(f"{home}/data")
    await page.get_by_role("button", name="Open with the phone's lock from now on").click()
    await expect(page.get_by_text("opens with this phone's own lock")).to_be_visible()


async def open_by_lock(page: Page, home: str) -> None:
    await page.goto(home)
    await expect(page.get_by_role("heading", name="Your PIN")).to_be_visible()
    await page.get_by_role("button", name="Open with the phone's lock").click()


async def test_a_phones_lock_opens_the_page_until_a_press_of_the_staff_ends_it(site: TlsSite) -> None:
    wren = enter_member(site.folder, WREN)
    page, tools, lock = await phone_of(site)
    home = await moved_in(page, site.link(wren), PIN)
    await add_passkey(page, home)
    assert await kept(tools, lock) == 1
    assert "own page opens by a passkey" in site.audit(wren)
    for _ in range(2):
        await page.goto(home)
        await page.get_by_role("button", name="Close").click()
        await open_by_lock(page, home)
        await expect(page.get_by_role("heading", name="This week")).to_be_visible()

    await page.get_by_role("button", name="Close").click()
    refused = {"authenticatorId": lock, "isUserVerified": False}
    await tools.send("WebAuthn.setUserVerified", refused)
    await open_by_lock(page, home)
    await expect(page.get_by_role("alert").filter(has_text="did not open")).to_be_visible()
    await page.get_by_label("PIN").fill(PIN)
    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()
    await tools.send("WebAuthn.setUserVerified", {**refused, "isUserVerified": True})

    await page.get_by_role("button", name="Close").click()
    staff = await site.staff_page(f"/history/{wren}")
    await staff.get_by_role("button", name="A phone is lost").click()
    await expect(staff.get_by_text("On no phone yet.")).to_be_visible()
    await page.goto(home)
    await expect(page.get_by_role("alert")).to_contain_text("Ask the staff for a new code")
    assert await page.get_by_role("button", name="Open with the phone's lock").count() == 0


async def test_two_members_on_one_phone_have_a_lock_each_or_none(site: TlsSite) -> None:
    robin, finch = (
        enter_member(site.folder, replace(WREN, name=f"{alias} Smith", alias=alias))
        for alias in ("Robin", "Finch")
    )
    page, tools, lock = await phone_of(site)
    first = await moved_in(page, site.link(robin), PIN)
    second = await moved_in(page, site.link(finch), OTHERS_PIN)
    await add_passkey(page, first)
    await page.goto(f"{second}/data")
    await expect(page.get_by_role("button", name="Open with the phone's lock from now on")).to_be_visible()
    for home in (first, second):
        await page.goto(home)
        await page.get_by_role("button", name="Close").click()
    assert await page.get_by_role("button", name="Open with the phone's lock").count() == 0
    assert (await asked_for(page, f"{second}/passkey/question"))[0] == 404
    await page.get_by_label("PIN").fill(OTHERS_PIN)
    await page.get_by_role("button", name="Open", exact=True).click()
    await add_passkey(page, second)
    assert await kept(tools, lock) == 2
    await page.goto(second)
    await page.get_by_role("button", name="Close").click()
    for home, alias in ((first, "Robin"), (second, "Finch")):
        await open_by_lock(page, home)
        await expect(page.locator(".brand")).to_contain_text(alias)
    await page.goto(f"{first}/data")
    await page.get_by_role("button", name="With the PIN alone from now on").click()
    await expect(page.get_by_role("button", name="Open with the phone's lock from now on")).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    assert await page.get_by_role("button", name="Open with the phone's lock").count() == 0
    await page.goto(second)
    await expect(page.locator(".brand")).to_contain_text("Finch")


async def test_a_page_without_tls_offers_no_lock(site: TlsSite, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    console = ConsoleProcess(free_port(), f"mqtt://127.0.0.1:{free_port()}", folder)
    await console.start(connected=False)
    try:
        plain = replace(site, url=console.url.replace("127.0.0.1", "localhost"), folder=folder)
        page, tools, lock = await phone_of(plain)
        home = await moved_in(page, plain.link(enter_member(folder, WREN)), PIN)
        await page.goto(f"{home}/data")
        await expect(page.get_by_role("heading", name="My phones")).to_be_visible()
        assert not await page.locator("[data-passkey]").is_visible()
        status, said = await asked_for(page, f"{home}/passkey/wanted")
        assert status == 422
        assert "https" in said
        assert await kept(tools, lock) == 0
    finally:
        await console.end()
