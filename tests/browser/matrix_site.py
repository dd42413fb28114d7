"""A console for the matrix of pages: its stores hold a past, a member has a month and a phone, all are signed in."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from console_rig import Rig, ScriptedBelt, still
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from past_rig import past_rig
from playwright.async_api import BrowserContext
from sign_in import NAMES, SIGNED_IN, sign_in

from device_adapters.safety.limits import Goal
from device_adapters.units import DAY_MS
from services.console.auth.home_access import OPEN_COOKIE, PHONE_COOKIE
from services.console.auth.homes import Homes
from services.console.auth.model import HOME_OPEN
from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE
from services.members.model import Prescription, Purpose
from services.members.outcomes import OutcomeMeasure, OutcomeResult

PIN = "2846"


@dataclass(frozen=True)
class MatrixSite:
    """`paths`: where each page is. `cookies`: name and value of who may open it, by role; `member` by their phone."""

    rig: Rig
    paths: dict[str, str]
    cookies: dict[str, dict[str, str]]

    async def enter(self, context: BrowserContext, role: str) -> None:
        """From now on a browser is this role's; nobody's for an empty one."""
        await context.clear_cookies()
        kept = self.cookies.get(role, {})
        await context.add_cookies(
            [{"name": name, "value": value, "url": self.rig.console.url} for name, value in kept.items()]
        )


async def tell(running: Rig, belts: dict[str, ScriptedBelt]) -> None:
    """From now on these treadmills are there, and no others."""
    await running.gym.become(belts)
    await running.heard(len(belts))


@contextlib.asynccontextmanager
async def matrix_site(folder: Path) -> AsyncIterator[MatrixSite]:
    """In `folder`."""
    async with past_rig(folder) as past:
        running, url = past.rig, past.url
        robin = enter_member(
            folder,
            replace(WREN, name="Robin of the long hill", alias="Robin of the long hill"),
            Purpose.HEART_RATE,
        )
        latest = enter_month(folder, robin)[-1].session
        store = open_members(folder)
        try:
            now_ms = store.now_ms()
            given = Prescription(
                goal=Goal.MOBILITY, speed_ckmh=120, minutes=5, sessions_week=2, pain_stop=4,
                at_ms=now_ms - 14 * DAY_MS, until_ms=now_ms + 14 * DAY_MS, by="coach u-1", why="slow steps",
            )  # fmt: skip
            store.prescribe(robin, given)
            for value_c in (1250, 1100):
                measure = OutcomeMeasure.TIMED_UP_AND_GO
                store.measure(
                    robin, OutcomeResult(measure=measure, value_c=value_c, at_ms=now_ms, by="coach u-1")
                )
            homes = Homes(store, HOME_OPEN)
            keys = homes.move_in(homes.link(robin, by="Anna"), PIN)
            code = homes.link(past.past.member, by="Anna")
        finally:
            store.close()
        assert keys is not None
        running.gym.belts = {"tm-01": still("tm-01")}
        await running.heard(1)
        async with running.client(timeout=60) as http:
            for id_, name, place in (
                ("tm-02", "By the long window", "Ground floor"),
                ("tm-03", "Nearest to the stairs", "First floor, in the old gymnasium"),
            ):
                await http.post(f"/treadmills/{id_}/label", data={"name": name, "place": place})
        home = f"/me/{keys.id}"
        paths = {
            "floor": "/", "board": "/board", "operator": "/operator", "treadmill": "/treadmills/tm-01",
            "account": "/account", "accounts": "/accounts", "machines": "/operator/machines",
            "drill": "/drill", "class": "/class", "class board": "/board", "no class": "/class",
            "signin": "/signin?by=password", "trust": "/trust", "today": "/today", "sessions": "/sessions?days=30",
            "review": f"/sessions/{past.past.session}", "progress": f"/history/{robin}",
            "report": f"/history/{robin}/report", "prescription": f"/history/{robin}/prescription",
            "consents": f"/history/{robin}/consents", "outcomes": f"/history/{robin}/outcomes",
            "nowhere": "/sessions/s-nothing", "me": home, "me session": f"{home}/sessions/{latest}",
            "me data": f"{home}/data", "me pin": f"{home}/pin",
            "me enter": f"/me/enter/{code}", "session over": "/m/" + "0" * 26,
        }  # fmt: skip
        cookies = {
            "staff": {COOKIE: SIGNED_IN[url]},
            "operator": {COOKIE: await sign_in(url, NAMES[Role.OPERATOR])},
            "member": {PHONE_COOKIE: keys.phone, OPEN_COOKIE: keys.open},
        }
        yield MatrixSite(running, paths, cookies)
