"""What a day of trying found missing, walked by hand in the pages as they are: members, board, operator, coach."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from console_members import enter_ready
from console_rig import still, view, walking
from floor_page import OpenPage
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from past_rig import PastRig
from playwright.async_api import Page, expect
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal
from services.members.model import Purpose

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
WAKE = """Object.defineProperty(navigator, 'wakeLock', { value: { request: async (kind) => {
  (window.kept ??= []).push(kind); return new EventTarget(); } } })"""


VOICE = """window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', { value: {
  getVoices: () => [{ lang: 'fr-FR' }], cancel: () => {}, speak: (words) => {
    window.last = words; window.spoken.push(words.text); } } });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } }"""
"""A voice that tells what it was asked to say, and ends when it is told to."""


async def becomes(page: Page, fact: str) -> None:
    """Wait for what is true of a page's script."""
    async with asyncio.timeout(60):
        while not await page.evaluate(fact):
            await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(past_site: PastRig) -> AsyncIterator[PastRig]:
    past_site.rig.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
    await past_site.rig.heard(2)
    yield past_site


async def test_who_was_never_screened_is_screened_walked_and_asked_at_the_treadmill(
    site: PastRig, open_page: OpenPage
) -> None:
    """Somebody of 75 is no dead end: questions, timed walk and consents, and the start goes on with them."""
    born_1950 = replace(WREN, name="Olga Denham", alias="Owl", body=replace(WREN.body, birth_year=1950))
    store = open_members(site.rig.folder)
    owl = store.create(born_1950, by="Anna")
    store.close()
    page = await open_page(site.url, width=390, height=844)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("searchbox").fill("Olga")
    await tick(page.get_by_role("radio", name="Olga Denham"))
    await tick(page.get_by_role("radio", name="Mobility"))
    await page.get_by_role("button", name="Screen this member now").click()
    form = page.locator("#newcomer")
    await form.locator("[name=backward_walk_s]").fill("4.1")
    await tick(form.locator("[name=fall][value=no]"))
    await tick(form.locator("[name=nothing]"))
    await tick(form.locator("[name=consents][value=session_records]"))
    await form.get_by_role("button", name="Save and choose").click()
    await expect(page.get_by_role("radio", name="Olga Denham")).to_be_checked()
    store = open_members(site.rig.folder)
    known = store.portrait(owl, by="test")
    agreed = store.consents_to(owl, Purpose.SESSION_RECORDS)
    store.close()
    assert agreed
    assert known.dossier.screening is not None


async def test_a_second_member_of_one_name_is_asked_about_before_they_are_taken_in(
    site: PastRig, open_page: OpenPage
) -> None:
    page = await open_page(site.url)
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("button", name="New member").click()
    form = page.locator("#newcomer")
    for name, text in (("name", "wanda  RENNICK"), ("alias", "Finch"), ("birth_year", "1968")):
        await form.locator(f"[name={name}]").fill(text)
    for box in ("fall][value=no", "nothing", "consents][value=session_records"):
        await tick(form.locator(f"[name={box}]"))
    await form.get_by_role("button", name="Save and choose").click()
    await expect(form.get_by_role("status")).to_contain_text("is already a member, as Wren")
    store = open_members(site.rig.folder)
    found = store.search("rennick")
    store.close()
    assert len(found) == 1


async def test_staff_enter_how_hard_it_was_and_how_much_it_hurt(site: PastRig, open_page: OpenPage) -> None:
    gym = site.rig.gym
    gym.requests.clear()
    gym.belts["tm-02"] = replace(still("tm-02"), session=view("tm-02", "ended", outcome="completed"))
    page = await open_page(site.url, width=360, height=740)
    await page.get_by_role("button", name="More for tm-02").click()
    asked = page.locator("#more [data-answers]")
    await tick(asked.get_by_role("radio", name="13", exact=True))
    await tick(asked.get_by_role("group", name="Pain").get_by_role("radio", name="2", exact=True))
    await asked.get_by_role("button", name="Note the member's answers").click()
    await until(lambda: len(gym.requests) == 1, "the answers")
    assert (gym.requests[0].verb, gym.requests[0].rpe, gym.requests[0].pain) == ("feedback", 13, 2)
    gym.belts["tm-02"] = walking("tm-02")


async def test_a_members_page_keeps_the_screen_on(site: PastRig, open_page: OpenPage) -> None:
    async with site.rig.client() as http:
        url = (await http.get("/api/treadmills/tm-02/member-page")).json()["url"]
    page = await open_page("about:blank", staff=False)
    await page.add_init_script(WAKE)
    await page.goto(url)
    await expect(page.locator("[data-speed]")).not_to_have_text("–")
    await becomes(page, "window.kept?.[0] === 'screen'")


async def test_the_board_shows_no_guests_heart_and_calls_no_walk_a_run(
    site: PastRig, open_page: OpenPage
) -> None:
    site.rig.gym.belts["tm-02"] = walking("tm-02", hr_bpm=147, alias="Heron", on_board=True, hr_max_bpm=180)
    page = await open_page(f"{site.url}/board", width=1920, height=1080)
    place = page.locator('[data-id="tm-02"]')
    await expect(place).to_contain_text("Heron")
    await expect(place.locator("[data-text=big_unit]")).to_have_text("km/h")
    for word in ("147", "Running", "Rest"):
        await expect(place).not_to_contain_text(word)
    box = await place.bounding_box()
    assert box is not None
    assert box["width"] * box["height"] > 0.5 * 1920 * 1080, "one alone fills its wall"


async def test_a_treadmill_that_ignored_stop_is_not_good_until_it_was_checked(
    site: PastRig, open_page: OpenPage
) -> None:
    page = await open_page(f"{site.url}/operator")
    card = page.locator('[data-id="treadmill:tm-01"]')
    await site.rig.gym.event(
        "e-ignored", "The treadmill does not obey Stop.", "tm-01", "alarm", "stop_not_obeyed"
    )
    await expect(card).to_have_attribute("data-verdict", "danger")
    await expect(card).to_contain_text("Keep out of use")
    await expect(card).not_to_contain_text("Good")


async def test_a_coach_sees_each_goal_and_signs_off_there_and_nothing_is_cut(
    site: PastRig, open_page: OpenPage
) -> None:
    robin = enter_ready(site.rig.folder)
    enter_month(site.rig.folder, robin)
    page = await open_page(f"{site.url}/history/{robin}", width=360, height=740)
    for drawn in ("Exertion (6 to 20)", "Pain at the end (0 to 10)"):
        await expect(page.get_by_role("img", name=drawn)).to_be_visible()
    cut = await page.locator(".charts svg").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.id)"
    )
    assert cut == []
    road = page.get_by_role("region", name="Levels · Knee strength")
    await road.get_by_role("button", name="Sign off Intermediate").click()
    await expect(road.locator("[aria-current=step]")).to_contain_text("Intermediate")
    await expect(road.get_by_role("button")).to_have_count(0)
    async with site.rig.client() as http:
        wrong = await http.post(f"/history/{robin}/sign-off", data={"goal": "knee_strength", "level": "best"})
        early = await http.post(f"/history/{robin}/sign-off", data={"goal": "mobility", "level": "advanced"})
    assert (wrong.status_code, early.status_code) == (422, 409)

    walker = enter_member(site.rig.folder, replace(WREN, name="Two Goals", alias="Dove"))
    enter_month(site.rig.folder, walker)
    enter_month(site.rig.folder, walker, Goal.KNEE_STRENGTH)
    await page.goto(f"{site.url}/history/{walker}?goal=mobility")
    goals = page.get_by_role("group", name="Goal")
    await expect(goals.locator("[aria-current=true]")).to_have_text("Mobility")
    await goals.get_by_role("link", name="Knee strength").click()
    await expect(page.locator(".title")).to_contain_text("Knee strength")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_what_is_urgent_is_said_to_its_end_and_the_lost_connection_aloud(
    site: PastRig, open_page: OpenPage
) -> None:
    gym, console = site.rig.gym, site.rig.console
    gym.belts["tm-02"] = walking("tm-02")
    async with site.rig.client() as http:
        url = (await http.get("/api/treadmills/tm-02/member-page")).json()["url"]
    page = await open_page("about:blank", staff=False)
    await page.add_init_script(VOICE)
    await page.goto(f"{url}?lang=fr")
    await page.locator("[data-sound]").click()
    said = "window.spoken.at(-1)"
    urgent = m.Cue(
        id="c-1",
        treadmill="tm-02",
        session="s-tm-02",
        at_ms=0,
        key="k",
        tone="warning",
        text={"fr": "Tenez les barres."},
    )
    calm = msgspec.structs.replace(urgent, id="c-2", tone="info", text={"fr": "Pas réguliers."})
    for cue in (urgent, calm):
        await gym.site.publish(registry.CUE, cue, "tm-02")
        await expect(page.locator("[data-cue]")).to_have_text(cue.text["fr"])
    assert await page.evaluate(said) == "Tenez les barres."
    await page.evaluate("window.last.onend()")
    await becomes(page, f"{said} === 'Pas réguliers.'")
    console.freeze()
    try:
        await becomes(page, f"{said}.startsWith('Pas de connexion')")
    finally:
        console.thaw()
