"""What staff do with one hand while a member waits: by keyboard, with a new member, two at once, in German, slowly."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console_members import enter_members
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, live, slot, tile
from playwright.async_api import Page, Request, expect
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.members.store import Members

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

BYTES_MAX = 100_000
REQUESTS_MAX = 7
TABS = 8
"""More than the 6 connections that a browser opens to one host."""

SLOWED_BY = 6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Rig, str]]:
    async with rig(tmp_path_factory.mktemp("flows")) as site:
        wren, _ = enter_members(site.folder)
        yield site, wren


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: tuple[Rig, str]) -> Rig:
    gym = running[0].gym
    gym.belts = {f"tm-{number:02}": still(f"tm-{number:02}") for number in range(1, 7)}
    gym.belts["tm-02"] = walking("tm-02")
    gym.answer = lambda request: m.SessionReply(id=request.id, ok=True, session="s-1")
    gym.stops.clear()
    gym.requests.clear()
    await running[0].heard(6)
    return running[0]


async def tab_to(page: Page, name: str) -> None:
    """Tab until the element of this accessible name has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() and name in await focused.evaluate(
            "e => e.getAttribute('aria-label') ?? e.closest('label')?.innerText ?? e.innerText"
        ):
            return
    raise AssertionError(f"Tab never comes to {name}")


async def test_the_whole_start_by_keyboard(site: Rig, running: tuple[Rig, str], open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").wait_for()
    await tab_to(page, "Start a session on tm-01")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("wren")
    await expect(page.get_by_role("radio", name="Wanda Rennick")).to_have_count(1)
    await expect(page.get_by_role("radio", name="Fiona Inch")).to_have_count(0)
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="Wanda Rennick")).to_be_checked()
    await tab_to(page, "Knee strength")
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="Mobility")).to_be_checked()
    await expect(page.get_by_role("radio", name="Novice")).to_be_checked()
    await tab_to(page, "Asked: nothing has changed")
    await page.keyboard.press("Space")
    await tab_to(page, "Start for Wanda Rennick")
    await page.keyboard.press("Enter")
    await until(lambda: len(site.gym.requests) == 1, "the start")
    (request,) = site.gym.requests
    assert (request.member, request.goal, request.level) == (running[1], Goal.MOBILITY, Level.NOVICE)
    await expect(page.get_by_role("button", name="Start a session on tm-01")).to_be_focused()


async def test_a_new_member_starts_from_the_same_tile(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url, width=390)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("button", name="New member").click()
    form = page.get_by_role("form", name="New member")
    for name, text in (
        ("name", "Tove Lark"),
        ("alias", "Lark"),
        ("birth_year", "1990"),
    ):
        await form.locator(f"[name={name}]").fill(text)
    await form.get_by_role("radio", name="No", exact=True).check()
    await form.get_by_role("checkbox", name="Session records").check()
    await form.get_by_role("button", name="Save and choose").click()
    await expect(form).to_be_visible()  # nothing was said of their health yet
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await form.get_by_role("checkbox", name="None of these").check()
    await form.get_by_role("button", name="Save and choose").click()
    await expect(page.get_by_role("radio", name="Tove Lark")).to_be_checked()
    await page.get_by_role("radio", name="Conditioning").check()
    await expect(page.locator("[data-gates]")).to_contain_text("not signed off")
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(site.gym.requests) == 1, "the start")
    store = Members(f"sqlite:///{site.folder / 'members.db'}", lambda: time.time_ns() // 1_000_000)
    found = store.portrait(site.gym.requests[0].member, by="test")
    store.close()
    assert (found.person.alias, found.person.body.birth_year) == ("Lark", 1990)
    assert found.screenings[0].by == site.signature


async def test_what_does_not_fit_is_said_and_nobody_is_taken_in(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("button", name="New member").click()
    form = page.get_by_role("form", name="New member")
    young = str(time.gmtime().tm_year - 15)
    for name, text in (
        ("name", "Too Young"),
        ("alias", "Kit"),
        ("birth_year", young),
    ):
        await form.locator(f"[name={name}]").fill(text)
    await tick(form.get_by_role("radio", name="No", exact=True))
    await tick(form.get_by_role("checkbox", name="None of these"))
    await form.get_by_role("button", name="Save and choose").click()
    await expect(form.get_by_role("status")).to_contain_text("not offered to minors")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("searchbox").fill("Too Young")
    await expect(page.locator("[data-nobody]")).to_have_text("Nobody is called that.")


async def test_two_tablets_see_the_same_and_the_second_start_is_refused_in_words(
    site: Rig, open_page: OpenPage
) -> None:
    taken: list[str] = []

    def once(request: m.SessionRequest) -> m.SessionReply:
        taken.append(request.id)
        if len(taken) == 1:
            return m.SessionReply(id=request.id, ok=True, session="s-1")
        return m.SessionReply(
            id=request.id, ok=False, cause="lease_taken", text="tm-05 has a session already."
        )

    site.gym.answer = once
    tablets = [await open_page(site.console.url) for _ in range(2)]
    for page in tablets:
        await live(page)
        await page.get_by_role("button", name="Start a session on tm-05").click()
        await tick(page.get_by_role("radio", name="Mobility"))
    for page in tablets:
        await tick(page.locator("[name=screened]"))
        await page.locator("[data-action=begin]").click()
    await expect(tile(tablets[0], "tm-05").locator("[data-said]")).to_contain_text("Session accepted")
    await expect(tablets[1].locator("[data-answer]").first).to_have_text("tm-05 has a session already.")
    site.gym.belts["tm-05"] = walking("tm-05", 1.0)
    for page in tablets:
        await expect(slot(page, "tm-05", "word")).to_have_text("Running")
        await expect(slot(page, "tm-05", "speed")).to_have_text("1.0")


async def test_the_floor_in_german_and_the_choice_stays(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await page.get_by_role("link", name="DE").click()
    await expect(slot(page, "tm-02", "word")).to_have_text("Läuft")
    await page.goto(site.console.url)
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(slot(page, "tm-02", "step")).to_have_text("Schritt 2 von 5 · Intervall")
    site.gym.belts["tm-02"] = walking("tm-02", 2.4, 121)
    await expect(slot(page, "tm-02", "zone_word")).to_have_text("Nahe der Grenze")
    await page.get_by_role("button", name="Alle Bänder stoppen").click()
    await expect(tile(page, "tm-01").locator("[data-said]")).to_have_text("Stopp an alle Bänder gesendet.")
    other = await open_page(site.console.url)
    await live(other)


async def test_the_page_is_small_and_asks_little(site: Rig, open_page: OpenPage) -> None:
    site.gym.belts = {name: walking(name) for name in site.gym.belts}
    page = await open_page("about:blank")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.startswith("http") else None)
    await page.goto(site.console.url)
    await live(page)
    sizes = {request.url: (await request.sizes())["responseBodySize"] for request in asked}
    assert all(request.url.startswith(site.console.url) for request in asked)
    assert len(asked) <= REQUESTS_MAX, [request.url for request in asked]
    assert sum(sizes.values()) <= BYTES_MAX, sizes


async def test_a_slow_phone_shows_starts_and_stops(site: Rig, open_page: OpenPage) -> None:
    page = await open_page("about:blank", width=390, height=844)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED_BY})
    await page.goto(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("radio", name="Mobility").check()
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(site.gym.requests) == 1, "the start")
    await page.get_by_role("button", name="Stop tm-02").click()
    await until(lambda: site.gym.stops == ["tm-02"], "the stop")


async def test_many_tabs_hold_no_stop_back(site: Rig, open_page: OpenPage) -> None:
    first = await open_page(site.console.url)
    pages = [first]
    for _ in range(TABS - 1):
        page = await first.context.new_page()
        await page.goto(site.console.url, wait_until="commit")
        pages.append(page)
    for page in pages:
        await live(page)
    await first.bring_to_front()
    await first.get_by_role("button", name="Stop all belts").click()
    await until(lambda: site.gym.stops == ["all"], "the stop")
