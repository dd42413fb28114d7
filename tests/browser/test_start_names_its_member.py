"""Whom a start is for: the button says it, the request that goes out is what the button said, and each opening of the
panel begins with nobody chosen."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console_members import enter_members, enter_ready
from console_rig import Rig, rig, still, walking
from floor_page import OpenPage, live, tile
from playwright.async_api import Page, expect
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
Members = dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Rig, Members]]:
    async with rig(tmp_path_factory.mktemp("whom")) as site:
        wren, finch = enter_members(site.folder)
        yield site, {"Wanda Rennick": wren, "Fiona Inch": finch, "Robin Eady": enter_ready(site.folder)}


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: tuple[Rig, Members]) -> tuple[Rig, Members]:
    rig_, members = running
    rig_.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02"), "tm-03": still("tm-03")}
    rig_.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True)
    rig_.gym.requests.clear()
    await rig_.heard(3)
    return rig_, members


async def start(page: Page, treadmill: str = "tm-01") -> None:
    """The panel, with every member listed."""
    await page.locator(f'[data-treadmill="{treadmill}"] [data-panel=start]').click()
    await expect(page.locator("#start")).to_be_visible()
    await expect(page.locator("[data-found] [name=member]")).to_have_count(4)


async def choose(page: Page, who: str) -> None:
    await tick(page.locator("[data-found] label", has_text=who).locator("input"))


async def goal(page: Page, name: str = "mobility") -> None:
    await tick(page.locator(f"[name=goal][value={name}]"))


async def asked(page: Page) -> None:
    """The questions were asked: by a tick, or, where all is as last time, by the press that starts."""
    await expect(page.locator("[data-missing]")).not_to_have_text("…")
    if await page.locator("#start").get_attribute("data-again") != "true":
        await tick(page.locator("[name=screened]"))


async def pressed(page: Page, site: Rig, number: int = 1) -> m.SessionRequest:
    await asked(page)
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(site.gym.requests) == number, "the start")
    return site.gym.requests[-1]


LEAVING = ("back", "escape", "other tile", "new member and back", "started", "refused, then back", "searched")


async def leave(page: Page, site: Rig, how: str) -> None:
    """The panel is left this way."""
    match how:
        case "back":
            await page.locator("#start [data-action=close]").click()
        case "escape":
            await page.keyboard.press("Escape")
        case "other tile":
            await start(page, "tm-03")
        case "new member and back":
            await page.locator("#start .new-member").click()
            await page.locator("#newcomer [data-action=close]").click()
        case "searched":
            await page.get_by_role("searchbox").fill("Fiona")
            await page.wait_for_timeout(400)
            await page.locator("#start [data-action=close]").click()
        case _:
            ok = how == "started"
            site.gym.answer = lambda request: m.SessionReply(id=request.id, ok=ok, text="Not now." * (not ok))
            await goal(page)
            await pressed(page, site)
            if not ok:
                await expect(page.locator("#start [data-answer]")).to_have_text("Not now.")
                await page.locator("#start [data-action=close]").click()
            await expect(page.locator("#start")).to_be_hidden()
            site.gym.requests.clear()


@pytest.mark.parametrize("chosen", ["", "Robin Eady"])
@pytest.mark.parametrize("how", LEAVING)
async def test_each_opening_begins_with_nobody_chosen(
    site: tuple[Rig, Members], open_page: OpenPage, how: str, chosen: str
) -> None:
    gym_site, _ = site
    page = await open_page(gym_site.console.url)
    await live(page)
    await start(page)
    if chosen:
        await choose(page, chosen)
        await expect(page.locator("[data-action=begin]")).to_contain_text(chosen)
    await leave(page, gym_site, how)
    await start(page)
    await expect(page.locator("[name=member][value='']")).to_be_checked()
    await goal(page)
    await expect(page.locator("[data-begin]")).to_have_text("Start as guest")
    request = await pressed(page, gym_site)
    assert (request.member, request.treadmill, request.level) == ("", "tm-01", "novice")


@pytest.mark.parametrize(
    ("language", "guest", "named"),
    [
        ("en", "Start as guest", "Start for Robin Eady"),
        ("de", "Als Gast starten", "Für Robin Eady starten"),
    ],
)
async def test_the_request_is_what_the_button_says(
    site: tuple[Rig, Members], open_page: OpenPage, language: str, guest: str, named: str
) -> None:
    gym_site, members = site
    page = await open_page(f"{gym_site.console.url}/?lang={language}")
    begin = page.locator("[data-begin]")
    await expect(page.locator("body[data-tick]")).to_be_attached()
    await start(page)
    await expect(begin).to_have_text(guest)
    await choose(page, "Robin")
    await expect(begin).to_have_text(named)
    await goal(page, "knee_strength")
    assert (await pressed(page, gym_site)).member == members["Robin Eady"]
    await start(page)
    await choose(page, "Robin")
    await choose(page, "Wanda")
    await tick(page.locator("[data-found] input").first)
    await expect(begin).to_have_text(guest)
    await goal(page)
    assert (await pressed(page, gym_site, 2)).member == ""


async def test_a_member_takes_nothing_of_the_guest_before(
    site: tuple[Rig, Members], open_page: OpenPage
) -> None:
    gym_site, members = site
    page = await open_page(gym_site.console.url)
    await live(page)
    await start(page)
    await page.locator("#start summary").click()
    await page.locator("#start [name=alias]").fill("Tom")
    await page.locator("#start [name=hr_max_bpm]").fill("200")
    await choose(page, "Robin")
    await goal(page, "knee_strength")
    request = await pressed(page, gym_site)
    assert (request.member, request.alias, request.hr_max_bpm) == (members["Robin Eady"], "", None)


async def test_until_it_is_known_what_a_member_may_start_nothing_can_be_pressed(
    site: tuple[Rig, Members], open_page: OpenPage
) -> None:
    gym_site, members = site
    page = await open_page(gym_site.console.url)
    await live(page)
    held: list[object] = []
    await page.route("**/api/members/*/starts", lambda route: held.append(route))
    await start(page)
    await goal(page)
    await choose(page, "Wanda")
    await until(lambda: len(held) == 1, "the question what Wanda may start")
    await expect(page.locator("[data-action=begin]")).to_be_disabled()
    await choose(page, "Robin")
    await until(lambda: len(held) == 2, "the question what Robin may start")
    await held[0].continue_()  # type: ignore[attr-defined]  # late: it is Robin's turn
    await page.wait_for_timeout(300)
    await expect(page.locator("[data-action=begin]")).to_be_disabled()
    await held[1].continue_()  # type: ignore[attr-defined]
    await expect(page.locator("[data-begin]")).to_have_text("Start for Robin Eady")
    await asked(page)
    await expect(page.locator("[data-action=begin]")).to_be_enabled()
    assert (await pressed(page, gym_site)).member == members["Robin Eady"]


async def test_what_a_hand_chose_no_late_answer_changes_and_no_last_time_is_anybody_elses(
    site: tuple[Rig, Members], open_page: OpenPage
) -> None:
    gym_site, members = site
    page = await open_page(gym_site.console.url)
    await live(page)
    await start(page)
    goals = page.locator("[name=goal]:checked")
    await choose(page, "Robin")
    await expect(goals).to_have_value("knee_strength")  # as last time
    await expect(page.locator("#start")).to_have_attribute("data-again", "true")
    await choose(page, "Wanda")
    await expect(page.locator("#start")).to_have_attribute("data-again", "false")
    await expect(page.locator("[data-missing]")).to_have_text("First choose a goal")
    await expect(goals).to_have_count(0)
    await expect(page.locator("[name=screened]")).not_to_be_checked()
    held: list[object] = []
    await page.route("**/api/members/*/starts", lambda route: held.append(route))
    await choose(page, "Robin")
    await until(lambda: len(held) == 1, "the question what Robin may start")
    await goal(page)
    await held[0].continue_()  # type: ignore[attr-defined]
    request = await pressed(page, gym_site)
    assert (request.member, request.goal) == (members["Robin Eady"], "mobility")


async def test_who_cannot_be_looked_up_leaves_the_guest_unasked(
    site: tuple[Rig, Members], open_page: OpenPage
) -> None:
    gym_site, _ = site
    page = await open_page(gym_site.console.url)
    await live(page)
    held: list[object] = []
    await page.route("**/api/members/*/starts", lambda route: held.append(route))
    await start(page)
    await goal(page)
    await choose(page, "Robin")
    await until(lambda: len(held) == 1, "the question what Robin may start")
    await tick(page.locator("[name=screened]"))
    await held[0].fulfill(status=503, json={"ok": False, "text": "Not now."})  # type: ignore[attr-defined]
    await expect(page.locator("[data-begin]")).to_have_text("Start as guest")
    await expect(page.locator("[name=screened]")).not_to_be_checked()
    await expect(page.locator("[data-action=begin]")).to_be_disabled()


async def test_a_page_that_comes_back_has_nobody_chosen(
    site: tuple[Rig, Members], open_page: OpenPage
) -> None:
    gym_site, _ = site
    page = await open_page(gym_site.console.url)
    await live(page)
    await start(page)
    await choose(page, "Robin")
    await page.reload()
    await live(page)
    await start(page)
    await goal(page)
    assert (await pressed(page, gym_site)).member == ""
    await expect(tile(page, "tm-01").locator("[data-said]")).to_contain_text("Session accepted")


async def test_an_answer_that_comes_late_says_which_start_it_is_about(
    site: tuple[Rig, Members], open_page: OpenPage
) -> None:
    gym_site, _ = site
    page = await open_page(gym_site.console.url)
    await live(page)
    held: list[object] = []
    await page.route("**/api/sessions", lambda route: held.append(route))
    await start(page)
    await choose(page, "Robin")
    await goal(page, "knee_strength")
    await asked(page)
    await page.locator("[data-action=begin]").click()
    await until(lambda: len(held) == 1, "the start")
    await page.keyboard.press("Escape")
    answer = {"ok": False, "text": "It came too late and was not carried out."}
    await held[0].fulfill(status=409, json=answer)  # type: ignore[attr-defined]
    await expect(tile(page, "tm-01").locator("[data-alarm] span")).to_have_text(
        "Start for Robin Eady, tm-01: It came too late and was not carried out."
    )
