"""The matrix of pages: in each window nothing overlaps, nothing is cut, Stop is hit in its middle, words can be read
and a finger hits what it means. A sample by the day's seed; `WHOLE=1` tries each cell."""

import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from axe_faults import faults
from console_rig import still
from floor_page import OpenPage
from matrix_site import MatrixSite, matrix_site, tell
from page_cells import CELLS, Cell, Scene
from playwright.async_api import Page, expect
from sampling import SEED, some

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
LOOKS = (Path(__file__).parent / "looks.js").read_text().removesuffix("\n").removesuffix(";")
SAMPLE = int(os.environ.get("CELLS", "14"))
"""Cells; `CELLS=150` for more of them."""

SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    const ends = (moving) => moving.effect.getTiming().iterations !== Infinity;
    document.getAnimations().filter(ends).forEach((moving) => moving.finish());
    await frame();
    await frame();
}"""
"""What a new window sets in motion has arrived, and the page's own script has seen it."""

SHIFTED = """() => new Promise((done) => {
    let shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => done(shifted), 50));
})"""
"""The layout shift of the page since it was opened, by Chromium's own measure: nobody touched it."""

SHIFT_MAX = 0.1
"""What Chromium's makers call good."""

SHOTS = Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None
"""A folder for a picture of each cell that is at fault, and of some that are not, for a person to look at."""

SHOTS_SHARE = 0.2


def by_world(cells: list[Cell]) -> dict[Scene, list[Cell]]:
    """Cells that differ in language, window and colours alone, by their scene in no language:
    treadmills are told once for them."""
    worlds = defaultdict[Scene, list[Cell]](list)
    for cell in cells:
        worlds[replace(cell.scene, language="")].append(cell)
    return worlds


CHOSEN = by_world(some(CELLS, SAMPLE))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MatrixSite]:
    async with matrix_site(tmp_path_factory.mktemp("matrix")) as running:
        yield running


async def show(site: MatrixSite, page: Page, scene: Scene) -> None:
    """The page of a scene, with its panel open."""
    await site.enter(page.context, scene.role)
    path = site.paths.get(scene.page, "")
    if scene.page == "member":
        async with site.rig.client(timeout=60) as http:
            path = str((await http.get("/api/treadmills/tm-01/member-page")).json()["url"])
    url = path if "://" in path else f"{site.rig.console.url}{path}"
    await page.goto(f"{url}{'&' if '?' in url else '?'}lang={scene.language}")
    if scene.page in ("floor", "board", "operator"):
        await expect(page.locator("body[data-tick]")).to_be_attached()
    if "class" in scene.page:
        shown = page.locator("[data-led]")
        await (
            expect(shown).to_be_hidden()
            if scene.page == "no class"
            else expect(shown).to_contain_text("5:12")
        )
    if scene.page == "floor":
        await expect(page.locator(".tile")).to_have_count(scene.count)
    if not scene.panel:
        return
    if scene.panel == "clearing":
        await page.locator("[data-clear-many]").evaluate("button => button.click()")
        await expect(page.locator("[data-clearing]")).to_be_visible()
        return
    first = "start" if scene.panel == "newcomer" else scene.panel
    await page.locator(f'[data-treadmill="tm-01"] [data-panel={first}]').first.evaluate(
        "button => button.click()"
    )
    await expect(page.locator(f"#{first}")).to_be_visible()
    if scene.panel == "newcomer":
        await page.locator("#start .new-member").evaluate("button => button.click()")
        await expect(page.locator("#newcomer")).to_be_visible()


@pytest.mark.parametrize("cells", CHOSEN.values(), ids=[str(world) for world in CHOSEN])
async def test_a_page_is_whole_in_each_window(
    site: MatrixSite, open_page: OpenPage, cells: list[Cell]
) -> None:
    site.rig.gym.led = cells[0].scene.led()
    await tell(site.rig, cells[0].scene.belts())
    page = await open_page("about:blank")
    scenes = list(dict.fromkeys(cell.scene for cell in cells))
    opened = random.Random(f"{SEED} {scenes[0]}").choice(scenes)
    wrong = [
        line
        for scene in scenes
        for line in await judge(
            site, page, [cell for cell in cells if cell.scene == scene], anew=scene is opened
        )
    ]
    assert not wrong, "\n".join(wrong)


async def judge(site: MatrixSite, page: Page, cells: list[Cell], *, anew: bool) -> list[str]:
    """What is wrong with a scene in these windows. `anew`: it is opened in each, since a page may shift in one width
    alone. axe, which is slow, is asked in one of them, by the seed's choice: what differs by window and colours is read
    in each.
    """
    scene, wrong = cells[0].scene, list[str]()
    heard = random.Random(f"{SEED} {scene}").choice(cells)
    for size in dict.fromkeys((heard.size, *(cell.size for cell in cells))):
        width, height = size
        await page.set_viewport_size({"width": width, "height": height})
        if size == heard.size or (anew and not scene.panel):
            await show(site, page, scene)
            shifted = 0 if scene.panel else await page.evaluate(SHIFTED)
            if shifted > SHIFT_MAX:
                wrong.append(f"{scene.language} {width} × {height}: shift: {shifted:.3f}")
        for cell in (cell for cell in cells if cell.size == size):
            await page.emulate_media(color_scheme=cell.scheme)  # type: ignore[arg-type]
            await page.evaluate(SETTLED)
            found = await page.evaluate(LOOKS)
            if cell is heard:
                found += await faults(page, "axe")
            wrong += [f"{scene.language} {width} × {height}, {cell.scheme}: {line}" for line in found]
            if SHOTS and (found or random.Random(str(cell)).random() < SHOTS_SHARE):
                await page.screenshot(path=SHOTS / f"{scene} {width}x{height} {cell.scheme}.png")
    return wrong


FAULTS = {
    "wide": "document.querySelector('main').style.minWidth = '3000px'",
    "overlap": "document.querySelector('.tile-foot .go').style.marginLeft = '-60px'",
    "cut": "document.querySelector('.chip').style.cssText = 'width: 30px; overflow: hidden'",
    "small": "document.querySelector('.tile-foot .go').style.cssText = 'min-height: 0; height: 30px'",
    "covered": """document.body.append(Object.assign(document.createElement('div'),
        { style: 'position: fixed; inset: 0; z-index: 99' }))""",
    "faint": "document.querySelector('.tile h2').style.color = '#999'",
}


async def test_each_kind_of_fault_is_found(site: MatrixSite, open_page: OpenPage) -> None:
    await tell(site.rig, {"tm-01": still("tm-01")})
    page = await open_page("about:blank", width=1366, height=768, scheme="light")
    for kind, fault in FAULTS.items():
        await show(site, page, Scene("floor", "ready", 1, "", "en"))
        await expect(page.locator(".tile .go").first).to_be_visible()
        assert await page.evaluate(LOOKS) == []
        await page.evaluate(fault)
        assert {line.partition(":")[0] for line in await page.evaluate(LOOKS)} == {kind}
    await show(site, page, Scene("floor", "ready", 1, "", "en"))
    assert await page.evaluate(SHIFTED) <= SHIFT_MAX
    await page.evaluate("document.querySelector('.tile').style.marginTop = '300px'")
    assert await page.evaluate(SHIFTED) > SHIFT_MAX
