"""A test of the alerts: each that is asked for is answered, with who took it."""

import asyncio
from pathlib import Path

from alert_desk import AlertDesk, AlertPhone
from virtual_time import virtual

from services.alerts_client import AlertsClient


@virtual
async def test_each_of_two_tests_at_once_is_answered(tmp_path: Path) -> None:
    phone, post = AlertPhone(), AlertPhone("2 post")
    desk = AlertDesk(tmp_path, phone, post)
    one, other = AlertsClient(desk.gym), AlertsClient(desk.gym)
    await desk.start()
    post.away = True
    for said in await asyncio.gather(one.test(), other.test()):
        assert (said.taken, said.failing) == (1, ("2 post",))
    assert phone.titles == ["a test", "a test"]
    await desk.leave()


@virtual
async def test_a_test_comes_before_what_waits_and_is_tried_once(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    client = AlertsClient(desk.gym)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    assert (await client.test()).failing == ("1 phone",)
    await asyncio.sleep(1)  # what waits was tried after the test, in vain too
    phone.away = False
    assert (await client.test()).taken == 1
    await asyncio.sleep(60)
    assert phone.titles == ["a test", "look now"]
    await desk.leave()
