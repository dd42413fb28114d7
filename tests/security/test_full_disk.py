"""A disk that fills up: the store of measurements leaves the last of it alone; stops and sign-ins need none of it."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig, still
from sign_in import NAMES, PASSWORD, headers
from small_disk import fill, small_disk
from test_metrics_thinning import NOW_MS, Store
from waiting import until

from device_adapters.errors import StorageError
from device_adapters.units import MINUTE_MS
from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE
from services.metrics.thinning import Keep, reserve

pytestmark = pytest.mark.broker


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 24) as place:
        yield place


@pytest.fixture(scope="module")
def hub_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_disk(tmp_path_factory.mktemp("hub") / "disk", 48) as place:
        yield place


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(hub_disk: Path) -> AsyncIterator[Rig]:
    async with rig(hub_disk) as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        await running.heard(1)
        yield running


def test_the_store_stops_growing_before_the_disk_is_full_and_keeps_what_is_new(disk: Path) -> None:
    store = Store(disk / "metrics.db", Keep(bytes_max=1_000_000_000))
    try:
        for minute in range(60):
            store.wall_ms = NOW_MS + minute * 60 * MINUTE_MS
            store.frames("tm-01", store.wall_ms - 30 * MINUTE_MS, 4_000)
            store.thin()
        left = os.statvfs(disk)
        assert left.f_bavail * left.f_frsize >= reserve(left) // 2
        (disk / "journal").write_bytes(bytes(200_000))
        newest = store.ask("SELECT max(at_ms) FROM treadmill")[0][0]
        assert newest == store.wall_ms - 30 * MINUTE_MS + 3_999 * 250
    finally:
        store.close()


def test_what_others_put_on_the_disk_costs_no_history(disk: Path) -> None:
    store = Store(disk / "metrics.db")
    try:
        store.frames("tm-01", NOW_MS - MINUTE_MS, 4_000)
        store.thin()
        fill(disk)
        with pytest.raises(StorageError, match="nearly full"):
            store.frames("tm-01", NOW_MS, 10)
        for _ in range(50):
            store.now_ms += 60_000
            try:
                store.sink.thin(store.wall_ms, store.now_ms)
            except StorageError:
                continue
        (disk / "filler").unlink()
        assert store.count("treadmill") > 3_500
        store.frames("tm-01", NOW_MS, 10)
    finally:
        store.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_on_a_full_disk_a_stop_is_taken_and_people_sign_in_and_out(site: Rig, hub_disk: Path) -> None:
    url = site.console.url
    filler = await asyncio.to_thread(fill, hub_disk)
    try:
        assert os.statvfs(hub_disk).f_bavail == 0
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60) as http:
            site.gym.stops.clear()
            assert (await http.post("/api/stop")).status_code == 200
            await until(lambda: site.gym.stops == ["all"], "the stop")
            form = {"name": NAMES[Role.STAFF], "password": PASSWORD}
            wrong = await http.post("/signin", data={**form, "password": "a wrong one"})
            assert wrong.status_code == 401
            entered = await http.post("/signin", data=form)
            assert entered.status_code == 303, entered.text
            assert (await http.get("/")).status_code == 200
            assert (await http.get("/accounts")).status_code == 303, "as the role that it is"
            signed = headers(url, entered.cookies[COOKIE])
            assert (await http.post("/api/stop", headers=signed)).status_code == 200
            await until(lambda: site.gym.stoppers[-1:] == [site.signature], "who pressed it")
            await http.post("/signout")
            assert (await http.get("/", headers={"Cookie": signed["Cookie"]})).status_code == 303
            entered = await http.post("/signin", data=form)
            held = {"Cookie": headers(url, entered.cookies[COOKIE])["Cookie"]}
    finally:
        filler.unlink()
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        assert (await http.get("/", headers=held)).status_code == 200, "it holds when there is room again"
    with closing(sqlite3.connect(hub_disk / "members.db")) as db:
        db.execute("UPDATE account SET disabled_ms = 1 WHERE role = 'staff'")
        db.commit()
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        assert (await http.get("/", headers=held)).status_code == 303, "a locked account is locked there too"
