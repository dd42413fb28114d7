"""The floor page in Chromium: a real console process and broker, and a scripted gym on the bus."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from console_members import enter_members, wall_ms
from console_rig import Rig, rig, still, view, walking
from floor_page import OpenPage, live, slot, tile
from members_rig import WREN
from playwright.async_api import Request, expect
from sign_in import SIGNED_IN
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.members import own_straps
from services.members.model import Purpose
from services.members.store import Members

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Rig) -> Rig:
    """One site for this module, put back to where every test begins."""
    running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
    running.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True, session="s-1")
    running.gym.stops.clear()
    running.gym.requests.clear()
    running.gym.near = ()
    await running.heard(2)
    return running


async def test_tiles_are_in_the_first_html_and_stop_works_without_script(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url, script=False)
    await expect(slot(page, "tm-02", "speed")).to_have_text("2.3")
    await expect(slot(page, "tm-02", "hr")).to_have_text("112")
    await expect(slot(page, "tm-01", "word")).to_have_text("Ready")
    await page.get_by_role("button", name="Stop tm-02").click()
    await expect(page.get_by_role("alert")).to_have_text("Stop sent to tm-02.")
    await page.get_by_role("button", name="Stop all belts").click()
    await expect(page.get_by_role("alert")).to_have_text("Stop sent to all belts.")
    await until(lambda: site.gym.stops == ["tm-02", "all"], "both stops")


async def test_a_site_that_began_later_on_this_machine_signs_nobody_out_here(
    site: Rig, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SIGNED_IN, "http://127.0.0.1:1", "of another site")
    page = await open_page(site.console.url)
    await expect(tile(page, "tm-01")).to_be_visible()


async def test_values_change_in_place_under_a_held_button(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    stop = page.get_by_role("button", name="Stop tm-02")
    await stop.focus()
    await stop.evaluate("button => { button.kept = true }")
    site.gym.belts["tm-02"] = walking("tm-02", 2.4, 121)
    await expect(slot(page, "tm-02", "speed")).to_have_text("2.4")
    await expect(slot(page, "tm-02", "zone_word")).to_have_text("Near limit")
    await expect(tile(page, "tm-02")).to_have_attribute("data-zone", "near")
    assert await stop.evaluate("button => button.kept && document.activeElement === button")


async def test_stop_one_and_stop_all(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url, width=390, height=844)
    await page.get_by_role("button", name="Stop tm-02").click()
    await expect(tile(page, "tm-02").get_by_role("status")).to_have_text("Stop sent to tm-02.")
    await page.get_by_role("button", name="Stop all belts").click()
    await until(lambda: site.gym.stops == ["tm-02", "all"], "both stops")
    await expect(tile(page, "tm-01").get_by_role("status")).to_have_text("Stop sent to all belts.")


async def test_stop_by_keyboard_alone(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Stop all belts")).to_be_focused()
    await page.keyboard.press("Enter")
    await until(lambda: site.gym.stops == ["all"], "Tab, Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Stop tm-01")).to_be_focused()
    await page.keyboard.press("Space")
    await until(lambda: site.gym.stops == ["all", "tm-01"], "Tab, Space")
    await page.keyboard.press("Alt+s")
    await until(lambda: site.gym.stops == ["all", "tm-01", "all"], "Alt+S")


async def test_start_in_six_taps(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await expect(tile(page, "tm-02").locator('[data-action="start"]')).to_be_hidden()
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await tick(page.get_by_role("radio", name="Mobility"))
    await tick(page.get_by_role("radio", name="Novice"))
    await expect(page.locator("[data-preview]")).to_contain_text("Limits: 1.5 km/h, flat, 5 min")
    await tick(page.locator("[name=spotter]"))  # beside a guest as beside a member (mobility's novices)
    await tick(page.locator("[name=screened]"))
    await expect(page.locator("[data-holds]")).to_be_hidden()
    await page.locator("[data-action=begin]").click()
    await expect(tile(page, "tm-01").locator("[data-said]")).to_contain_text("Session accepted")
    await expect(page.get_by_role("form", name="Start a session")).to_be_hidden()
    (request,) = site.gym.requests
    assert (request.treadmill, request.goal, request.level) == ("tm-01", Goal.MOBILITY, Level.NOVICE)
    assert (request.member, request.countdown_s, request.spotter, request.harness) == ("", 5, True, False)
    assert request.language == ""


async def test_start_by_keyboard_and_refused_in_words(site: Rig, open_page: OpenPage) -> None:
    site.gym.answer = lambda r: m.SessionReply(
        id=r.id, ok=False, cause="no_strap", text="Put a strap on first."
    )
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("searchbox", name="Search members")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("radio", name="Guest")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="New member")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("radio", name="Knee strength")).to_be_focused()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")  # starts nothing before the guest was asked
    await page.get_by_role("checkbox", name="Asked: the whole screening").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("form").get_by_role("status")).to_have_text("Put a strap on first.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("form", name="Start a session")).to_be_hidden()
    await expect(page.get_by_role("button", name="Start a session on tm-01")).to_be_focused()
    assert [request.goal for request in site.gym.requests] == [Goal.KNEE_STRENGTH]


async def test_a_treadmill_with_a_button_to_hold_offers_hold_to_run(site: Rig, open_page: OpenPage) -> None:
    ready = still("tm-01")
    assert ready.state is not None
    site.gym.belts["tm-01"] = replace(ready, state=msgspec.structs.replace(ready.state, hold="released"))
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await tick(page.get_by_role("radio", name="Mobility"))
    await tick(page.get_by_role("checkbox", name="Hold to run"))
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await expect(tile(page, "tm-01").locator("[data-said]")).to_contain_text("Session accepted")
    assert [request.hold for request in site.gym.requests] == [True]


async def test_the_strap_just_put_on_is_offered_and_a_press_takes_it(site: Rig, open_page: OpenPage) -> None:
    now_ms = time.time_ns() // 1_000_000
    worn = m.NearbyStrap(strap="hr-aa", rssi_dbm=-42, since_ms=now_ms - 900_000, model="Polar H10")
    site.gym.near = (worn,)
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_text("More: strap and countdown").click()
    straps = page.locator("select[name=strap]")
    await expect(straps.locator("option", has_text="hr-aa · Polar H10 · -42 dBm")).to_have_count(1)
    await expect(page.get_by_role("button", name="just put on")).to_have_count(0)
    fresh = m.NearbyStrap(strap="hr-bb", rssi_dbm=-50, since_ms=time.time_ns() // 1_000_000)
    site.gym.near = (worn, fresh)
    offer = page.get_by_role("button", name="Use hr-bb, just put on")
    await expect(offer).to_be_visible()
    assert await straps.input_value() == ""  # offered, not chosen
    await offer.click()
    await tick(page.get_by_role("radio", name="Mobility"))
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await expect(tile(page, "tm-01").locator("[data-said]")).to_contain_text("Session accepted")
    assert site.gym.requests[0].strap == "hr-bb"


async def test_an_own_strap_offers_its_member_and_a_press_chooses_both(
    site: Rig, open_page: OpenPage
) -> None:
    wren, _ = enter_members(site.folder)
    store = Members(f"sqlite:///{site.folder / 'members.db'}", wall_ms)
    store.consent(wren, Purpose.OWN_STRAP, text_version="1", by="Anna")
    own_straps.remember(store, wren, "hr-own", by="Anna")
    store.close()
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    site.gym.near = (m.NearbyStrap(strap="hr-own", rssi_dbm=-50, since_ms=time.time_ns() // 1_000_000),)
    offer = page.get_by_role("button", name="with their own strap hr-own")
    await expect(offer).to_have_text(f"{WREN.name}, with their own strap hr-own")
    await expect(page.locator("[data-begin]")).to_have_text("Start as guest")  # offered, not chosen
    await offer.click()
    await expect(page.locator("[data-begin]")).to_contain_text(WREN.name)
    await tick(page.get_by_role("radio", name="Mobility"))
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await expect(tile(page, "tm-01").locator("[data-said]")).to_contain_text("Session accepted")
    assert (site.gym.requests[0].member, site.gym.requests[0].strap) == (wren, "hr-own")


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_open_panel_hides_no_stop(site: Rig, open_page: OpenPage, width: int) -> None:
    page = await open_page(site.console.url, width=width)
    await live(page)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    for name, heard in (("Stop tm-01", "tm-01"), ("Stop tm-02", "tm-02"), ("Stop all belts", "all")):
        await page.get_by_role("button", name=name).click()
        await until(lambda heard=heard: site.gym.stops[-1:] == [heard], heard)  # type: ignore[misc]


async def test_pause_resume_end_and_clear(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    belts, belt = site.gym.belts, tile(page, "tm-02")
    await belt.get_by_role("button", name="Pause").click()
    await expect(belt.locator("[data-said]")).to_have_text("Pausing: the belt ramps down.")
    belts["tm-02"] = replace(still("tm-02"), session=view("tm-02", "paused"))
    resume = belt.get_by_role("button", name="Resume")
    await resume.wait_for()
    await resume.evaluate("button => { button.dataset.since = performance.now(); button.click() }")
    await expect(belt.get_by_role("button", name="End")).to_be_visible()
    await resume.evaluate("button => { delete button.dataset.since; button.click() }")
    await until(lambda: [r.verb for r in site.gym.requests] == ["pause", "resume"], "the meant resume only")
    state = msgspec.structs.replace(still("tm-02").state, latched="stop_pressed", why="Stop was pressed.")
    belts["tm-02"] = replace(still("tm-02"), state=state)
    await expect(slot(page, "tm-02", "note")).to_have_text("Stop was pressed.")
    clear = belt.get_by_role("button", name="Clear")
    await clear.evaluate("button => { delete button.dataset.since; button.click() }")
    await until(lambda: site.gym.requests[-1].verb == "clear", "clear")


async def test_a_silent_belt_is_greyed_with_its_age(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    site.gym.belts["tm-02"] = replace(site.gym.belts["tm-02"], speed_kmh=None)
    await expect(slot(page, "tm-02", "word")).to_have_text("No data")
    await expect(slot(page, "tm-02", "speed")).to_have_text("–")
    await expect(slot(page, "tm-02", "last")).to_have_text("Last reading 2.3 km/h")
    await expect(slot(page, "tm-02", "age_s")).to_contain_text("5 s ago")
    await expect(tile(page, "tm-02")).to_have_attribute("data-fresh", "false")
    await expect(slot(page, "tm-01", "word")).to_have_text("Ready")


async def test_a_page_of_another_build_reloads_once(site: Rig, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await page.add_init_script(
        "document.addEventListener('readystatechange', () => { document.body.dataset.build = 'older' })"
    )
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    await page.goto(site.console.url)
    await until(lambda: len(loads) == 2, "one reload")
    await live(page)
    await expect(page.locator("body")).to_have_attribute("data-build", "older")
    assert len(loads) == 2


async def test_everything_comes_from_the_console_in_few_requests(site: Rig, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: note(request))

    def note(request: Request) -> None:
        if not request.url.startswith("data:"):
            asked.append(request.url)

    await page.goto(site.console.url)
    await live(page)
    assert all(url.startswith(site.console.url) for url in asked), asked
    assert len(asked) <= 6, asked
