"""What no server took is told once one can be reached, over restarts too; and nothing is told twice."""

import asyncio
from pathlib import Path

from alert_desk import AlertDesk, AlertPhone
from virtual_time import virtual

from services.alerts.queue import OLD_S


@virtual
async def test_what_nobody_was_told_before_a_restart_is_told_after_it(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    await desk.stop()
    phone.away = False
    await desk.start()
    assert phone.titles == ["look now"]
    await desk.stop()
    await desk.start()
    await desk.belt("")
    assert phone.titles == ["look now", "over"], "neither is told twice"
    await desk.leave()


@virtual
async def test_what_was_over_before_a_restart_is_told_in_its_order(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    await desk.belt("")
    await desk.stop()
    phone.away = False
    await desk.start()
    assert phone.titles == ["look now", "over"]
    await desk.leave()


@virtual
async def test_a_restart_tells_each_phone_what_that_one_has_not_got(tmp_path: Path) -> None:
    phone, post = AlertPhone(), AlertPhone("2 post")
    desk = AlertDesk(tmp_path, phone, post)
    await desk.start()
    post.away = True
    await desk.belt("stop_not_obeyed")
    await desk.stop()
    post.away = False
    await desk.start()
    assert (phone.titles, post.titles) == (["look now"], ["look now"])
    await desk.leave()


@virtual
async def test_an_address_that_is_new_is_told_what_others_miss(tmp_path: Path) -> None:
    phone, post = AlertPhone(), AlertPhone("2 post")
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    await desk.stop()
    desk.phones = (phone, post)
    await desk.start()
    assert (phone.titles, post.titles) == ([], ["look now"])
    await desk.leave()


@virtual
async def test_what_is_on_its_way_as_the_service_is_stopped_is_told_once(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.answers.clear()
    telling = asyncio.create_task(desk.belt("stop_not_obeyed"))
    await phone.asked.wait()
    stopping = asyncio.create_task(desk.stop())
    for _ in range(20):  # a cancellation goes from task to task
        await asyncio.sleep(0)
    phone.answers.set()
    await stopping
    await telling
    await desk.start()
    assert phone.titles == ["look now"]
    await desk.leave()


@virtual
async def test_what_lasts_is_told_however_long_nobody_could_be(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    await asyncio.sleep(OLD_S + 3_600)
    phone.away = False
    await asyncio.sleep(600)
    assert phone.titles == ["look now"]
    await desk.leave()


@virtual
async def test_what_has_long_been_over_is_not_told_and_neither_is_its_end(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    await desk.belt("")
    await asyncio.sleep(OLD_S + 600)
    phone.away = False
    await asyncio.sleep(600)
    assert phone.titles == []
    await desk.leave()


@virtual
async def test_a_file_that_is_none_is_written_anew(tmp_path: Path) -> None:
    kept = tmp_path / "alerts/incidents.json"
    kept.parent.mkdir()
    kept.write_bytes(b"{")
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    await desk.belt("stop_not_obeyed")
    await desk.stop()
    await desk.start()
    assert phone.titles == ["look now"]
    await desk.leave()
