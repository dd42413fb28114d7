"""What a page of a member may be told by who has its phone's key: answers to challenges, right ones and any other."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.auth.challenges import CHALLENGE_MS, CHALLENGES_MAX, Challenges, host_of
from services.console.auth.passkeys import Passkey, made, proven

ORIGIN = "https://gym.local:8443"
KEY = Passkey(id=b"\x00\x00\x00", public=b"", count=0, host="gym.local")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (ORIGIN, "gym.local"),
        ("https://gym", "gym"),
        ("http://gym.local", ""),
        ("http://localhost:8080", ""),
        ("https://192.0.2.7:8443", ""),
        ("https://[2001:db8::1]", ""),
        ("https://[", ""),
        ("null", ""),
        ("", ""),
    ],
)
def test_a_lock_is_for_a_name_that_came_by_tls(origin: str, host: str) -> None:
    assert host_of(origin) == host


def test_a_challenge_holds_once_and_for_a_while() -> None:
    now = [0]
    challenges = Challenges(lambda: now[0])
    first, second = challenges.new("a"), challenges.new("a")
    assert first != second
    assert challenges.taken("a") == second
    assert challenges.taken("a") == b""
    late = challenges.new("a")
    assert late
    now[0] += CHALLENGE_MS
    assert challenges.taken("a") == b""
    assert challenges.taken("nobody") == b""


def test_many_that_ask_push_out_the_oldest_only() -> None:
    challenges = Challenges(lambda: 0)
    given_out = {str(n): challenges.new(str(n)) for n in range(CHALLENGES_MAX + 1)}
    assert challenges.taken("0") == b""
    assert challenges.taken("1") == given_out["1"]
    assert challenges.taken(str(CHALLENGES_MAX)) == given_out[str(CHALLENGES_MAX)]


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)
BYTES = st.binary(max_size=90).map(lambda b: base64.urlsafe_b64encode(b).decode().rstrip("="))
NAMES = ("clientDataJSON", "attestationObject", "authenticatorData", "signature")
RESPONSE = st.fixed_dictionaries(dict.fromkeys(NAMES, BYTES | JSON))
ANSWER = st.fixed_dictionaries(
    {"id": st.just("AAAA") | JSON, "rawId": st.just("AAAA") | JSON, "type": st.just("public-key") | JSON,
     "response": RESPONSE | JSON}
).map(json.dumps)  # fmt: skip


@given(answer=ANSWER | JSON.map(json.dumps) | st.text(max_size=200))
def test_whatever_is_no_answer_opens_nothing_and_makes_nothing(answer: str) -> None:
    assert made(answer, b"challenge", ORIGIN) is None
    assert proven(KEY, answer, b"challenge", ORIGIN) is None


@pytest.mark.parametrize("answer", ["[" * 16_000, '{"response":' * 1_300, "{}", ""])
def test_nested_without_end_is_no_answer(answer: str) -> None:
    assert made(answer, b"challenge", ORIGIN) is None
    assert proven(KEY, answer, b"challenge", ORIGIN) is None


def test_nested_bytes_without_end_are_no_answer() -> None:
    data = {"type": "webauthn.create", "challenge": base64.urlsafe_b64encode(b"challenge").decode().rstrip("="),
            "origin": ORIGIN}  # fmt: skip

    def written(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    answer = {
        "id": "AAAA",
        "rawId": "AAAA",
        "type": "public-key",
        "response": {
            "clientDataJSON": written(json.dumps(data).encode()),
            "attestationObject": written(b"\x81" * 9_000),
        },
    }
    assert made(json.dumps(answer), b"challenge", ORIGIN) is None
