"""Every route of the API has its row of roles; failed tokens are counted within bounds; tokens end."""

from pathlib import Path

import httpx
import pytest
from console_routes import TRAINERS
from fastapi import APIRouter, FastAPI
from growth import held
from members_rig import BEGIN_MS
from memory_console import console
from msgspec.structs import replace

from device_adapters.contract.messages import SessionView
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.console.api.app import include, make_api
from services.console.app import make_app
from services.console.auth.bearer import BearerAuth
from services.console.auth.permissions import API, OPEN, ROWS, rows_of_site
from services.console.auth.roles import Role
from services.console.auth.throttle import ADDRESSES_MAX, FAILURES_MAX, FAILURES_WINDOW_S, Failures
from services.console.auth.tokens import Tokens
from services.console.pages.member import AFTER_END_MS, find
from services.members.errors import MembersError
from services.members.store import Members


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Path) -> None:
    document = make_api(console(tmp_path)).openapi()
    made = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert {(method, f"{API}{path}") for method, path in made | {("GET", "/openapi.json")}} == {
        (method, path) for method, path in ROWS if path.startswith(API)
    }
    for method, path in made:
        operation = document["paths"][path][method.lower()]
        assert bool(operation.get("security")) is bool(ROWS[method, f"{API}{path}"])
        assert "HTTPValidationError" not in str(operation)


def test_a_route_without_a_row_cannot_be_made(tmp_path: Path) -> None:
    shop = console(tmp_path)
    bearer = BearerAuth(shop.members_db, shop.clock)
    backdoor = APIRouter()
    backdoor.get("/backdoor")(lambda: None)
    with pytest.raises(KeyError):
        include(FastAPI(), backdoor, bearer)


def test_routes_behind_a_token_are_not_made_beside_open_ones(tmp_path: Path) -> None:
    shop = console(tmp_path)
    mixed = APIRouter()
    mixed.post("/stop")(lambda: None)
    mixed.get("/treadmills")(lambda: None)
    with pytest.raises(ValueError, match="router of their own"):
        include(FastAPI(), mixed, BearerAuth(shop.members_db, shop.clock))


def test_failed_tokens_shut_an_address_out_for_a_minute_and_no_longer() -> None:
    failures = Failures()
    for n in range(FAILURES_MAX):
        assert not failures.too_many("a", n)
        failures.failed("a", n)
    end_ms = FAILURES_WINDOW_S * 1000
    assert failures.too_many("a", end_ms - 1)
    assert not failures.too_many("a", end_ms)
    assert not failures.too_many("b", end_ms - 1)


def test_addresses_that_fail_are_bounded() -> None:
    failures = Failures()
    for n in range(FAILURES_MAX):
        failures.failed("first", n)
    for n in range(ADDRESSES_MAX):
        failures.failed(f"other-{n}", n)
    before = held(failures)
    for n in range(ADDRESSES_MAX):
        failures.failed(f"another-{n}", ADDRESSES_MAX + n)
    assert held(failures) <= before + 10
    assert not failures.too_many("first", 0)


def test_a_token_works_until_it_ends_or_is_revoked_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    now = [BEGIN_MS]
    store = Members(f"sqlite:///{tmp_path / 'members.db'}", lambda: now[0])
    tokens = Tokens(store)
    secret = tokens.create("booking", Role.STAFF, days=2, by="Anna")
    other = tokens.create("tablet", Role.COACH, days=2, by="Anna")
    found = tokens.of(secret)
    assert found is not None
    assert (found.name, found.role, found.created_by) == ("booking", Role.STAFF, "Anna")
    assert tokens.of("guess") is None
    tokens.revoke("tablet")
    tokens.revoke("tablet")
    assert tokens.of(other) is None
    now[0] += 2 * DAY_MS - 1
    assert tokens.of(secret) is not None
    now[0] += 1
    assert tokens.of(secret) is None
    assert [(t.name, t.valid(now[0])) for t in tokens.all()] == [("booking", False), ("tablet", False)]
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in kept


@pytest.mark.parametrize(("name", "days"), [("Front", 1), ("", 1), ("a" * 41, 1), ("a", 0), ("a", 731)])
def test_tokens_with_wrong_names_or_days_are_not_made(tmp_path: Path, name: str, days: int) -> None:
    store = Members(f"sqlite:///{tmp_path / 'members.db'}", lambda: BEGIN_MS)
    with pytest.raises(MembersError):
        Tokens(store).create(name, Role.STAFF, days=days, by="Anna")
    Tokens(store).create("a", Role.STAFF, days=1, by="Anna")
    with pytest.raises(MembersError, match="has been used"):
        Tokens(store).create("a", Role.STAFF, days=1, by="Anna")
    with pytest.raises(MembersError, match="no such token"):
        Tokens(store).revoke("nobody")
    store.close()


def test_in_a_clinic_the_board_is_not_public_and_a_members_page_ends_after_its_session(
    tmp_path: Path,
) -> None:
    for clinic in (False, True):
        shop = console(tmp_path, clinic=clinic)
        now = shop.clock.wall_ms()
        ended = SessionView(
            session="s-1", treadmill="tm-01", at_ms=now, phase="ended", goal=Goal.MOBILITY, level=Level.NOVICE,
            programme="p",
        )  # fmt: skip
        shop.floor.session_view("tm-01", ended, 0)
        assert find(shop, shop.links.token("s-1")) is not None
        long_ago = replace(ended, at_ms=now - AFTER_END_MS - 1_000)
        shop.floor.session_view("tm-01", long_ago, 0)
        assert (find(shop, shop.links.token("s-1")) is None) is clinic
        running = replace(long_ago, phase="running")
        shop.floor.session_view("tm-01", running, 0)
        shop.floor.session_view(
            "tm-01", long_ago, shop.clock.now_ms()
        )  # seen to end now, by a clock that was set
        assert find(shop, shop.links.token("s-1")) is not None
        shop.floor.session_view("tm-01", running, 0)
        assert find(shop, shop.links.token("s-1")) is not None
        table = rows_of_site(clinic=clinic)
        assert table["GET", "/board"] == table["WS", "/live/board"] == (TRAINERS if clinic else OPEN)
        assert table["POST", "/api/stop"] == OPEN


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]"])
@pytest.mark.parametrize("path", ["/api/sessions", "/api/v1/members"])
async def test_who_may_not_ask_learns_nothing_of_what_a_body_should_be(
    tmp_path: Path, path: str, body: bytes
) -> None:
    here = "http://127.0.0.1:8080"
    sent = {"Origin": here, "Content-Type": "application/json"}
    app = make_app(console(tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=here, headers=sent) as http:
        assert (await http.post(path, content=body)).status_code == 401


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "A token is needed: send Authorization: Bearer with one that backstride token create made."),
        ("de", "Ein Token ist nötig: "),
        ("fr", "Il faut un jeton\N{NO-BREAK SPACE}: "),
    ],
)
async def test_who_is_turned_away_is_told_so_in_the_language_that_was_asked_for(
    tmp_path: Path, language: str, said: str
) -> None:
    app, here = make_app(console(tmp_path)), "http://127.0.0.1:8080"
    sent = {"Accept-Language": language}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=here, headers=sent) as http:
        answer = await http.get("/api/v1/treadmills")
    assert (answer.status_code, answer.json()["cause"]) == (401, "unknown_token")
    assert answer.json()["text"].startswith(said)
