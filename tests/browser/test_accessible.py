"""axe-core finds nothing to complain of: every page, every open panel, in both themes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from axe_faults import faults
from console_members import enter_ready
from console_rig import still, view, walking
from floor_page import OpenPage, live
from past_rig import PastRig
from playwright.async_api import Page, expect
from sampling import some
from sign_in import NAMES, PASSWORD
from ticking import tick

from device_adapters.contract import messages as m
from services.console.auth.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

Act = Callable[[Page], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(past_site: PastRig) -> PastRig:
    """One of everything that a tile can be, and an incident."""
    running = past_site.rig
    ready = enter_ready(running.folder)
    stopped = msgspec.structs.replace(still("tm-05").state, latched="stop_pressed", why="Stop was pressed.")
    running.gym.belts = {
        "tm-01": still("tm-01"),
        "tm-02": walking(
            "tm-02", asks=("present",), can=("pause", "stop", "slower", "skip"), sets=5, hr_max_bpm=190
        ),
        "tm-03": replace(
            still("tm-03"), session=view("tm-03", "paused", can=("resume",), waits_for="resume")
        ),
        "tm-04": replace(still("tm-04"), session=view("tm-04", "ended", outcome="completed", member=ready)),
        "tm-05": replace(still("tm-05"), state=stopped),
        "tm-06": walking("tm-06", 3.2, 150),
        "tm-07": replace(walking("tm-07"), speed_kmh=None),
    }
    await running.heard(7)
    await running.gym.event("e-1", "The safety cord was pulled.", "tm-05", "alarm")
    running.gym.answer = lambda r: m.SessionReply(id=r.id, ok=False, cause="no", text="It is the last step.")
    return past_site


async def start(page: Page) -> None:
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await tick(page.get_by_role("radio", name="Robin Eady"))
    await tick(page.get_by_role("radio", name="Conditioning"))
    await expect(page.locator("[data-gates]")).to_contain_text("not signed off")
    await page.get_by_text("More: strap and countdown").click()


async def newcomer(page: Page) -> None:
    await page.get_by_role("button", name="Start a session on tm-01").click()
    await page.get_by_role("button", name="New member").click()
    await tick(page.get_by_role("checkbox", name="Stroke"))
    await expect(page.get_by_label("Clinician who agrees")).to_be_visible()


async def more(page: Page) -> None:
    await page.get_by_role("button", name="More for tm-02").click()
    await page.get_by_label("Speed limit, km/h").fill("4.5")
    await page.get_by_role("button", name="Skip step").click()
    await expect(page.get_by_role("alert").filter(has_text="last step")).to_be_visible()


async def level(page: Page) -> None:
    await page.get_by_role("button", name="More for tm-04").click()
    await expect(page.get_by_role("button", name="Sign off Intermediate")).to_be_visible()


async def code(page: Page) -> None:
    await page.get_by_role("button", name="Member page of tm-02").click()
    await expect(page.get_by_alt_text("Code to scan")).to_be_visible()


@pytest.mark.parametrize("scheme", some(["dark", "light"], 1))
async def test_the_floor_and_its_panels(site: PastRig, open_page: OpenPage, scheme: str) -> None:
    page = await open_page(site.url, scheme=scheme)
    await live(page)
    await expect(page.locator('[data-treadmill="tm-07"]')).to_have_attribute("data-state", "silent")
    found = await faults(page, "floor")
    acts: tuple[Act, ...] = (start, newcomer, more, level, code)
    for act in acts:
        await act(page)
        found += await faults(page, act.__name__)
        await page.keyboard.press("Escape")
    assert found == []


@pytest.mark.parametrize("scheme", some(["dark", "light"], 1))
async def test_the_other_pages(site: PastRig, open_page: OpenPage, scheme: str) -> None:
    async with site.rig.client() as http:
        running, ended = [
            (await http.get(f"/api/treadmills/{id_}/member-page")).json()["url"] for id_ in ("tm-02", "tm-04")
        ]
    page = await open_page(f"{site.url}/board", scheme=scheme, width=1920, height=1080)
    await expect(page.locator("[data-conn-word]")).to_have_text("Live")
    found: list[str] = []
    for where, ready in (
        ("", ".place"),
        (running, "[data-speed]"),
        (ended, "[data-ended]"),
        (f"{running}9", "h1"),
    ):
        if where:
            await page.goto(where)
        await expect(page.locator(ready).first).to_be_visible()
        found += await faults(page, where or "board")
    assert found == []


@pytest.mark.parametrize("scheme", some(["dark", "light"], 1))
async def test_the_pages_of_the_past(site: PastRig, open_page: OpenPage, scheme: str) -> None:
    past, found = site.past, list[str]()
    page = await open_page(f"{site.url}/sessions?days=30", scheme=scheme)
    for path in (
        "",
        f"/sessions/{past.session}",
        f"/history/{past.member}",
        f"/history/{past.invented}",
        "/sessions/s-tm-02",
        "/sessions/s-nothing",
    ):
        if path:
            await page.goto(site.url + path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += await faults(page, path or "/sessions")
    assert found == []


@pytest.mark.parametrize("scheme", some(["dark", "light"], 1))
async def test_the_pages_before_and_behind_the_door(site: PastRig, open_page: OpenPage, scheme: str) -> None:
    found = list[str]()
    for path, staff in (
        ("/signin", False),
        ("/account", True),
        ("/operator", True),
        ("/class", True),
        ("/drill", True),
    ):
        page = await open_page(site.url + path, scheme=scheme, staff=staff)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += await faults(page, path)
    page = await open_page(f"{site.url}/signin?next=/accounts", scheme=scheme, staff=False)
    await page.get_by_label("Name").fill(NAMES[Role.OPERATOR])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("region", name="New account").get_by_label("Name").fill(f"New {scheme}")
    await page.get_by_role("button", name="Add, and show the link").click()
    await expect(page.get_by_label("Lets in once")).to_be_visible()
    found += await faults(page, "/accounts")
    assert found == []
