"""Every route of the API has its row of roles; failed tokens are counted within bounds; tokens end."""

import asyncio
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from members_rig import BEGIN_MS
from msgspec.structs import replace

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.contract.messages import SessionView
from device_adapters.safety.limits import Goal, Level
from services.cli.session_export import file_of
from services.console.accounts.door import Door as StaffDoor
from services.console.accounts.lobby import Lobby
from services.console.accounts.model import GYM
from services.console.accounts.table import OPEN, TRAINERS, rows_of_site
from services.console.api.access import ROLES, Door
from services.console.api.answers import Done
from services.console.api.app import make_api
from services.console.api.failures import ADDRESSES_MAX, FAILURES_MAX, FAILURES_WINDOW_S, Failures
from services.console.api.routing import Routes
from services.console.api.storeroom import Storeroom
from services.console.assets import Assets
from services.console.context import Console
from services.console.desk import Desk
from services.console.feed import Feeds
from services.console.floor import Floor
from services.console.member_links import MemberLinks
from services.console.members import MembersReader
from services.console.past.archive import Past
from services.console.roles import Role
from services.console.routes.member import CLINIC_AFTER_END_MS, find
from services.console.tokens import Tokens
from services.members.errors import MembersError
from services.members.model import DAY_MS
from services.members.store import Members
from services.metrics.history import history_of


def console(folder: Path, *, clinic: bool = False) -> Console:
    config, clock = HubConfig(data=str(folder)), SystemClock()
    site = SiteBus(MqttBus(config.broker, client_id="console-test"), "gym", lambda _topic, _error: None)
    storeroom = Storeroom(config, clock)
    door = StaffDoor(storeroom, clock, GYM)
    return Console(
        clock=clock, floor=Floor("gym"), feeds=Feeds(), desk=Desk(site, "console-test", clock), assets=Assets(),
        links=MemberLinks(folder), storeroom=storeroom, clinic=clinic, door=door, lobby=Lobby(storeroom, door, clock),
        record_file=lambda session, form: asyncio.to_thread(file_of, config, session, form),
        members=MembersReader(config, clock), past=Past(history_of(config), storeroom, clock),
    )  # fmt: skip


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Path) -> None:
    document = make_api(console(tmp_path)).openapi()
    made = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert made | {("GET", "/openapi.json")} == set(ROLES)
    for method, path in made:
        operation = document["paths"][path][method.lower()]
        assert bool(operation.get("security")) is bool(ROLES[method, path])
        assert "HTTPValidationError" not in str(operation)


def test_a_route_without_a_row_cannot_be_made(tmp_path: Path) -> None:
    shop = console(tmp_path)
    door = Door(shop.storeroom, shop.clock)
    with pytest.raises(KeyError):
        Routes(door, "new").add("GET", "/backdoor", Done)
    bare = Routes(door, "new").router
    with pytest.raises(KeyError):
        bare.get("/backdoor")(lambda: None)
    assert not any(isinstance(route, APIRoute) for route in bare.routes)


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
    assert len(failures._times) == ADDRESSES_MAX
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
        long_ago = replace(ended, at_ms=now - CLINIC_AFTER_END_MS - 1_000)
        shop.floor.session_view("tm-01", long_ago, 0)
        assert (find(shop, shop.links.token("s-1")) is None) is clinic
        running = replace(long_ago, phase="running")
        shop.floor.session_view("tm-01", running, 0)
        assert find(shop, shop.links.token("s-1")) is not None
        table = rows_of_site(clinic=clinic)
        assert table["GET", "/board"] == table["WS", "/live/board"] == (TRAINERS if clinic else OPEN)
        assert table["POST", "/api/stop"] == OPEN
