"""Members' own pages in the store, on SQLite and on PostgreSQL alike: links, phones, PINs, and how each ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from members_rig import BEGIN_MS, WREN
from sqlalchemy import func, select

from device_adapters.units import DAY_MS
from services.console.auth.homes import WRONG_MAX, Homes
from services.console.auth.model import HOME_KEPT, HOME_LINK_MS, HOME_OPEN, HomeKeys
from services.members.errors import MembersError, UnknownMemberError
from services.members.forgetting import erase, forget_phones
from services.members.store import Members
from services.members.tables import HomeLinkRow, HomeRow

PIN, OTHER = "2846", "9173"


@dataclass
class HomesDoor:
    """A store whose time a test sets."""

    store: Members
    homes: Homes
    now: int = BEGIN_MS

    def moved_in(self, member: str, pin: str = PIN) -> HomeKeys:
        keys = self.homes.move_in(self.homes.link(member, by="Anna"), pin)
        assert keys is not None
        return keys

    def audit(self, member: str) -> list[tuple[str, str]]:
        return [(line.by, line.what) for line in self.store.audit(member) if "own page" in line.what]


@pytest.fixture
def door(members_url: str) -> Iterator[HomesDoor]:
    door = HomesDoor.__new__(HomesDoor)
    door.now = BEGIN_MS
    door.store = Members(members_url, lambda: door.now)
    door.homes = Homes(door.store, HOME_OPEN)
    yield door
    door.store.close()


def test_a_code_makes_one_phone_a_members_once(door: HomesDoor) -> None:
    wren = door.store.create(WREN, by="Anna")
    earlier, link = door.homes.link(wren, by="Anna"), door.homes.link(wren, by="staff u-1")
    assert (door.homes.holds(earlier), door.homes.holds(link)) == (False, True), (
        "a new one ends the one before"
    )
    with pytest.raises(MembersError):
        door.homes.move_in(link, "1234")
    keys = door.homes.move_in(link, PIN)
    assert keys is not None
    assert door.homes.move_in(link, PIN) is None
    assert (found := door.homes.of(keys.id, keys.open)) is not None
    assert found.member == wren
    late = door.homes.link(wren, by="Anna")
    door.now += HOME_LINK_MS
    assert door.homes.move_in(late, PIN) is None
    with pytest.raises(UnknownMemberError):
        door.homes.link("m-nobody", by="Anna")
    assert ("staff u-1", "own page handed out") in door.audit(wren)
    assert ("member", "own page begun on a phone") in door.audit(wren)


def test_a_clock_set_back_makes_no_late_link_good(door: HomesDoor) -> None:
    wren = door.store.create(WREN, by="Anna")
    late = door.homes.link(wren, by="Anna")
    door.now -= 1
    assert not door.homes.holds(late)
    assert door.homes.move_in(late, PIN) is None


def test_many_at_once_make_no_second_phone_and_no_more_tries(door: HomesDoor) -> None:
    wren = door.store.create(WREN, by="Anna")
    link = door.homes.link(wren, by="Anna")
    with ThreadPoolExecutor(5) as pool:
        made = [keys for keys in pool.map(lambda _: door.homes.move_in(link, PIN), range(5)) if keys]
    assert len(made) == len(door.homes.phones(wren)) == 1
    with ThreadPoolExecutor(5) as pool:
        tried = list(pool.map(lambda _: door.homes.is_pin(made[0].id, OTHER), range(2 * WRONG_MAX)))
    assert not any(tried)
    assert door.homes.phones(wren) == ()
    assert not door.homes.is_pin(made[0].id, PIN)


def test_a_link_that_never_was_costs_no_hash(door: HomesDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.auth.homes.pin_hash", lambda _: pytest.fail("64 MiB for nobody"))
    assert door.homes.move_in("A" * 43, PIN) is None


def test_old_phones_and_links_are_forgotten_each_night(door: HomesDoor) -> None:
    wren = door.store.create(WREN, by="Anna")
    keys = door.moved_in(wren)
    door.homes.link(wren, by="Anna")
    forget_phones(door.store)
    assert door.homes.is_phone(keys.id, keys.phone)
    door.now += HOME_KEPT.idle_ms + 1
    forget_phones(door.store)
    with door.store.transaction() as db:
        assert db.scalar(select(func.count()).select_from(HomeRow)) == 0
        assert db.scalar(select(func.count()).select_from(HomeLinkRow)) == 0


def test_a_page_closes_by_itself_and_opens_by_its_pin_on_its_phone_alone(door: HomesDoor) -> None:
    keys = door.moved_in(door.store.create(WREN, by="Anna"))
    door.now += HOME_OPEN.idle_ms
    assert door.homes.of(keys.id, keys.open) is None
    assert door.homes.open(keys.id, keys.phone, OTHER) is None
    assert door.homes.open(keys.id, "another phone", PIN) is None
    key = door.homes.open(keys.id, keys.phone, PIN)
    assert key is not None
    assert door.homes.of(keys.id, key) is not None
    assert door.homes.of(keys.id, keys.open) is None, "a key of before opens nothing"
    door.homes.lock(keys.id, "somebody's key")
    assert door.homes.of(keys.id, key) is not None
    door.homes.lock(keys.id, key)
    assert door.homes.of(keys.id, key) is None
    assert door.homes.of(keys.id, "") is None
    door.now += HOME_KEPT.idle_ms
    assert door.homes.open(keys.id, keys.phone, PIN) is None
    assert door.homes.phones(door.store.search()[0].id) == ()


def test_ten_wrong_pins_end_it_whichever_door_they_come_by_and_a_right_one_forgives(door: HomesDoor) -> None:
    wren = door.store.create(WREN, by="Anna")
    keys = door.moved_in(wren)
    for _ in range(WRONG_MAX - 1):
        assert not door.homes.is_pin(keys.id, OTHER)
    assert door.homes.is_pin(keys.id, PIN)
    for _ in range(WRONG_MAX - 1):
        assert door.homes.open(keys.id, keys.phone, OTHER) is None
    assert not door.homes.is_pin(keys.id, OTHER)
    assert door.homes.open(keys.id, keys.phone, PIN) is None
    assert door.homes.phones(wren) == ()
    assert ("member", "own page ended: wrong PINs") in door.audit(wren)


def test_nobody_elses_key_or_pin_opens_a_page(door: HomesDoor) -> None:
    wren, finch = (door.store.create(replace(WREN, alias=alias), by="Anna") for alias in ("Wren", "Finch"))
    mine, theirs = door.moved_in(wren), door.moved_in(finch, OTHER)
    assert door.homes.of(mine.id, theirs.open) is None
    assert door.homes.open(mine.id, theirs.phone, PIN) is None
    assert not door.homes.is_pin(mine.id, OTHER)
    assert (found := door.homes.of(theirs.id, theirs.open)) is not None
    assert found.member == finch


def test_a_lost_phone_is_one_press_and_an_erased_member_has_no_page(door: HomesDoor) -> None:
    wren, finch = (door.store.create(replace(WREN, alias=alias), by="Anna") for alias in ("Wren", "Finch"))
    first, second, other = door.moved_in(wren), door.moved_in(wren), door.moved_in(finch)
    door.now += DAY_MS
    link = door.homes.link(wren, by="Anna")
    door.homes.end(first.id, by="member")
    assert [phone.id for phone in door.homes.phones(wren)] == [second.id]
    door.homes.end_all(wren, by="coach u-2")
    assert door.homes.phones(wren) == ()
    assert not door.homes.holds(link)
    assert [phone.id for phone in door.homes.phones(finch)] == [other.id]
    assert door.audit(wren)[-1] == ("coach u-2", "own page ended everywhere")
    left = door.homes.link(finch, by="Anna")
    erase(door.store, finch, by="member")
    assert door.homes.open(other.id, other.phone, PIN) is None
    assert not door.homes.holds(left)
