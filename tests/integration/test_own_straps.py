"""Members' own straps: kept with their consent alone, unreadable at rest, gone with it; offered at the start, by a name
and a press."""

import json
import sqlite3
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from console_rig import Rig, rig, still, walking
from members_rig import WREN
from waiting import until

from device_adapters.config import HubConfig
from device_adapters.contract import messages as m
from services.members import forgetting, own_straps
from services.members.errors import RuleRefusedError, UnknownMemberError
from services.members.model import Purpose
from services.members.store import Members
from services.privacy.hub import opened
from services.privacy.wishes import export

STRAP = "hr-5fc2a1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Members]:
    with closing(Members(f"sqlite:///{tmp_path / 'members.db'}", lambda: 1_800_000_000_000)) as store:
        yield store


def member(store: Members, alias: str = "Wren", *, consents: bool = True) -> str:
    id_ = store.create(replace(WREN, name=f"{alias} Smith", alias=alias), by="Anna")
    if consents:
        store.consent(id_, Purpose.OWN_STRAP, text_version="1", by="Anna")
    return id_


def owner(store: Members, strap: str = STRAP) -> str:
    found = own_straps.owner(store, strap)
    return "" if found is None else found.alias


def test_nothing_is_kept_without_consent(store: Members) -> None:
    wren = member(store, consents=False)
    store.consent(wren, Purpose.HEART_RATE, text_version="1", by="Anna")
    with pytest.raises(RuleRefusedError, match="has not agreed"):
        own_straps.remember(store, wren, STRAP, by="Anna")
    with pytest.raises(UnknownMemberError):
        own_straps.remember(store, "m-000000000000", STRAP, by="Anna")
    assert owner(store) == ""


def test_a_strap_is_known_until_its_consent_is_taken_back(store: Members) -> None:
    wren = member(store)
    own_straps.remember(store, wren, STRAP, by="Anna")
    assert (owner(store), owner(store, "hr-other")) == ("Wren", "")
    store.withdraw(wren, Purpose.HEART_RATE, by="Anna")
    assert owner(store) == "Wren"
    store.withdraw(wren, Purpose.OWN_STRAP, by="member")
    assert owner(store) == ""
    store.consent(wren, Purpose.OWN_STRAP, text_version="1", by="Anna")
    assert owner(store) == "", "a new consent brings nothing back"
    assert [line.what for line in store.audit(wren)].count("own strap kept") == 1


def test_a_new_strap_takes_the_place_of_the_old_one(store: Members) -> None:
    wren = member(store)
    own_straps.remember(store, wren, STRAP, by="Anna")
    own_straps.remember(store, wren, "hr-new", by="Anna")
    assert (owner(store), owner(store, "hr-new")) == ("", "Wren")


def test_a_strap_of_two_is_nobodys(store: Members) -> None:
    for alias in ("Wren", "Robin"):
        own_straps.remember(store, member(store, alias), STRAP, by="Anna")
    assert owner(store) == ""


def test_who_is_erased_has_no_strap(store: Members) -> None:
    wren = member(store)
    own_straps.remember(store, wren, STRAP, by="Anna")
    forgetting.erase(store, wren, by="Anna")
    assert owner(store) == ""


def test_at_rest_it_says_nothing_of_the_strap_nor_that_two_are_the_same(
    tmp_path: Path, store: Members
) -> None:
    for alias in ("Wren", "Robin"):
        own_straps.remember(store, member(store, alias), STRAP, by="Anna")
    with closing(sqlite3.connect(tmp_path / "members.db")) as db:
        kept = db.execute("SELECT salt, hash FROM own_strap").fetchall()
        told = "\n".join(db.iterdump())
    assert len({one for row in kept for one in row}) == 4
    assert STRAP not in told


def test_an_export_says_that_one_is_kept(tmp_path: Path) -> None:
    with opened(HubConfig(data=str(tmp_path)), lambda: 1_800_000_000_000) as hub:
        wren = member(hub.members)
        own_straps.remember(hub.members, wren, STRAP, by="Anna")
        export(hub, wren, tmp_path / "all.zip", by="Anna")
    with zipfile.ZipFile(tmp_path / "all.zip") as file:
        assert json.loads(file.read("own-strap.json")) == {"since_ms": 1_800_000_000_000}


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        yield running


@pytest.mark.broker
@pytest.mark.asyncio
async def test_staff_keep_it_in_a_session_and_its_member_is_offered_at_the_next_start(
    tmp_path: Path, site: Rig
) -> None:
    with closing(
        Members(f"sqlite:///{tmp_path / 'members.db'}", lambda: time.time_ns() // 1_000_000)
    ) as store:
        wren = member(store, consents=False)
        site.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02", member=wren, strap=STRAP)}
        await site.heard(2)
        async with site.client() as http:
            ask = {"id": "r-1", "session": "s-tm-02"}
            address = "/api/treadmills/tm-02/own-strap"
            refused = await http.post(address, json=ask)
            assert (refused.status_code, "has not agreed" in refused.json()["text"]) == (409, True)
            store.consent(wren, Purpose.OWN_STRAP, text_version="1", by="Anna")
            gone = await http.post(address, json={**ask, "session": "s-another"})
            assert (gone.status_code, owner(store)) == (409, "")
            assert (await http.post(address, json=ask)).json()[
                "text"
            ] == f"{STRAP} is kept as Wren's own strap."
            worn = m.NearbyStrap(strap=STRAP, rssi_dbm=-50, since_ms=time.time_ns() // 1_000_000)
            site.gym.near = (worn,)
            await site.heard(2)
            near = "/api/treadmills/tm-01/straps?asked_s_ago=60"
            found: dict[str, Any] = {}

            async def look() -> None:
                found.update((await http.get(near)).json())

            await until(lambda: found.get("offer") == STRAP, lambda: str(found), meanwhile=look)
            text = f"Wren Smith, with their own strap {STRAP}"
            assert found["whose"] == {"id": wren, "name": "Wren Smith", "alias": "Wren", "offer": text}
            store.withdraw(wren, Purpose.OWN_STRAP, by="member")
            assert (await http.get(near)).json()["whose"] is None
