"""A member's page among the phone's apps, with the hub gone: nothing of the member, unless they turned that on.

What was kept is gone at the next contact after it was ended, erased or lost.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio
from home_phone import moved_in
from members_rig import WREN
from month_rig import enter_member, enter_month
from playwright.async_api import Page, expect
from tls_site import TlsSite, tls_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PIN = "2846"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TlsSite]:
    async with tls_site(tmp_path_factory.mktemp("offline"), tmp_path_factory.mktemp("home")) as site:
        yield site


def someone(site: TlsSite, alias: str) -> str:
    """A new member of this alias."""
    return enter_member(site.folder, replace(WREN, name=f"{alias} Smith", alias=alias))


@asynccontextmanager
async def network_cut(site: TlsSite) -> AsyncIterator[None]:
    """The hub is not there for a while: the port refuses, for pages and workers alike."""
    await site.console.end()
    try:
        yield
    finally:
        await site.console.start(connected=False)


async def phone_of(site: TlsSite, member: str) -> tuple[Page, str]:
    """A phone of theirs, whose worker is at work, and its page."""
    context = await site.browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    home = await moved_in(page, site.link(member), PIN)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    assert await page.evaluate("navigator.serviceWorker.controller !== null")
    return page, home


async def keep(page: Page, home: str) -> None:
    await page.goto(f"{home}/data")
    await page.get_by_role("button", name="Keep on this phone").click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()


async def kept_names(page: Page) -> list[str]:
    """Addresses of which the phone keeps a copy."""
    return [
        str(path)
        for path in await page.evaluate(
            "async () => { const found = [];"
            "for (const name of await caches.keys()) if (name.startsWith('kept-'))"
            " for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);"
            "return found }"
        )
    ]


async def shows_nothing(page: Page, address: str) -> None:
    await page.goto(address)
    await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    content = await page.content()
    for word in ("Wren", "Heron", "Finch", "Swift", "Merlin", "This week"):
        assert word not in content


async def test_it_is_installable_and_shows_nothing_without_a_connection(site: TlsSite) -> None:
    wren = someone(site, "Wren")
    latest = enter_month(site.folder, wren)[-1].session
    page, home = await phone_of(site, wren)
    tools = await page.context.new_cdp_session(page)
    faults = (await tools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # A window of its own profile that keeps nothing is never offered to be installed: that alone is said here.
    assert [fault["errorId"] for fault in faults if fault["errorId"] != "in-incognito"] == []
    found = await tools.send("Page.getAppManifest")
    assert found["url"] == f"{home}/manifest.webmanifest"
    assert found["errors"] == []
    await page.goto(f"{home}/sessions/{latest}")
    async with network_cut(site):
        for address in (home, f"{home}/sessions/{latest}", f"{home}/data"):
            await shows_nothing(page, address)
        await expect(page.get_by_role("link", name="Try again")).to_be_visible()
        assert await page.evaluate("getComputedStyle(document.querySelector('.button')).minHeight") != "0px"
    assert await kept_names(page) == []
    await page.get_by_role("link", name="Try again").click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()


async def test_what_a_member_keeps_is_read_offline_and_wiped_when_they_end_it(site: TlsSite) -> None:
    heron = someone(site, "Heron")
    latest = enter_month(site.folder, heron)[-1].session
    page, home = await phone_of(site, heron)
    await page.goto(f"{home}/data")
    await expect(page.get_by_text("whoever has the phone reads it")).to_be_visible()
    await keep(page, home)
    await page.goto(f"{home}/sessions/{latest}")
    await page.goto(f"{home}/data")
    await page.get_by_role("button", name="Close").click()
    path = home.removeprefix(site.url)
    assert set(await kept_names(page)) == {path, f"{path}/sessions/{latest}"}
    async with network_cut(site):
        await page.goto(home)
        await expect(page.get_by_role("status").filter(has_text="No connection.")).to_be_visible()
        await expect(page.locator(".brand")).to_contain_text("Heron")
        await page.locator(".mine a").first.click()
        await expect(page.get_by_role("img", name="The session on one time line")).to_be_visible()
        await shows_nothing(page, f"{home}/data")
    await page.goto(home)
    await expect(page.get_by_role("heading", name="Your PIN")).to_be_visible()
    assert len(await kept_names(page)) == 2, "a page that is closed is no page that is ended"
    await page.get_by_label("PIN").fill(PIN)
    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()
    await expect(page.get_by_text("No connection.")).to_be_hidden()
    await page.goto(f"{home}/data")
    await page.get_by_role("button", name="Keep nothing on this phone").click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()
    assert await kept_names(page) == []
    async with network_cut(site):
        await shows_nothing(page, home)


async def test_a_lost_phones_copies_are_wiped_at_its_next_contact_and_nobody_elses(site: TlsSite) -> None:
    finch, robin = someone(site, "Finch"), someone(site, "Robin")
    page, first = await phone_of(site, finch)
    await keep(page, first)
    second = await moved_in(page, site.link(robin), PIN)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await keep(page, second)
    await page.goto(second)
    assert {name.split("/")[2] for name in await kept_names(page)} == {first[-16:], second[-16:]}

    staff = await site.staff_page(f"/history/{finch}")
    await staff.get_by_role("button", name="A phone is lost").click()
    await expect(staff.get_by_text("On no phone yet.")).to_be_visible()
    async with network_cut(site):
        await page.goto(first)
        await expect(page.locator(".brand")).to_contain_text("Finch")
    await page.goto(first)
    await expect(page.get_by_role("alert")).to_contain_text("Ask the staff for a new code")
    assert {name.split("/")[2] for name in await kept_names(page)} == {second[-16:]}
    async with network_cut(site):
        await shows_nothing(page, first)
        await page.goto(second)
        await expect(page.locator(".brand")).to_contain_text("Robin")


async def test_who_is_erased_leaves_nothing_on_the_phone(site: TlsSite) -> None:
    page, home = await phone_of(site, someone(site, "Swift"))
    await keep(page, home)
    await page.goto(home)
    assert await kept_names(page) != []
    await page.goto(f"{home}/data")
    await page.get_by_label("I want to be erased").check()
    await page.get_by_label("PIN").fill(PIN)
    # The browser shows the answer when it has cleared all that it kept of the site: long on a busy machine.
    await page.get_by_role("button", name="Erase everything of me").click(timeout=120_000)
    await expect(page.get_by_role("heading", name="You are erased")).to_be_visible()
    assert await kept_names(page) == []
    async with network_cut(site):
        await shows_nothing(page, home)


@pytest.mark.parametrize(("age_days", "alias"), [(31, "Quail"), (-1, "Myna")])
async def test_a_copy_that_is_too_old_or_of_a_clock_that_was_set_back_is_shown_to_nobody(
    site: TlsSite, age_days: int, alias: str
) -> None:
    page, home = await phone_of(site, someone(site, alias))
    await keep(page, home)
    await page.evaluate(
        "async (days) => { for (const name of await caches.keys()) if (name.startsWith('kept-')) {"
        " const all = await caches.open(name);"
        " for (const one of await all.keys()) {"
        "  const found = await all.match(one), headers = new Headers(found.headers);"
        "  headers.set('Date', new Date(Date.now() - days * 86_400_000).toUTCString());"
        "  await all.put(one, new Response(await found.text(), {headers})) } } }",
        age_days,
    )
    async with network_cut(site):
        await shows_nothing(page, home)
    assert await kept_names(page) == []
