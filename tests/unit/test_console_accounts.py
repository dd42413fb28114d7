"""Accounts, sign-ins, links and delays, against a store whose time a test sets."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from growth import held

from device_adapters.units import HOUR_MS, MINUTE_MS
from services.console.auth.accounts import AccountStore
from services.console.auth.model import CLINIC, GYM, LINK_MOST_MS, LINK_MS, TABLET_MS
from services.console.auth.roles import Role
from services.console.auth.sign_ins import SignIns
from services.console.auth.throttle import DELAY_MAX_S, FORGOTTEN_MS, KEYS_MAX, Delays
from services.console.pages.sign_in import local
from services.members.errors import MembersError
from services.members.store import Members
from services.networks import network_of

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "walk backward slowly"


class SignInDesk:
    def __init__(self, folder: "Path") -> None:
        self.now = 1_800_000_000_000
        self.store = Members(f"sqlite:///{folder / 'members.db'}", lambda: self.now)
        self.accounts = AccountStore(self.store)
        self.sign_ins = SignIns(self.store, CLINIC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInDesk]:
    desk = SignInDesk(tmp_path_factory.mktemp("accounts"))
    yield desk
    desk.store.close()


@pytest.fixture
def new_desk(tmp_path: "Path") -> Iterator[SignInDesk]:
    desk = SignInDesk(tmp_path)
    yield desk
    desk.store.close()


def test_a_first_account_is_made_by_a_link_that_holds_for_an_hour(new_desk: SignInDesk) -> None:
    desk = new_desk
    before = SignIns(desk.store, CLINIC).set_up_link()
    assert before is not None
    link = desk.sign_ins.set_up_link()
    assert link is not None
    assert not desk.sign_ins.opens_set_up(before), "a newer link ends the one before"
    assert desk.sign_ins.opens_set_up(link)
    desk.now += LINK_MS
    assert not desk.sign_ins.opens_set_up(link)
    link = desk.sign_ins.set_up_link()
    assert link is not None
    desk.accounts.add("Olga", Role.OPERATOR, password=WORDS, by="test")
    assert not desk.sign_ins.opens_set_up(link), "there is somebody who can make accounts"
    assert desk.sign_ins.set_up_link() is None


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [("", WORDS, "name"), ("x" * 41, WORDS, "name"), ("a\nb", WORDS, "name"), ("Ada", "short", "password")],
)
def test_what_does_not_fit_is_named(desk: SignInDesk, name: str, password: str, field: str) -> None:
    with pytest.raises(MembersError, match=f"^{field}:"):
        desk.accounts.add(name, Role.STAFF, password=password, by="test")


def test_a_password_lets_in_until_it_is_changed_or_the_account_disabled(desk: SignInDesk) -> None:
    id_ = desk.accounts.add("Ines", Role.STAFF, password=WORDS, by="test")
    with pytest.raises(MembersError, match="has an account already"):
        desk.accounts.add("INES", Role.STAFF, password=WORDS, by="test")
    found = desk.accounts.with_password(" ines ", WORDS)
    assert found is not None
    assert found.id == id_
    assert desk.accounts.with_password("Ines", WORDS + "!") is None
    assert desk.accounts.with_password("Nobody", WORDS) is None
    with pytest.raises(MembersError, match="4 to 8 digits"):
        desk.accounts.set_pin(id_, "12a4", by=id_)
    desk.accounts.set_pin(id_, "2468", by=id_)
    assert desk.accounts.with_pin(id_, "2468") is not None
    assert desk.accounts.with_pin(id_, "2469") is None
    assert desk.accounts.with_pin("u-nobody", "2468") is None

    key = desk.sign_ins.begin(id_, "password")
    desk.accounts.set_password("Ines", "another long one", by="test")
    assert desk.sign_ins.of(key, active=True) is None
    assert desk.accounts.with_pin(id_, "2468") is None
    assert desk.accounts.with_password("Ines", WORDS) is None
    key = desk.sign_ins.begin(id_, "password")
    desk.accounts.disable("Ines", by="test")
    assert desk.sign_ins.of(key, active=True) is None
    assert desk.accounts.with_password("Ines", "another long one") is None
    assert [(line.by, line.what) for line in desk.store.audit(id_)] == [
        ("test", "account added, staff"),
        (id_, "PIN set"),
        (id_, "signed in by password"),
        ("test", "password set"),
        (id_, "signed in by password"),
        ("test", "account disabled"),
    ]


def test_a_sign_in_holds_while_it_is_used_and_not_beyond_its_day(desk: SignInDesk) -> None:
    id_ = desk.accounts.add("Cleo", Role.COACH, password=WORDS, by="test")
    key = desk.sign_ins.begin(id_, "password")
    person = desk.sign_ins.of(key, active=True)
    assert person is not None
    assert (person.name, person.signature) == ("Cleo", f"coach {id_}")
    for _ in range(12 * 60 // 4):
        desk.now += 4 * MINUTE_MS
        last = desk.sign_ins.of(key, active=True)
    assert last is None, "12 h are the most in a clinic"
    key = desk.sign_ins.begin(id_, "password")
    desk.now += 4 * MINUTE_MS
    assert desk.sign_ins.of(key, active=False) is not None
    desk.now += MINUTE_MS
    assert desk.sign_ins.of(key, active=True) is None, "what a page asks by itself is no sign of a person"
    assert GYM.holds(0, 0, 12 * HOUR_MS - 1)
    assert not GYM.holds(0, 0, -1)


def test_a_new_sign_in_ends_the_one_that_the_browser_had(desk: SignInDesk) -> None:
    id_ = desk.accounts.add("Finn", Role.STAFF, password=WORDS, by="test")
    planted = desk.sign_ins.begin(id_, "password")
    own = desk.sign_ins.begin(id_, "password", instead_of=planted)
    assert own != planted
    assert desk.sign_ins.of(planted, active=True) is None
    desk.accounts.set_role("Finn", Role.OPERATOR, by="test")
    person = desk.sign_ins.of(own, active=True)
    assert person is not None
    assert person.role is Role.OPERATOR
    desk.sign_ins.end(own)
    assert desk.sign_ins.of(own, active=True) is None


def test_a_link_lets_in_once_and_a_tablet_until_its_enroller_is_gone(desk: SignInDesk) -> None:
    id_ = desk.accounts.add("Tess", Role.STAFF, password=WORDS, by="test")
    link = desk.sign_ins.link(id_)
    assert desk.sign_ins.use_link(link) == id_
    assert desk.sign_ins.use_link(link) is None
    late = desk.sign_ins.link(id_)
    desk.now += LINK_MS
    assert desk.sign_ins.use_link(late) is None
    ahead = desk.sign_ins.link(id_)
    desk.now -= LINK_MOST_MS
    assert desk.sign_ins.use_link(ahead) is None, "a clock set back makes no late link good"
    desk.now += LINK_MOST_MS
    tablet = desk.sign_ins.enrol_tablet(id_)
    old = desk.sign_ins.enrol_tablet(id_)
    assert desk.sign_ins.tablet(tablet)
    assert not desk.sign_ins.tablet("no key")
    desk.accounts.disable("Tess", by="test")
    assert not desk.sign_ins.tablet(tablet)
    desk.accounts.set_password("Tess", WORDS, by="test")
    desk.now += TABLET_MS
    assert not desk.sign_ins.tablet(old)


def test_each_guess_waits_longer_and_memory_is_bounded() -> None:
    delays = Delays(3)
    waits = []
    for _ in range(16):
        delays.failed("k", 0)
        waits.append(delays.wait_s("k", 0))
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, *[DELAY_MAX_S] * 4]
    assert delays.wait_s("k", DELAY_MAX_S * 1000 - 1) == 1
    assert delays.wait_s("k", DELAY_MAX_S * 1000) == 0
    delays.failed("k", FORGOTTEN_MS)
    assert delays.wait_s("k", FORGOTTEN_MS) == 0
    for n in range(4):
        delays.failed("again", n)
    delays.passed("again")
    assert delays.wait_s("again", 4) == 0
    for n in range(KEYS_MAX):
        delays.failed(f"guess {n}", 0)
    before = held(delays)
    for n in range(KEYS_MAX):
        delays.failed(f"other {n}", 0)
    assert held(delays) <= before


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", network_of("2001:db8:1:2::99")),
        ("testclient", "testclient"),
    ],
)
def test_addresses_that_one_host_may_take_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "/a\\b",
        "/a\nb",
        "javascript:1",
        "x" * 400,
    ],
)
def test_a_sign_in_leads_to_this_console_only(address: str) -> None:
    assert local(address) == "/"
    assert local("/sessions?days=30") == "/sessions?days=30"
