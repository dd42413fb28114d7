"""A member's consents over a running console: staff keep what they heard, a coach reads it; both are in the audit."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from console_rig import Rig, rig
from members_rig import WREN
from month_rig import enter_member, open_members
from sign_in import NAMES, headers, sign_in

from services.console.auth.roles import Role
from services.members.model import Purpose

pytestmark = pytest.mark.broker
OPENED = "Heart rates may be kept for 90 days"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as made:
        yield made


def agrees(running: Rig, member: str) -> tuple[bool, list[str]]:
    """To heart rates; and what the audit tells of that."""
    store = open_members(running.folder)
    try:
        lines = [line.what for line in store.audit(member) if line.by.startswith("staff ")]
        return store.consents_to(member, Purpose.HEART_RATE), lines
    finally:
        store.close()


async def test_staff_keep_a_consent_and_take_it_back_where_a_coach_only_reads(running: Rig) -> None:
    member, url = enter_member(running.folder, WREN), running.console.url
    page = f"/history/{member}/consents"
    async with running.client(timeout=60) as staff:
        assert "The member agrees: " + OPENED in (await staff.get(page)).text
        assert (await staff.post(f"{page}/heart_rate", data={"give": ""})).status_code == 303
        assert agrees(running, member) == (True, ["viewed consents", "consented heart_rate"])
        assert "Take back: " + OPENED in (await staff.get(page)).text
        assert (await staff.post(f"{page}/heart_rate", data={"take-back": ""})).status_code == 303
        assert agrees(running, member)[0] is False
        assert (await staff.post(f"{page}/everything", data={"give": ""})).status_code == 422
        assert (await staff.get("/history/m-none/consents")).status_code == 404
        assert (await staff.post("/history/m-none/consents/heart_rate", data={"give": ""})).status_code == 404
        assert page in (await staff.get(f"/history/{member}")).text
    cookie = headers(url, await sign_in(url, NAMES[Role.COACH]))
    async with httpx.AsyncClient(base_url=url, headers=cookie, timeout=60) as coach:
        shown = (await coach.get(page)).text
        assert OPENED in shown
        assert "<form" not in shown.partition('class="agreed"')[2].partition("</ul>")[0]
        assert (await coach.post(f"{page}/heart_rate", data={"give": ""})).status_code == 403
    assert agrees(running, member)[0] is False
