"""Names, aliases, passwords and searches in other normal forms, and characters that nobody can see."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from members_rig import BEGIN_MS, WREN

from services.console.auth.accounts import AccountStore
from services.console.auth.passwords import password_hash, pin_hash, verified
from services.console.auth.roles import Role
from services.members.errors import MembersError
from services.members.people import MemberDetails
from services.members.store import Members
from services.members.tables import AccountRow
from services.members.text import check_seen, key
from services.rules.letters import likeness

NFC, NFD = "Zoë Müller-Åström", unicodedata.normalize("NFD", "Zoë Müller-Åström")
WORDS = "walk backward slowly"
FULLWIDTH = "ｗａｌｋ backward ①"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Members]:
    made = Members(f"sqlite:///{tmp_path / 'members.db'}", lambda: BEGIN_MS)
    yield made
    made.close()


def person(name: str, alias: str) -> MemberDetails:
    return MemberDetails(name=name, alias=alias, body=WREN.body)


@pytest.mark.parametrize(
    ("set_as", "typed"),
    [(NFC, NFD), (NFD, NFC), (FULLWIDTH, "walk backward 1"), ("a b c d e f", "a\u00a0b c d e f")],
)
def test_a_password_is_the_same_in_every_form(set_as: str, typed: str) -> None:
    kept = password_hash(set_as)
    assert verified(kept, typed)
    assert verified(kept, set_as)
    assert not verified(kept, typed.upper())
    assert not verified("", typed)


@pytest.mark.parametrize("typed", [NFC, NFD])
@pytest.mark.parametrize("was", [NFC, NFD])
def test_a_hash_of_an_earlier_version_goes_on_to_work(was: str, typed: str) -> None:
    assert verified(PasswordHasher().hash(was), typed)


@pytest.mark.parametrize("typed", ["4711", "４７１１", "٤٧١١"])
def test_a_pin_is_its_digits(typed: str) -> None:
    assert verified(pin_hash("4711"), typed)
    assert verified(pin_hash(typed), "4711")


def test_an_account_is_found_in_every_form_and_made_once(store: Members) -> None:
    accounts = AccountStore(store)
    accounts.add(NFD, Role.STAFF, password=WORDS, by="Otto")
    assert accounts.find(NFC.upper()).name == NFC
    assert accounts.with_password(NFC, WORDS) is not None
    with pytest.raises(MembersError, match="has an account already"):
        accounts.add(NFC, Role.STAFF, password=None, by="Otto")


@pytest.mark.parametrize("was", [NFC, NFD])
def test_an_account_of_an_earlier_version_is_found(store: Members, was: str) -> None:
    accounts = AccountStore(store)
    id_ = accounts.add("Anna", Role.STAFF, password=None, by="Otto")
    with store.transaction() as db:
        row = db.get(AccountRow, id_)
        assert row is not None
        row.name, row.name_key = was, was.casefold()
    assert accounts.find(NFD).id == accounts.find(NFC).id == id_


def test_a_search_finds_every_form_and_case(store: Members) -> None:
    id_ = store.create(person(NFD, "Zoë"), by="Anna")
    for text in (
        "zoë",
        unicodedata.normalize("NFD", "ZOË"),
        "MÜLLER",
        "åström",
        "ＺＯË",
        id_,
        " zoë   müller ",
    ):
        assert [card.id for card in store.search(text)] == [id_], text
    assert store.search("zoe") == ()
    assert store.search()[0].name == NFC


@pytest.mark.parametrize("second", ["Zoë", "zoë", unicodedata.normalize("NFD", "ZOË"), " Zoë ", "Ｚoë"])
def test_an_alias_is_one_member_s(store: Members, second: str) -> None:
    first = store.create(person("Zoë Z.", "Zoë"), by="Anna")
    with pytest.raises(MembersError, match=r"alias: .* is another member's; choose another alias"):
        store.create(person("Another", second), by="Anna")
    other = store.create(person("Another", "Wren"), by="Anna")
    with pytest.raises(MembersError, match="another member's"):
        store.update(other, person("Another", second), by="Anna")
    store.update(first, person("Zoë Z.", second), by="Anna")  # one's own stays one's own


@pytest.mark.parametrize(
    "text",
    ["\u200b", "An\u200bna", "Anna\u202e", "\u2066Anna", "Anna\ufeff", "An\u00adna", "An\x07na", "An\u2028na", "\u3164",
     "\u2800", "\u200dAnna", "Anna\u200c", "\ud800", "\ue000", "...", "  -  "],
)  # fmt: skip
def test_what_nobody_can_see_is_no_name_and_no_alias(store: Members, text: str) -> None:
    for one in (person(text, "Wren"), person("Wanda", text)):
        with pytest.raises(MembersError, match=r"^(name|alias): (character \d+ cannot be seen|give)"):
            store.create(one, by="Anna")
    with pytest.raises(MembersError):
        AccountStore(store).add(text, Role.STAFF, password=None, by="Otto")
    assert store.search() == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [("\u0410nna", "mixes Cyrillic and Latin letters"), ("Ann\u03b1", "mixes Greek and Latin letters"),
     ("Kim \u041c\u03bf\u0440", "mixes Cyrillic and Greek letters"), ("A\u0578na", "mixes Armenian and Latin")],
)  # fmt: skip
def test_a_word_of_two_alphabets_is_no_name_and_no_alias(store: Members, text: str, says: str) -> None:
    for one in (person(text, "Wren"), person("Wanda", text)):
        with pytest.raises(MembersError, match=rf"^(name|alias): .*{says}"):
            store.create(one, by="Anna")
    with pytest.raises(MembersError, match=says):
        AccountStore(store).add(text, Role.STAFF, password=None, by="Otto")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Coco", "\u0421\u043e\u0441\u043e"), ("TOM", "\u03a4\u039f\u039c"), ("Robin 1", "Robin l"), ("Ian", "lan"),
        ("K 0", "K O"), ("\U0001d400nna", "Anna"), ("\u0645\u06cc\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)  # fmt: skip
def test_two_that_look_the_same_are_one(store: Members, first: str, second: str) -> None:
    accounts = AccountStore(store)
    for one, other, later in ((first, second, "Gone"), (second, first, "Left")):
        id_ = store.create(person("Wanda", one), by="Anna")
        with pytest.raises(MembersError, match=r"alias: .* another member's; choose another alias"):
            store.create(person("Another", other), by="Anna")
        store.update(id_, person("Wanda", later), by="Anna")
    accounts.add(first, Role.STAFF, password=None, by="Otto")
    with pytest.raises(MembersError, match="choose another name"):
        accounts.add(second, Role.STAFF, password=None, by="Otto")


@pytest.mark.parametrize(
    "one", ["Zoe", "Zoë", "\u0410\u043d\u043d\u0430", "\u0386\u03bd\u03bd\u03b1", "Anna 2", "Ana"]
)
def test_names_that_can_be_told_apart_are_two(store: Members, one: str) -> None:
    store.create(person("Wanda", "Anna"), by="Anna")
    store.create(person("Another", one), by="Anna")


@pytest.mark.parametrize(
    "text",
    ["Anna", "Müller", "\u0410\u043d\u043d\u0430 Smith", "\u0386\u03bd\u03bd\u03b1", "李雷", "مریم", "می\u200cخواهم",
     "क्\u200dष", "O’Neil", "Zoë 2", "🏃 Wren", "\u03b2-Team"],
)  # fmt: skip
def test_names_of_people_are_taken(text: str) -> None:
    check_seen("name", text)


@pytest.mark.parametrize("text", ["Anna\u034f", "Anna\ufe0f", "\ufe0fAnna", "An\U000e0100na", "Anna\u180b"])
def test_marks_that_show_nothing_are_no_part_of_a_name(text: str) -> None:
    with pytest.raises(MembersError, match="cannot be seen"):
        check_seen("name", text)
    assert likeness(text) == likeness("Anna")


def test_letters_of_other_alphabets_that_look_like_capitals_are_those() -> None:
    assert likeness("\ua4ee\ua4e0\ua4e0\ua4ee") == likeness("ANNA")
    assert likeness("\u13aa\u13df") == likeness("AC")


def test_one_key_for_one_name() -> None:
    assert key(NFC) == key(NFD) == key(NFC.upper()) == key(f" {NFC.replace(' ', chr(0xA0))} ")
    assert key("STRASSE") == key("Straße")
    assert key("Zoe") != key("Zoë")
