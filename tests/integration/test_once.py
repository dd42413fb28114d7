"""What may happen once happens once though many ask at the same moment, on SQLite and on PostgreSQL alike."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from members_rig import BEGIN_MS, WREN

from device_adapters.units import DAY_MS
from services.console.auth.accounts import AccountStore
from services.console.auth.homes import WRONG_MAX, Homes
from services.console.auth.model import GYM, HOME_OPEN
from services.console.auth.roles import Role
from services.console.auth.sign_ins import SignIns
from services.members.errors import TakenError
from services.members.outcomes import OutcomeMeasure, OutcomeResult
from services.members.store import Members

MANY = 5
ROUNDS = 5
PIN, OTHER = "2846", "9173"


@pytest.fixture
def store(members_url: str) -> Iterator[Members]:
    store = Members(members_url, lambda: BEGIN_MS)
    yield store
    store.close()


def all_at_once(ask: Callable[[], object]) -> list[object]:
    """What each of `MANY` is answered."""
    ready = threading.Barrier(MANY)

    def one() -> object:
        ready.wait(10)
        return ask()

    with ThreadPoolExecutor(MANY) as pool:
        return [asked.result(60) for asked in [pool.submit(one) for _ in range(MANY)]]


def test_a_link_lets_in_once(store: Members) -> None:
    signs = SignIns(store, GYM)
    kim = AccountStore(store).add("Kim", Role.STAFF, password=None, by="Anna")
    for _ in range(ROUNDS):
        key = signs.link(kim)
        answers = all_at_once(partial(signs.use_link, key))
        assert sorted(answers, key=str) == [None] * (MANY - 1) + [kim]


def test_a_phone_is_ended_once_by_whoever_ends_it(store: Members) -> None:
    homes = Homes(store, HOME_OPEN)
    wren = store.create(WREN, by="Anna")
    for ended in range(1, ROUNDS + 1):
        keys = homes.move_in(homes.link(wren, by="Anna"), PIN)
        assert keys is not None
        all_at_once(partial(homes.end, keys.id, by="Anna"))
        assert [line.what for line in store.audit(wren)].count("own page ended on a phone") == ended


def test_wrong_pins_end_a_page_once_and_what_is_asked_of_it_then_finds_none(store: Members) -> None:
    homes = Homes(store, HOME_OPEN)
    wren = store.create(WREN, by="Anna")
    keys = homes.move_in(homes.link(wren, by="Anna"), PIN)
    assert keys is not None
    for _ in range(WRONG_MAX - 1):
        assert not homes.is_pin(keys.id, OTHER)

    def ask() -> bool:
        homes.keep_on_phone(keys.id, kept=True)
        homes.lock(keys.id, keys.open)
        return homes.is_pin(keys.id, OTHER)

    assert not any(all_at_once(ask))
    assert homes.phones(wren) == ()
    assert [line.what for line in store.audit(wren)].count("own page ended: wrong PINs") == 1


def test_one_alias_is_one_member_and_one_press_one_result(store: Members) -> None:
    def create() -> str | None:
        try:
            return store.create(WREN, by="Anna")
        except TakenError:
            return None

    (wren,) = filter(None, all_at_once(create))
    result = OutcomeResult(measure=OutcomeMeasure.PAIN, value_c=300, at_ms=BEGIN_MS, by="Anna")
    all_at_once(partial(store.measure, str(wren), result))
    store.measure(str(wren), replace(result, at_ms=BEGIN_MS - DAY_MS))
    assert [one.at_ms for one in store.portrait(str(wren), by="Anna").outcomes] == [
        BEGIN_MS - DAY_MS,
        BEGIN_MS,
    ]
