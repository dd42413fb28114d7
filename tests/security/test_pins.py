"""The PINs that are tried first."""

import pytest

from services.console.auth.passwords import guessed_first, pin_hash
from services.members.errors import MembersError

COMMONEST = [
    "1234",
    "1111",
    "0000",
    "1212",
    "7777",
    "1004",
    "2000",
    "4444",
    "2222",
    "6969",
    "9999",
    "3333",
    "5555",
    "6666",
    "1122",
    "1313",
    "8888",
    "4321",
    "2001",
    "1010",
    "12345",
    "123456",
    "123123",
    "654321",
    "111111",
    "121212",
    "112233",
    "789456",
    "159753",
    "123321",
    "12345678",
    "87654321",
    "11223344",
    "12344321",
    "20012001",
    "1984",
    "0987",
    "2580",
    "987654",
    "010101",
    "31122001",
]


@pytest.mark.parametrize("pin", COMMONEST)
def test_a_pin_that_is_guessed_first_is_refused(pin: str) -> None:
    with pytest.raises(MembersError, match="guessed first"):
        pin_hash(pin)


def test_most_pins_may_be_chosen() -> None:
    assert sum(guessed_first(f"{n:04d}") for n in range(10_000)) < 600
    assert sum(guessed_first(f"{n:06d}") for n in range(0, 1_000_000, 7)) < 0.2 * 1_000_000 / 7
    for pin in ("4071", "2468", "9306", "831942"):
        assert not guessed_first(pin)
