"""The page of releases as an operator uses it, beside a real enrolment desk's line to the broker; and over REST."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from console_rig import Rig, rig, still
from enrolling_hub import UNIT, EnrollingHub
from floor_page import OpenPage
from playwright.async_api import expect
from rest_rig import bearer, open_tokens
from sign_in import NAMES, sign_in

from device_adapters.config import Broker, HubConfig
from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE
from services.hub.release_teller import ReleaseTeller
from services.hub.releases import HeldRelease, Releases

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class ReleasesSite:
    """A console, and a desk that holds one release."""

    rig: Rig
    releases: Releases


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReleasesSite]:
    hub = EnrollingHub(tmp_path_factory.mktemp("hub"))
    hub.join(UNIT)
    releases = Releases(hub.folder / "releases")
    with releases.locked():
        held = HeldRelease("0.2.0", "aarch64", "backstride-0.2.0-aarch64.tar.gz", "- A <b>change</b>.", 0)
        releases.keep_index((held,))
    async with rig(tmp_path_factory.mktemp("console")) as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        await running.heard(1)
        teller = ReleaseTeller(hub.office, releases, hub.clock)
        config = HubConfig(site="gym", broker=Broker(url=running.gym.mqtt_url))
        desk = asyncio.create_task(teller.run(config))
        yield ReleasesSite(running, releases)
        desk.cancel()
        await asyncio.wait([desk])


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1920, "de")])
async def test_an_operator_lets_a_release_go_and_stops_it(
    width: int, language: str, site: ReleasesSite, open_page: OpenPage
) -> None:
    url = site.rig.console.url
    (site.releases.folder / "rollout.json").unlink(missing_ok=True)
    page = await open_page(f"{url}/signin", width=width, language=language, staff=False)
    await page.context.add_cookies(
        [{"name": COOKIE, "value": await sign_in(url, NAMES[Role.OPERATOR]), "url": url}]
    )
    await page.goto(f"{url}/operator")
    await page.locator('a[href="/operator/releases"]').click()
    await expect(page.locator("pre.changes")).to_have_text("- A <b>change</b>.")
    go = page.locator('form[action$="/roll-out"]')
    await go.locator("select").select_option("unit-01")
    await go.locator("input[name=begin]").fill("02:00")
    await go.locator("button").click()
    words = {"en": "Give the window's begin and end", "de": "Geben Sie Anfang und Ende"}
    await expect(page.locator('p[role="status"]').first).to_contain_text(words[language])
    await page.locator("input[name=begin]").fill("02:00")
    await page.locator("input[name=end]").fill("05:00")
    await go.locator("button").click()
    stop = page.locator('form[action$="/stop"] button')
    await expect(stop).to_be_visible()
    rollout = site.releases.rollout()
    assert rollout is not None
    assert (rollout.canary, rollout.begin, rollout.end) == ("unit-01", "02:00", "05:00")
    assert rollout.by.startswith("operator ")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    found = await Axe().run(page)
    assert [fault["id"] for fault in found.response["violations"]] == []
    await stop.click()
    await expect(stop).to_have_count(0)
    stopped = site.releases.rollout()
    assert stopped is not None
    assert stopped.stopped == "person"


async def test_staff_look_and_change_nothing(site: ReleasesSite, open_page: OpenPage) -> None:
    page = await open_page(f"{site.rig.console.url}/operator/releases")
    await expect(page.locator("pre.changes")).to_be_visible()
    await expect(page.locator("main form")).to_have_count(0)
    async with site.rig.client() as staff:
        answer = await staff.post("/operator/releases/stop")
    assert answer.status_code == 403


async def test_a_program_lets_it_go_and_is_told_why_not(site: ReleasesSite) -> None:
    (site.releases.folder / "rollout.json").unlink(missing_ok=True)
    with open_tokens(site.rig.folder) as tokens:
        operator = tokens.create("planner", Role.OPERATOR, days=1, by="test")
        coach = tokens.create("coach", Role.COACH, days=1, by="test")
    api = f"{site.rig.console.url}/api/v1"
    async with httpx.AsyncClient(base_url=api, headers=bearer(operator), timeout=60) as http:
        told = (await http.get("/releases")).json()
        assert [one["version"] for one in told["releases"]] == ["0.2.0"]
        refused = await http.post("/releases/roll-out", json={"version": "0.3.0", "canary": "unit-01"})
        assert (refused.status_code, refused.json()["cause"]) == (409, "roll_out")
        bad = await http.post(
            "/releases/roll-out", json={"version": "0.2.0", "canary": "unit-01", "begin": "2"}
        )
        assert (bad.status_code, bad.json()["field"]) == (422, "begin")
        done = await http.post("/releases/roll-out", json={"version": "0.2.0", "canary": "unit-01"})
        assert done.json()["roll_out"]["canary"] == "unit-01"
        stopped = await http.post("/releases/stop")
        assert stopped.json()["roll_out"]["stopped"] == "person"
    async with httpx.AsyncClient(base_url=api, headers=bearer(coach), timeout=60) as http:
        assert (await http.post("/releases/stop")).status_code == 403
    assert isinstance(site.releases.folder, Path)
