"""Every page at 320 px, the width of 1280 at four times the size (WCAG 1.4.10): nothing of it scrolls sideways."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import msgspec
import pytest
import pytest_asyncio
from console_members import wall_ms
from console_rig import ScriptedBelt, still, view, walking
from console_routes import OPEN_ROUTES, SHUT_ROUTES
from floor_page import OpenPage
from past_rig import PastRig
from playwright.async_api import Page, expect
from sampling import some
from sign_in import NAMES, headers, sign_in

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.console.auth.accounts import AccountStore
from services.console.auth.model import GYM
from services.console.auth.roles import Role
from services.console.auth.sign_ins import SignIns
from services.console.auth.signed_in import COOKIE
from services.members.store import Members
from services.metrics.points import session_view
from services.metrics.sqlite import SqliteSink

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

WIDTH, HEIGHT = 320, 640
LANGUAGE = "de"
"""Its words are the longest."""

LONG_ALIAS = "W" * 24
LONG_PROGRAMME = "Wiedereinstiegsprogramm" * 2
LONG_ID = "tm-" + "wintergarten-" * 2 + "wm"
SESSION = f"s-{LONG_ID}"

BESIDE = """
() => {
  const shown = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (["auto", "scroll"].includes(style.overflowX) || style.textOverflow === "ellipsis") return true;
    }
    return getComputedStyle(one).textOverflow === "ellipsis";
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 && !shown(one))
    .map((one) => `${one.tagName}.${one.getAttribute("class")}: ${(one.textContent ?? "").trim().slice(0, 40)}`);
}
"""
"""What stands beside the window, though nothing can be scrolled there and no ellipsis tells of it."""

WAYS_TOLD = """
() => {
  const [ways, sheet] = [".ways", ".sheet"].map((name) => document.querySelector(name)?.getBoundingClientRect());
  return !ways || !sheet || (ways.bottom <= sheet.top && ways.height <= innerHeight / 3);
}
"""
"""The ways to other pages stand before what the page tells, and leave it room."""


def long(belt: ScriptedBelt) -> ScriptedBelt:
    """The same with the longest words that it may have."""
    changes = {
        "alias": LONG_ALIAS,
        "programme": LONG_PROGRAMME,
        "nearest_limit": f"Heart 133 bpm of {LONG_ALIAS}",
    }
    session = None if belt.session is None else msgspec.structs.replace(belt.session, **changes)
    return replace(belt, session=session)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(past_site: PastRig) -> AsyncIterator[PastRig]:
    gym, folder = past_site.rig.gym, past_site.rig.folder
    locked = msgspec.structs.replace(still("tm-03").state, latched="stop_not_obeyed")
    gym.belts = {
        "tm-01": long(still("tm-01")), "tm-02": long(walking("tm-02")), "tm-03": replace(still("tm-03"), state=locked),
        "tm-04": long(replace(still("tm-04"), session=view("tm-04", "ended", outcome="stopped"))),
        LONG_ID: long(walking(LONG_ID)),
    }  # fmt: skip
    await past_site.rig.heard(5)
    ended = m.SessionView(
        session=SESSION, treadmill=LONG_ID, at_ms=wall_ms() - 60_000, phase="ended", goal=Goal.MOBILITY,
        level=Level.NOVICE, programme=LONG_PROGRAMME, member=past_site.past.member, outcome="stopped",
        why=f"Stopped by {LONG_ALIAS}.",
    )  # fmt: skip
    sink = SqliteSink(folder / "metrics.db")
    sink.write(list(session_view(LONG_ID, ended)))
    sink.close()
    store = Members(f"sqlite:///{folder / 'members.db'}", wall_ms)
    AccountStore(store).add("W" * 40, Role.STAFF, password=None, by="test")
    store.close()
    yield past_site


async def keys(site: PastRig, key: str) -> dict[str, str]:
    """What stands in the addresses of pages: of the rig's own members, sessions and links."""
    store = Members(f"sqlite:///{site.rig.folder / 'members.db'}", wall_ms)
    links = SignIns(store, GYM)
    async with httpx.AsyncClient(base_url=site.url, headers=headers(site.url, key), timeout=60) as http:
        answer = await http.get("/api/treadmills/tm-02/member-page")
    assert answer.status_code == 200, answer.text
    found = {
        "key": links.link(site.rig.accounts[Role.COACH]), "token": answer.json()["url"].rsplit("/", 1)[1],
        "session": SESSION,
        "member": site.past.member,
        "home": "0" * 16,
        "treadmill": LONG_ID,
    }  # fmt: skip
    store.close()
    return found


PAGES = sorted(
    path
    for method, path in (*OPEN_ROUTES, *SHUT_ROUTES)
    if method == "GET" and not path.startswith(("/api/", "/static/", "/healthz")) and "{form}" not in path
    if path not in ("/m/{token}/progress", "/signin")
    and not path.endswith((".crt", ".json", ".pdf", ".txt", ".webmanifest", ".zip"))
)
"""All that a browser shows: a page that is new is tried here as soon as it has a route. Whoever is signed in is led on
from `/signin`; the form is among the others."""

MORE = (
    "/sessions/s-nothing",
    "/history/m-nobody",
    "/m/" + "0" * 26,
    "/sessions?days=30",
    "/signin?by=password",
    "/no",
)


async def opened(site: PastRig, open_page: OpenPage, path: str, scheme: str = "dark") -> Page:
    role = Role.OPERATOR if path.startswith("/account") else Role.STAFF
    key = await sign_in(site.url, NAMES[role])
    address = path.format(**await keys(site, key)) if "{" in path else path
    page = await open_page(
        "about:blank", width=WIDTH, height=HEIGHT, scheme=scheme, language=LANGUAGE, staff=False
    )
    await page.context.add_cookies([{"name": COOKIE, "value": key, "url": site.url}])
    answer = await page.goto(f"{site.url}{address}")
    assert answer is not None
    assert answer.url.split("?")[0] == f"{site.url}{address}".split("?")[0], "led elsewhere"
    return page


async def not_sideways(page: Page) -> None:
    await page.wait_for_load_state("load")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert (wide <= WIDTH, await page.evaluate(BESIDE)) == (True, [])


@pytest.mark.parametrize("path", some([*PAGES, *MORE], 10))
async def test_no_page_scrolls_sideways(site: PastRig, open_page: OpenPage, path: str) -> None:
    page = await opened(site, open_page, path)
    if path in ("/", "/board"):
        await expect(page.locator("body[data-conn=live]")).to_be_attached()
    await not_sideways(page)
    assert await page.evaluate(WAYS_TOLD)


@pytest.mark.parametrize("panel", ["start", "more", "code"])
async def test_no_panel_of_the_floor_scrolls_the_page_sideways(
    site: PastRig, open_page: OpenPage, panel: str
) -> None:
    page = await opened(site, open_page, "/")
    await expect(page.locator("body[data-conn=live]")).to_be_attached()
    place = "tm-01" if panel == "start" else LONG_ID
    await page.locator(f'[data-treadmill="{place}"] [data-panel="{panel}"]').click()
    await expect(page.locator(f"#{panel}")).to_be_visible()
    await not_sideways(page)


async def test_the_answer_to_a_stop_without_a_script_is_as_narrow(site: PastRig, open_page: OpenPage) -> None:
    page = await open_page(
        f"{site.url}/signin", width=WIDTH, height=HEIGHT, script=False, staff=False, language=LANGUAGE
    )
    await page.locator(".stop-all button").click()
    await expect(page.locator("body.answer")).to_be_visible()
    await not_sideways(page)
