"""The code that lets a unit in: short, typed by people, and wrong in no silent way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.errors import ConfigError
from services.hub.code import LETTERS, Code, new, parse

CODES = st.builds(
    Code,
    host=st.sampled_from(["hub.local", "192.168.1.5", "fd00::5", "localhost"]),
    port=st.sampled_from([8885, 1, 65535]),
    pin=st.binary(min_size=10, max_size=10),
    secret=st.binary(min_size=5, max_size=5),
)


@given(code=CODES)
def test_a_code_is_read_as_it_was_written_however_it_is_typed(code: Code) -> None:
    written = str(code)
    assert parse(written) == code
    head, _, tail = written.rpartition("/")
    assert parse(f"{head}/{tail.lower().replace('-', ' ')}") == code
    assert parse(f"  {head}/{tail.replace('0', 'o').replace('1', 'l')}\n") == code


@given(code=CODES, place=st.integers(0, 24), other=st.sampled_from(LETTERS))
def test_one_wrong_letter_is_found(code: Code, place: int, other: str) -> None:
    head, _, tail = str(code).rpartition("/")
    letters = tail.replace("-", "")
    if {letters[place], other} in ({letters[place]}, {"0", "Z"}):
        return
    with pytest.raises(ConfigError, match="wrong character"):
        parse(f"{head}/{letters[:place]}{other}{letters[place + 1 :]}")


@given(code=CODES, place=st.integers(0, 22))
def test_two_letters_that_changed_places_are_found(code: Code, place: int) -> None:
    head, _, tail = str(code).rpartition("/")
    letters = tail.replace("-", "")
    pair = letters[place : place + 2]
    if {*pair} in ({pair[0]}, {"0", "Z"}):
        return
    with pytest.raises(ConfigError, match="wrong character"):
        parse(f"{head}/{letters[:place]}{pair[::-1]}{letters[place + 2 :]}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no code"),
        ("hub.local", "is no code"),
        ("/AAAAA-AAAAA-AAAAA-AAAAA-AAAAA", "is no code"),
        ("hub.local/AAAAA-AAAAA", "10 characters"),
        ("hub.local/AAAAA-AAAAA-AAAAA-AAAAA-AAAA!", "has !"),
        pytest.param(str(new("hub", 8885, bytes(32))).replace("hub", "hub:0"), "port", id="port 0"),
        pytest.param(str(new("hub", 8885, bytes(32))).replace("hub", "hub:x"), "port", id="port x"),
        pytest.param(str(new("hub", 8885, bytes(32))).replace("hub", "hub:²"), "port", id="port ²"),
        pytest.param(
            str(new("hub", 8885, bytes(32))).replace("hub", f"hub:{'9' * 5000}"), "port", id="port of digits"
        ),
    ],
)
def test_what_is_no_code_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        parse(text)


def test_no_two_codes_are_the_same() -> None:
    assert len({str(new("hub", 8885, bytes(32))) for _ in range(100)}) == 100
