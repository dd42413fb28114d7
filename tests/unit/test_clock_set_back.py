"""What has run out stays so: a clock that is set back brings no link, sign-in, token or invitation back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from members_rig import BEGIN_MS, WREN

from device_adapters.units import DAY_MS
from services.console.auth.accounts import AccountStore
from services.console.auth.homes import Homes
from services.console.auth.model import GYM, HOME_OPEN, LINK_MS
from services.console.auth.roles import Role
from services.console.auth.sign_ins import SignIns
from services.console.auth.sweep import sweep
from services.console.auth.tokens import Tokens
from services.hub.invitations import Invitations
from services.members.store import Members

HOUR_MS = 3_600_000


class Gym:
    """A store whose clock a test sets."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGIN_MS
        self.store = Members(f"sqlite:///{folder / 'members.db'}", lambda: self.now)
        self.sign_ins, self.homes = SignIns(self.store, GYM), Homes(self.store, HOME_OPEN)
        self.tokens = Tokens(self.store)

    def late_and_set_back(self, late_ms: int, back_ms: int) -> None:
        self.now += late_ms
        sweep(self.store, GYM)
        self.now -= back_ms


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    gym = Gym(tmp_path)
    yield gym
    gym.store.close()


def test_a_sign_in_link_and_a_sign_in(gym: Gym) -> None:
    anna = AccountStore(gym.store).add("anna", Role.STAFF, password=None, by="test")
    link, key = gym.sign_ins.link(anna), gym.sign_ins.begin(anna, "password")
    gym.late_and_set_back(GYM.absolute_ms, GYM.absolute_ms - LINK_MS // 2)
    assert gym.sign_ins.use_link(link) is None
    assert gym.sign_ins.of(key, active=False) is None


def test_a_link_to_a_members_own_page(gym: Gym) -> None:
    link = gym.homes.link(gym.store.create(WREN, by="Anna"), by="Anna")
    assert gym.homes.holds(link)
    gym.late_and_set_back(25 * HOUR_MS, 20 * HOUR_MS)
    assert not gym.homes.holds(link)


def test_a_token_which_is_still_told_as_expired(gym: Gym) -> None:
    secret = gym.tokens.create("front-desk", Role.STAFF, days=1, by="Anna")
    other = gym.tokens.create("tablet", Role.STAFF, days=2, by="Anna")
    gym.late_and_set_back(DAY_MS, HOUR_MS)
    assert gym.tokens.of(secret) is None
    assert gym.tokens.of(other) is not None
    (swept, _) = gym.tokens.all()
    assert swept.revoked_ms == swept.expires_ms


def test_an_invitation(tmp_path: Path) -> None:
    invitations = Invitations(tmp_path / "invitations.json")
    invitations.add("unit-01", b"secret", 1_800, 0)
    invitations.add("unit-02", b"other", 9_000, 0)
    assert invitations.find(b"secret", "", 1_799) == "unit-01"
    invitations.sweep(1_800)
    assert invitations.find(b"secret", "", 600) == ""
    assert invitations.find(b"other", "", 600) == "unit-02"


def test_an_invitation_that_is_made_later_than_now_holds_not(tmp_path: Path) -> None:
    invitations = Invitations(tmp_path / "invitations.json")
    invitations.add("unit-01", b"secret", 1_800_000_000, 1_799_000_000)
    assert invitations.find(b"secret", "", 1_700_000_000) == ""
