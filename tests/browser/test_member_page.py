"""The member's page and the board in Chromium: shown, spoken to, stopped, and back by themselves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from console_rig import Rig, ScriptedBelt, rig, still, view, walking
from floor_page import OpenPage, mark, same_page
from playwright.async_api import Page, expect
from waiting import until

from device_adapters.contract import messages as m
from services.session.catalogue import Catalogue
from services.texts.languages import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
MORE: dict[str, object] = {
    "hr_max_bpm": 190, "strap": "hr-02", "can": ("slower", "stop"), "sets": 5, "progress": 0.4,
    "now": m.StepBrief(kind="interval", facing="retro", speed_kmh=2.5, distance_m=50, set_number=2, sets=5),
    "next": m.StepBrief(kind="recovery", facing="retro", speed_kmh=1.5, time_s=60),
}  # fmt: skip


def belt(speed_kmh: float = 2.3, hr_bpm: int = 112) -> ScriptedBelt:
    """tm-02 in the middle of its second set."""
    return walking("tm-02", speed_kmh, hr_bpm, **MORE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("member")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Rig) -> Rig:
    running.gym.belts = {"tm-01": still("tm-01"), "tm-02": belt()}
    running.gym.stops.clear()
    running.gym.requests.clear()
    page = ""
    async with running.client() as http, asyncio.timeout(60):
        while 'data-treadmill="tm-02" data-state="running"' not in page:
            page = (await http.get("/")).text
            await asyncio.sleep(0.05)
        while "data-speed" not in page:  # the session of an earlier test may be told for a moment still
            await asyncio.sleep(0.5)
            page = (await http.get((await http.get("/api/treadmills/tm-02/member-page")).json()["url"])).text
    return running


async def member(site: Rig, open_page: OpenPage, *, height: int = 844, lang: str = "en") -> Page:
    async with site.client() as http:
        url = (await http.get("/api/treadmills/tm-02/member-page")).json()["url"]
    return await open_page(f"{url}?lang={lang}", width=390, height=height)


async def test_a_member_sees_speed_heart_ceiling_and_what_is_next(site: Rig, open_page: OpenPage) -> None:
    page = await member(site, open_page)
    await expect(page.locator("[data-speed]")).to_have_text("2.3")
    await expect(page.locator("[data-hr]")).to_have_text("112")
    await expect(page.locator("[data-zone-word]")).to_have_text("Very light")
    await expect(page.locator("[data-ceiling-word]")).to_have_text("ceiling 133")
    await expect(page.locator("[data-step]")).to_have_text("Step 2 of 5 · Interval · Set 2 of 5")
    await expect(page.locator("[data-next]")).to_have_text("Next: Recovery backward, 1:00 at 1.5 km/h")
    site.gym.belts["tm-02"] = belt(2.4, 140)
    await expect(page.locator("[data-speed]")).to_have_text("2.4")
    await expect(page.locator("[data-zone-word]")).to_have_text("Over your ceiling")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_slower_and_stop_are_one_touch(site: Rig, open_page: OpenPage) -> None:
    page = await member(site, open_page, lang="de")
    await page.get_by_role("button", name="Langsamer").click()
    await expect(page.locator("[data-said]")).to_have_text("Langsamer.")
    assert site.gym.requests[0].verb == "slower"
    await page.get_by_role("button", name="Stopp", exact=True).click()
    await expect(page.locator("[data-said]")).to_have_text("Der Stopp ist unterwegs.")
    await until(lambda: site.gym.stops == ["tm-02"], "the stop")


async def test_a_stop_that_does_not_go_out_is_told_and_the_page_comes_back_by_itself(
    site: Rig, open_page: OpenPage
) -> None:
    page = await member(site, open_page)
    await expect(page.locator("[data-speed]")).to_have_text("2.3")
    await mark(page)
    await site.console.kill()
    await page.get_by_role("button", name="Stop", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("red button")
    await expect(page.locator("[data-speed]")).to_have_text("–", timeout=60_000)
    assert site.gym.stops == []
    await site.console.start()
    await expect(page.locator("[data-speed]")).to_have_text("2.3", timeout=60_000)
    await expect(page.get_by_role("alert")).to_be_hidden()
    await same_page(page)


IN_VIEW = """(el) => {
  const box = el.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const foot = document.querySelector(".foot").getBoundingClientRect();
  return {free: el === top || el.contains(top), size: parseFloat(getComputedStyle(el).fontSize),
    fits: box.y >= 0 && box.bottom <= foot.top && el.scrollWidth <= el.clientWidth + 1};
}"""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("width", "height"), [(360, 740), (740, 360), (768, 1024)])
async def test_the_cue_is_in_view_and_large_also_on_a_page_opened_in_mid_step(
    site: Rig, open_page: OpenPage, width: int, height: int, lang: str
) -> None:
    async with site.client() as http:
        url = (await http.get("/api/treadmills/tm-02/member-page")).json()["url"]
    page = await open_page(f"{url}?lang={lang}", width=width, height=height, staff=False)
    cue = page.locator("[data-cue]")
    await expect(cue).to_have_text(Catalogue(lang).says("Short quick steps, hips back"))
    seen = await cue.evaluate(IN_VIEW)
    assert seen["free"], seen
    assert seen["fits"], seen
    assert seen["size"] >= 21


async def test_a_countdown_fills_the_page_and_leaves_stop_free(site: Rig, open_page: OpenPage) -> None:
    counting = view("tm-02", "starting", waits_for="countdown", starts_in_s=4.0, **{**MORE, "can": ("stop",)})
    site.gym.belts["tm-02"] = replace(still("tm-02"), session=counting)
    page = await member(site, open_page, height=740)
    count = page.locator("[data-count]")
    await expect(count).to_have_text("4")
    assert await count.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 120
    await page.get_by_role("button", name="Stop", exact=True).click()
    await until(lambda: site.gym.stops == ["tm-02"], "the stop")


async def test_the_page_of_an_ended_session_gives_no_false_alarm(site: Rig, open_page: OpenPage) -> None:
    page = await member(site, open_page)
    ended = view("tm-02", "ended", outcome="completed", **{**MORE, "can": ()})
    site.gym.belts["tm-02"] = replace(still("tm-02"), session=ended)
    await expect(page.get_by_role("heading", name="Session completed")).to_be_visible()
    following = belt()
    assert following.session is not None
    site.gym.belts["tm-02"] = replace(
        following, session=msgspec.structs.replace(following.session, session="s-next")
    )
    closed = page.locator("body[data-over-for-good]")
    await expect(closed).to_be_attached()
    await expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    await expect(page.get_by_role("heading", name="Session completed")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()


async def test_at_the_end_how_hard_it_was_and_how_much_it_hurt_are_asked(
    site: Rig, open_page: OpenPage
) -> None:
    page = await member(site, open_page)
    ended = view("tm-02", "ended", outcome="completed", **{**MORE, "can": ()})
    site.gym.belts["tm-02"] = replace(still("tm-02"), session=ended)
    await expect(page.get_by_role("heading", name="Session completed")).to_be_visible()
    await page.locator("form").get_by_text("somewhat hard").click()
    await page.locator(".pain").get_by_text("2", exact=True).click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("[data-said-feedback]")).to_have_text("Thank you. It is noted.")
    told = site.gym.requests[-1]
    assert (told.verb, told.rpe, told.pain, told.session) == ("feedback", 13, 2, "s-tm-02")


@pytest.mark.parametrize(("people", "width", "height"), [(1, 1920, 1080), (60, 1920, 1080), (60, 3840, 2160)])
async def test_the_board_fits_the_wall(
    open_page: OpenPage, tmp_path: Path, people: int, width: int, height: int
) -> None:
    names = [f"tm-{n:02}" for n in range(1, people + 1)]
    async with rig(tmp_path) as site:
        site.gym.belts = {name: walking(name, alias=f"Heron {name}", hr_max_bpm=190) for name in names}
        await site.heard(people)
        page = await open_page(f"{site.console.url}/board", width=width, height=height)
        places = page.locator(".place")
        await expect(places).to_have_count(people)
        overflows = await page.evaluate(
            "[document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]"
        )
        boxes = [await place.bounding_box() for place in await places.all()]
    assert overflows == [0, 0]
    assert all(b and b["y"] + b["height"] <= height and b["x"] + b["width"] <= width for b in boxes)


async def test_codes_are_shown_on_the_tile(site: Rig, open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page(site.console.url)
    await page.get_by_role("button", name="Member page of tm-02").click()
    await expect(page.get_by_alt_text("Code to scan")).to_be_visible()
    assert await page.get_by_alt_text("Code to scan").evaluate("image => image.naturalWidth") > 100
    await expect(page.get_by_role("button", name="Stop tm-02")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_alt_text("Code to scan")).to_be_hidden()
