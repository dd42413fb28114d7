"""Tests noted and taken back on a running console: a press that comes twice is one."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from console_rig import Rig, rig
from members_rig import WREN
from month_rig import enter_member, open_members

pytestmark = pytest.mark.broker
TUG = "timed_up_and_go"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as made:
        yield made


def noted(running: Rig, member: str) -> list[int]:
    store = open_members(running.folder)
    try:
        return [one.value_c for one in store.portrait(member, by="Anna").outcomes]
    finally:
        store.close()


async def test_a_result_is_noted_once_and_taken_back_once_though_its_press_comes_twice(running: Rig) -> None:
    member = enter_member(running.folder, WREN)
    page = f"/history/{member}/outcomes"
    async with running.client(timeout=60) as staff:
        for value in ("11,3", "11.3", "10.9"):
            assert (await staff.post(page, data={"measure": TUG, "value": value})).status_code == 303
        assert noted(running, member) == [1130, 1090]
        (last,) = re.findall(r'name="at_ms" value="(\d+)"', (await staff.get(page)).text)
        for _ in range(2):
            back = await staff.post(f"{page}/take-back", data={"measure": TUG, "at_ms": last})
            assert back.status_code == 303
        assert noted(running, member) == [1130]
        for wrong in ({"measure": TUG}, {"measure": TUG, "at_ms": "²"}, {"measure": "walk", "at_ms": last}):
            assert (await staff.post(f"{page}/take-back", data=wrong)).status_code == 422
        assert (await staff.post(page, data={"measure": TUG, "value": "fast"})).status_code == 422
        assert noted(running, member) == [1130]
