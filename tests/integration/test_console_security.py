"""Who may ask what of a running console: one row for each route, tried in each role; and what guessing costs."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from http.cookies import SimpleCookie

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig, still, walking
from console_routes import HOME_ROUTES, KEY, OPEN_ROUTES, SHUT_ROUTES, T
from sign_in import NAMES, PASSWORD, headers, shuts, sign_in
from waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from device_adapters.clock import SystemClock
from device_adapters.units import HOUR_MS
from services.console.auth.accounts import AccountStore
from services.console.auth.known_devices import COOKIE as DEVICE_COOKIE
from services.console.auth.model import GYM
from services.console.auth.page_access import NOT_ALLOWED_CODE, SIGNED_OUT_CODE
from services.console.auth.permissions import API, HOME_ROWS, OPEN, ROWS
from services.console.auth.roles import Role
from services.console.auth.sign_ins import SignIns
from services.console.auth.signed_in import COOKIE, TABLET_COOKIE
from services.members.store import Members

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("security")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(site: Rig) -> dict[Role | None, dict[str, str]]:
    """What the browser of each role sends; of nobody too."""
    url = site.console.url
    signed = {role: headers(url, await sign_in(url, name)) for role, name in NAMES.items()}
    nobody: dict[Role | None, dict[str, str]] = {None: {"Origin": url}}
    return nobody | signed


async def test_every_route_has_a_row_here_with_the_roles_of_the_table() -> None:
    ours = dict.fromkeys(OPEN_ROUTES, OPEN) | {row: roles for row, (_, roles) in SHUT_ROUTES.items()}
    assert set(HOME_ROUTES) == HOME_ROWS
    assert ours == {row: roles for row, roles in ROWS.items() if not row[1].startswith(API)}


async def feed_code(url: str, sent: dict[str, str]) -> int:
    """The code a feed is closed with; 0: it said hello."""
    async with connect(url, additional_headers=sent) as feed:
        try:
            await asyncio.wait_for(feed.recv(), 10)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else -1
    return 0


async def test_each_role_gets_where_its_row_lets_it_and_nowhere_else(
    site: Rig, people: dict[Role | None, dict[str, str]]
) -> None:
    wrong = []
    for who, sent in people.items():
        async with httpx.AsyncClient(base_url=site.console.url, headers=sent, timeout=60) as http:
            for (method, row), (path, roles) in SHUT_ROUTES.items():
                allowed = who in roles
                if allowed and row == "/account/password":
                    continue  # an empty one counts as a guess
                if method == "WS":
                    code = await feed_code(f"{site.console.url.replace('http', 'ws')}{path}", sent)
                    due = 0 if allowed else SIGNED_OUT_CODE if who is None else NOT_ALLOWED_CODE
                    fits = code == due
                else:
                    answer = await http.request(method, path)
                    code = answer.status_code
                    if allowed:
                        fits = code not in (401, 403) and (method != "GET" or code != 303)
                    elif method == "GET" and not path.startswith("/api/"):
                        fits = code == 303 and answer.headers["location"].startswith(
                            "/signin?next=" if who is None else "/operator"
                        )
                    else:
                        fits = code == (401 if who is None else 403) and answer.json()["ok"] is False
                if not fits:
                    wrong.append((who, method, path, code))
    assert wrong == []


async def test_open_routes_ask_nobody(site: Rig) -> None:
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        for (method, _), path in OPEN_ROUTES.items():
            if path and method != "WS":
                answer = await http.request(method, path)
                assert answer.status_code not in (303, 401, 403), (method, path, answer.status_code)
    assert await feed_code(f"{site.console.url.replace('http', 'ws')}/live/board", {}) == 0


async def test_a_stop_is_taken_from_a_page_whose_sign_in_is_over_and_says_who_if_known(
    site: Rig,
) -> None:
    site.gym.stops.clear()
    site.gym.stoppers.clear()
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        over = {"Cookie": f"{COOKIE}={KEY}", "Origin": site.console.url}
        assert (await http.post("/api/treadmills/tm-02/stop", headers=over)).status_code == 200
        assert (await http.post("/api/stop")).status_code == 200
        await until(lambda: sorted(site.gym.stops) == ["all", "tm-02"], "both stops")
        assert site.gym.stoppers == ["unknown person"] * 2
        await http.get("/", headers=site.headers)
        assert (await http.post("/api/stop", headers=site.headers)).status_code == 200
        await until(lambda: site.gym.stoppers[2:] == [site.signature], "the stop with its presser")


async def test_a_write_by_cookie_says_where_it_comes_from(
    site: Rig, people: dict[Role | None, dict[str, str]]
) -> None:
    cookie = {"Cookie": people[Role.STAFF]["Cookie"]}
    async with httpx.AsyncClient(base_url=site.console.url, headers=cookie, timeout=60) as http:
        for path in ("/api/sessions", f"{T}/resume", "/account/pin", "/sessions/s-1/next-day"):
            assert (await http.post(path)).status_code == 403
            foreign = await http.post(path, headers={"Origin": "http://127.0.0.1:1"})
            assert foreign.status_code == 403
            own = await http.post(path, headers={"Sec-Fetch-Site": "same-origin"})
            assert own.status_code == 422
        assert (await http.get("/account")).status_code == 200
    url = site.console.url.replace("http", "ws") + "/live/floor"
    assert await feed_code(url, cookie) == SIGNED_OUT_CODE
    with pytest.raises(InvalidStatus):
        await feed_code(url, {**cookie, "Origin": "http://evil.example"})


async def test_a_sign_in_has_a_new_cookie_that_no_script_and_no_other_site_gets(site: Rig) -> None:
    form = {"name": NAMES[Role.COACH], "password": PASSWORD, "next": "//evil.example/", "tablet": "on"}
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        first = await http.post("/signin", data=form, headers={"Cookie": f"{COOKIE}={KEY}"})
        assert (first.status_code, first.headers["location"]) == (303, "/")
        jar: SimpleCookie = SimpleCookie()
        for line in first.headers.get_list("set-cookie"):
            jar.load(line)
        assert set(jar) == {COOKIE, TABLET_COOKIE, DEVICE_COOKIE}
        for morsel in jar.values():
            assert morsel["httponly"]
            assert (morsel["samesite"], morsel["path"], morsel["secure"]) == ("strict", "/", "")
        key = jar[COOKIE].value
        assert key != KEY
        by_tls = await http.post(
            "/signin",
            data={**form, "next": "/sessions?days=30"},
            headers={"Cookie": f"{COOKIE}={key}", "Origin": site.console.url.replace("http:", "https:")},
        )
        assert by_tls.headers["location"] == "/sessions?days=30"
        assert all("; Secure" in line for line in by_tls.headers.get_list("set-cookie"))
        old = await http.get("/account", headers={"Cookie": f"{COOKIE}={key}"})
        assert old.status_code == 303, "the sign-in that the browser had ends with the new one"
        fresh = headers(site.console.url, by_tls.cookies[COOKIE])
        assert (await http.post("/signout", headers=fresh)).headers["location"] == "/signin"
        assert (await http.get("/account", headers=fresh)).status_code == 303


async def test_a_pin_counts_on_an_enrolled_tablet_only_and_guessing_waits(site: Rig) -> None:
    url = site.console.url
    form = {"name": NAMES[Role.COACH], "password": PASSWORD, "tablet": "on"}
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60) as tablet:
        assert (await tablet.post("/signin", data=form)).status_code == 303
        own = {"current": PASSWORD}
        assert (await tablet.post("/account/pin", data={"pin": "1111", **own})).status_code == 422
        for without in ({}, {"current": "a wrong one"}):
            assert (await tablet.post("/account/pin", data={"pin": "2468", **without})).status_code in (
                401,
                422,
            )
        assert (await tablet.post("/account/pin", data={"pin": "2468", **own})).status_code == 200
        await tablet.post("/signout")
        page = (await tablet.get("/signin")).text
        coach = site.accounts[Role.COACH]
        assert coach in page
        assert site.accounts[Role.STAFF] not in page, "who has no PIN has no tile"
        async with httpx.AsyncClient(base_url=url, timeout=60) as other:
            assert coach not in (await other.get("/signin")).text
            refused = await other.post("/signin/pin", data={"account": coach, "pin": "2468"})
            assert refused.status_code == 401
        assert (
            await tablet.post("/signin/pin", data={"account": coach, "pin": "2468", "next": "/sessions"})
        ).headers["location"] == "/sessions"

        async def wrong(_n: int) -> int:
            return (await tablet.post("/signin/pin", data={"account": coach, "pin": "9753"})).status_code

        await shuts(wrong)
        right = await tablet.post("/signin/pin", data={"account": coach, "pin": "2468"})
        assert right.status_code in (303, 429)
        assert (await tablet.post("/api/stop")).status_code == 200, "no lock-out stops a stop"
        assert (await tablet.post("/signin", data=form)).status_code == 303, "the password is another door"


async def test_passwords_are_not_guessed(site: Rig) -> None:
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        texts = set()
        store = Members(f"sqlite:///{site.folder / 'members.db'}", SystemClock().wall_ms)
        AccountStore(store).add("Gus", Role.STAFF, password=PASSWORD, by="test")
        store.close()
        for name in ("nobody at all", "Gus"):

            async def wrong(n: int, name: str = name) -> int:
                answer = await http.post("/signin", data={"name": name, "password": f"a wrong one {n}"})
                texts.add(answer.text.count("Name or password is not right."))
                return answer.status_code

            await shuts(wrong)
        assert texts == {0, 1}
        assert (await http.post("/api/stop")).status_code == 200


async def test_who_waived_is_in_the_audit_by_pseudonym_and_the_command_names_them(site: Rig) -> None:
    store = Members(f"sqlite:///{site.folder / 'members.db'}", SystemClock().wall_ms)
    store.note("tm-01", by=site.signature, what="waived heart rate")
    store.close()
    command = ("audit", "tm-01", "--config", str(site.folder / "hub.toml"))
    told = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.cli", *command],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"tm-01  waived heart rate  by {site.signature} ({NAMES[Role.STAFF]})" in told.stdout


@pytest.mark.timeout(300)
async def test_an_open_feed_ends_with_the_sign_in_that_opened_it(site: Rig) -> None:
    url = site.console.url
    sent = headers(url, await sign_in(url, NAMES[Role.STAFF]))
    async with connect(f"{url.replace('http', 'ws')}/live/floor", additional_headers=sent) as feed:
        await feed.recv()
        async with httpx.AsyncClient(base_url=url, headers=sent, timeout=60) as http:
            await http.post("/signout")
        with suppress(ConnectionClosed):
            async with asyncio.timeout(60):
                async for _ in feed:
                    pass
        assert feed.close_code == SIGNED_OUT_CODE


async def test_operators_keep_accounts_and_nobody_locks_themselves_out(
    site: Rig, people: dict[Role | None, dict[str, str]]
) -> None:
    url, otto = site.console.url, site.accounts[Role.OPERATOR]
    store = Members(f"sqlite:///{site.folder / 'members.db'}", SystemClock().wall_ms)
    async with (
        httpx.AsyncClient(base_url=url, headers=people[Role.OPERATOR], timeout=60) as operator,
        httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60) as browser,
    ):
        for form, code in (
            ({"name": "Uma"}, 422),
            ({"name": "Uma", "role": "owner"}, 422),
            ({"name": NAMES[Role.STAFF].upper(), "role": "staff"}, 422),
        ):
            assert (await operator.post("/accounts", data=form)).status_code == code
        for act in ("role", "lock", "no-pin", "link"):
            own = await operator.post(f"/accounts/{otto}/{act}", data={"role": "staff"})
            assert (own.status_code, "another operator" in own.text) == (409, True)
        assert (await operator.post("/accounts/u-00000000/lock")).status_code == 422

        page = (await operator.post("/accounts", data={"name": "Uma", "role": "coach"})).text
        uma = AccountStore(store).find("Uma").id
        entered = await browser.post(_link_of(page))
        assert (entered.status_code, entered.headers["location"]) == (303, "/account")
        assert (await browser.post("/account/password", data={"new": PASSWORD})).status_code == 303
        refused = await browser.post("/account/password", data={"new": f"{PASSWORD}!"})
        assert refused.status_code == 401, "with a password there, the present one is asked for"
        assert (await browser.get("/accounts")).status_code == 303
        changed = await operator.post(f"/accounts/{uma}/role", data={"role": "operator"})
        assert (changed.status_code, "Uma is now: Operator" in changed.text) == (200, True)
        assert (await browser.get("/accounts")).status_code == 200
        page = (await operator.post(f"/accounts/{uma}/link")).text
        assert (await browser.get("/account")).status_code == 303, "a reset signs out"
        assert (await browser.post(_link_of(page))).status_code == 303
        assert (await operator.post(f"/accounts/{uma}/lock")).status_code == 200
        assert (await browser.get("/account")).status_code == 303, "so does a lock"
        assert (await browser.post(_link_of(page))).status_code == 401
    told = [line.what for line in store.audit(uma) if line.by == f"operator {otto}"]
    store.close()
    assert told == ["account added, coach", "account is now operator", "account reset", "account disabled"]


def _link_of(page: str) -> str:
    return page.split('readonly value="')[1].split('"')[0]


async def test_a_link_lets_in_once_and_looking_at_it_uses_nothing_up(site: Rig) -> None:
    store = Members(f"sqlite:///{site.folder / 'members.db'}", SystemClock().wall_ms)
    try:
        link = SignIns(store, GYM).link(site.accounts[Role.COACH], holds_ms=HOUR_MS)
    finally:
        store.close()
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        for _ in range(2):
            assert (await http.get(f"/enter/{link}")).status_code == 200
        assert (await http.post(f"/enter/{link}")).headers["location"] == "/"
        assert (await http.get("/account")).status_code == 200
        assert (await http.post(f"/enter/{link}")).status_code == 401
        assert (
            await http.post(f"/setup/{KEY}", data={"name": "Eve", "password": PASSWORD})
        ).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/static/x/..%2f..%2fapp.py", "/static/../app.py", "/sessions/..%2f..%2fmembers.db/record.fit",
     "/sessions/%2e%2e/record.csv", "/enter/..%2f..%2fetc%2fpasswd", "/m/..%2f..%2fmembers.db"],
)  # fmt: skip
async def test_no_path_leads_out_of_what_is_served(site: Rig, path: str) -> None:
    async with site.client(timeout=60) as http:
        answer = await http.get(path)
    assert answer.status_code in (303, 404, 422)
    assert "import" not in answer.text
    assert "SQLite" not in answer.text


async def test_forms_too_large_or_strange_are_refused(site: Rig) -> None:
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        assert (await http.post("/signin", content=b"x" * 20_000)).status_code == 413
        many = "&".join(f"a{n}=1" for n in range(100))
        for body in (many.encode(), b"name=%00&password=\xff"):
            assert (await http.post("/signin", content=body)).status_code in (401, 429)


async def test_the_door_has_the_header_policy_and_the_logs_no_names(site: Rig) -> None:
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        for path in ("/signin", f"/enter/{KEY}", "/account"):
            answer = await http.get(path)
            policy = answer.headers["content-security-policy"]
            assert "unsafe-inline" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["cache-control"] == "no-store"
    said = site.console.said()
    assert "Traceback" not in said
    assert not any(name in said for name in NAMES.values())
    assert PASSWORD not in said
