"""Stop under a real pointer: at every size and with anything open it lies in the window, uncovered, and goes out.

`make test` tries a few cells of the matrix.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from console_rig import Rig, ScriptedBelt, rig, still, view, walking
from floor_page import OpenPage
from playwright.async_api import Page, expect
from sampling import some
from ticking import tick
from waiting import until

from device_adapters.contract import messages as m
from services.texts.languages import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

SIZES = (
    (320, 568), (360, 740), (390, 844), (740, 360), (768, 1024), (1024, 600), (1366, 768), (1920, 1080), (3840, 2160),
)  # fmt: skip
AT_THE_MIDDLE = """(button) => {
  const box = button.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const seen = box.x >= 0 && box.y >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
  const top = document.elementFromPoint(x, y);
  const hit = top !== null && button.contains(top);
  return {seen, hit, x, y, high: box.height, wide: box.width, top: top?.outerHTML.slice(0, 80)};
}"""
Act = Callable[[Page], Awaitable[None]]
BOTH: dict[str, object] = {
    "hr_max_bpm": 190, "strap": "hr-02", "can": ("pause", "slower", "stop", "skip", "adjust"),
    "sets": 5, "progress": 0.4,
    "now": m.StepBrief(kind="interval", facing="retro", speed_kmh=2.5, distance_m=50, set_number=2, sets=5),
    "next": m.StepBrief(kind="recovery", facing="retro", speed_kmh=1.5, time_s=60),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("covered")) as running:
        yield running


async def stands_free(page: Page, selector: str, where: str) -> tuple[float, float]:
    """The middle of a Stop, if a pointer there meets it."""
    found = await page.locator(selector).evaluate(AT_THE_MIDDLE)
    assert found["seen"], f"{where}: {selector} is outside of the window: {found}"
    assert found["hit"], f"{where}: {selector} is covered: {found}"
    assert found["high"] >= 44, f"{where}: {found}"
    assert found["wide"] >= 44, f"{where}: {found}"
    return found["x"], found["y"]


async def settled(page: Page) -> None:
    """Two frames of the window: layout and scrolling are done."""
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


# Staff.


async def nothing(page: Page) -> None:
    await page.locator('[data-treadmill="tm-02"]').scroll_into_view_if_needed()


async def start(page: Page) -> None:
    await page.locator('[data-treadmill="tm-01"] [data-panel=start]').click()
    await expect(page.locator("#start")).to_be_visible()


async def start_with_everything(page: Page) -> None:
    await start(page)
    await tick(page.locator("[name=goal][value=athletic]"))
    await page.locator("#start summary").click()


async def newcomer(page: Page) -> None:
    await start(page)
    await page.locator("#start .new-member").click()
    await expect(page.locator("#newcomer")).to_be_visible()


async def more(page: Page) -> None:
    await page.locator('[data-treadmill="tm-02"] [data-panel=more]').click()
    await expect(page.locator("#more")).to_be_visible()


async def code(page: Page) -> None:
    await page.locator('[data-treadmill="tm-02"] [data-panel=code]').click()
    await expect(page.locator("#code img")).to_be_visible()


async def more_and_a_refusal(page: Page) -> None:
    await more(page)
    await page.locator("#more [data-verb=skip]").click()
    await expect(page.locator('[data-treadmill="tm-02"] [data-alarm]')).to_be_visible()


STAFF: dict[str, tuple[Act, str, bool]] = {
    "nothing open": (nothing, "tm-02", False),
    "start": (start, "tm-01", True),
    "start, all of it": (start_with_everything, "tm-01", True),
    "new member": (newcomer, "tm-01", True),
    "more": (more, "tm-02", True),
    "code": (code, "tm-02", True),
    "more and a refusal": (more_and_a_refusal, "tm-02", True),
}


def gym_of(treadmills: int) -> dict[str, ScriptedBelt]:
    names = [f"tm-{n:02}" for n in range(3, treadmills + 1)]
    walks: dict[str, object] = {**BOTH, "asks": ("present",)}
    return {"tm-01": still("tm-01"), "tm-02": walking("tm-02", **walks), **{n: still(n) for n in names}}  # type: ignore[arg-type]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("state", "treadmills"), some(list(itertools.product(STAFF, (2, 12))), 3))
async def test_on_the_floor(site: Rig, open_page: OpenPage, state: str, treadmills: int) -> None:
    act, treadmill, is_open = STAFF[state]
    site.gym.belts = gym_of(treadmills)
    site.gym.answer = lambda r: m.SessionReply(id=r.id, ok=False, cause="no", text="It is the last step.")
    await site.heard(await known(site))
    own = f'[data-treadmill="{treadmill}"] [data-action=stop]'
    page = await open_page(site.console.url)
    await expect(page.locator("body[data-tick]")).to_be_attached()
    await act(page)
    for width, height in some(SIZES, 3):
        where = f"{state}, {width}×{height}, {treadmills} treadmills"
        await page.set_viewport_size({"width": width, "height": height})
        await settled(page)
        if is_open:
            for part in (0, 0.5, 1):
                await page.evaluate(f"scrollTo(0, {part} * document.documentElement.scrollHeight)")
                await settled(page)
                await stands_free(page, own, f"{where}, scrolled to {part}")
                await stands_free(page, "[data-action=stop-all]", f"{where}, scrolled to {part}")
        else:
            await page.locator(own).scroll_into_view_if_needed()
            await settled(page)
        x, y = await stands_free(page, own, where)
        site.gym.stops.clear()
        await page.mouse.click(x, y)
        await until(lambda: site.gym.stops == [treadmill], where)
        x, y = await stands_free(page, "[data-action=stop-all]", where)
        await page.mouse.click(x, y)
        await until(lambda: site.gym.stops == [treadmill, "all"], where)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
        if is_open:
            await every_other_stop_can_be_had(page, where)


async def known(site: Rig) -> int:
    """How many treadmills the console has heard of: those of an earlier case as well."""
    seen = 0
    async with site.client() as http, asyncio.timeout(60):
        while seen < len(site.gym.belts):
            seen = (await http.get("/")).text.count('<article class="tile" data-treadmill="tm')
            await asyncio.sleep(0.1)
    return seen


async def every_other_stop_can_be_had(page: Page, where: str) -> None:
    """Scrolled to, no Stop lies under what is fixed."""
    for stop in await page.locator(".tile [data-action=stop]").all():
        await stop.evaluate("button => button.scrollIntoView({block: 'center'})")
        await settled(page)
        found = await stop.evaluate(AT_THE_MIDDLE)
        assert found["seen"], f"{where}: {found}"
        assert found["hit"], f"{where}: {found}"


# The member.


async def open_member(site: Rig, open_page: OpenPage, width: int, height: int, lang: str = "en") -> Page:
    async with site.client() as http:
        url = (await http.get("/api/treadmills/tm-02/member-page")).json()["url"]
    page = await open_page(f"{url}?lang={lang}", width=width, height=height, staff=False)
    await expect(page.locator("body[data-tick]")).to_be_attached()
    return page


def asking() -> ScriptedBelt:
    return walking("tm-02", asks=("rpe",), **BOTH)  # type: ignore[arg-type]


def in_danger() -> ScriptedBelt:
    belt = asking()
    state = msgspec.structs.replace(
        belt.state, latched="stop_pressed", hazard="stop_not_obeyed", why="The treadmill does not obey Stop."
    )
    return replace(belt, state=state)


def ended_and_lost() -> ScriptedBelt:
    belt = walking("tm-02", **BOTH)  # type: ignore[arg-type]
    gone = msgspec.structs.replace(belt.state, link="lost")
    return replace(belt, state=gone, session=view("tm-02", "ended", outcome="interrupted", why="Link lost."))


MEMBER: dict[str, Callable[[], ScriptedBelt]] = {
    "walking": lambda: walking("tm-02", **BOTH),  # type: ignore[arg-type]
    "asked": asking,
    "in danger and asked": in_danger,
    "ended over a belt that may move": ended_and_lost,
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("state", "lang"), some(list(itertools.product(MEMBER, LANGUAGES)), 2))
async def test_on_the_members_page(site: Rig, open_page: OpenPage, state: str, lang: str) -> None:
    site.gym.belts = {"tm-01": still("tm-01"), "tm-02": MEMBER[state]()}
    await asyncio.sleep(0.6)
    page = await open_member(site, open_page, 390, 844, lang)
    asked = page.locator("[data-rpe]")
    await (expect(asked).to_be_visible() if state == "asked" else expect(asked).to_be_hidden())
    for width, height in some(SIZES, 3):
        where = f"{state}, {width}×{height}, {lang}"
        await page.set_viewport_size({"width": width, "height": height})
        for part in (0, 1):
            await page.evaluate(f"scrollTo(0, {part} * document.documentElement.scrollHeight)")
            await settled(page)
            x, y = await stands_free(page, "[data-stop]", f"{where}, scrolled to {part}")
            if "ended" not in state:
                await stands_free(page, "[data-slower]", f"{where}, scrolled to {part}")
        site.gym.stops.clear()
        await page.mouse.click(x, y)
        await until(lambda: site.gym.stops == ["tm-02"], where)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where


@pytest.mark.parametrize(
    ("how", "width", "height"),
    [("button", 320, 568), ("escape", 740, 360), ("button", 1920, 1080)],
)
async def test_the_question_can_be_put_off_and_asked_for_again(
    site: Rig, open_page: OpenPage, width: int, height: int, how: str
) -> None:
    site.gym.belts = {"tm-01": still("tm-01"), "tm-02": asking()}
    site.gym.requests.clear()
    site.gym.answer = lambda r: m.SessionReply(id=r.id, ok=True)
    await asyncio.sleep(0.6)
    page = await open_member(site, open_page, width, height)
    question, again = page.locator("[data-rpe]"), page.locator("[data-ask-again]")
    await expect(question).to_be_visible()
    await expect(again).to_be_hidden()
    if how == "button":
        await page.get_by_role("button", name="Later").click()
    else:
        await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    tick = int(await page.evaluate("document.body.dataset.tick"))
    await expect(page.locator("body")).not_to_have_attribute("data-tick", str(tick))
    await page.wait_for_timeout(1_500)
    await expect(question).to_be_hidden()  # the next frames do not bring it back
    await again.click()
    await question.get_by_role("button", name="somewhat hard").click()
    await until(lambda: [r.rpe for r in site.gym.requests] == [13], "the answer")
    await expect(again).to_be_visible()  # the answer was taken; the session asks until its next word
    site.gym.belts["tm-02"] = walking("tm-02", **BOTH)  # type: ignore[arg-type]
    await expect(again).to_be_hidden()
    site.gym.belts["tm-02"] = asking()
    await expect(question).to_be_visible()
