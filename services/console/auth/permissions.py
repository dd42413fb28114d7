"""What each address of the console is, pages and REST API: one that has no row here cannot be served.

Who may do what of these, and of the bus, is in `device_adapters/contract/permissions.py`.
"""

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.routing import BaseRoute, Route, WebSocketRoute

from device_adapters.contract.permissions import MAY, Deed
from services.console.auth.roles import Role

Row = tuple[str, str]
"""The method, or WS, and the path as the route declares it."""

API = "/api/v1"
"""Where the REST API is, an application of its own."""

OPEN: frozenset[Role] = frozenset()
"""No sign-in needed."""


def roles_of(deed: Deed) -> frozenset[Role]:
    """The people who may; OPEN where everybody may, signed in or not."""
    return OPEN if deed is Deed.OPEN else frozenset(role for role in Role if role in MAY[deed])


VERBS = (
    "pause", "resume", "end", "clear", "skip", "repeat", "done", "slower", "present", "rpe", "adjust", "note",
    "near-miss", "feedback",
)  # fmt: skip
"""What trainers do with a session, by the last word of its path."""

_PAGES: dict[Row, Deed] = {
    # A stop is always taken: these two never wait for a sign-in, a database or a body.
    ("POST", "/api/stop"): Deed.OPEN,
    ("POST", "/api/treadmills/{treadmill}/stop"): Deed.OPEN,
    ("GET", "/static/{build}/{name}"): Deed.OPEN,
    ("GET", "/healthz"): Deed.OPEN,
    ("GET", "/.well-known/security.txt"): Deed.OPEN,
    # How a tablet comes to trust this site, which it does not yet.
    ("GET", "/trust"): Deed.OPEN,
    ("GET", "/trust/root.crt"): Deed.OPEN,
    ("GET", "/signin"): Deed.OPEN,
    ("POST", "/signin"): Deed.OPEN,
    ("POST", "/signin/pin"): Deed.OPEN,
    ("GET", "/enter/{key}"): Deed.OPEN,
    ("POST", "/enter/{key}"): Deed.OPEN,
    ("GET", "/setup/{key}"): Deed.OPEN,
    ("POST", "/setup/{key}"): Deed.OPEN,
    ("POST", "/signout"): Deed.OPEN,
    # A member's page is opened by its token, the board by anybody who stands before it.
    ("GET", "/m/{token}"): Deed.OPEN,
    ("GET", "/m/{token}/session.{form}"): Deed.OPEN,
    ("GET", "/m/{token}/progress"): Deed.OPEN,
    ("POST", "/m/{token}/stop"): Deed.OPEN,
    ("POST", "/m/{token}/slower"): Deed.OPEN,
    ("POST", "/m/{token}/answer"): Deed.OPEN,
    ("POST", "/m/{token}/next-day"): Deed.OPEN,
    ("WS", "/live/member/{token}"): Deed.OPEN,
    ("GET", "/board"): Deed.OPEN,
    ("WS", "/live/board"): Deed.OPEN,
    # A calendar has no sign-in: by the secret link of somebody who may know members.
    ("GET", "/calendar/{key}.ics"): Deed.OPEN,
    # The way to a member's own page: by a link, then by the PIN, or the own lock, of the phone that the link
    # made theirs.
    ("GET", "/me"): Deed.OPEN,
    ("GET", "/me/enter/{key}"): Deed.OPEN,
    ("POST", "/me/enter/{key}"): Deed.OPEN,
    ("GET", "/me/{home}/pin"): Deed.OPEN,
    ("POST", "/me/{home}/pin"): Deed.OPEN,
    ("POST", "/me/{home}/lock"): Deed.OPEN,
    ("GET", "/me/{home}/manifest.webmanifest"): Deed.OPEN,
    ("GET", "/me/{home}/worker.js"): Deed.OPEN,
    ("GET", "/me/{home}/offline"): Deed.OPEN,
    ("POST", "/me/{home}/passkey/question"): Deed.OPEN,
    ("POST", "/me/{home}/passkey/open"): Deed.OPEN,
    ("POST", "/me/{home}/keep"): Deed.OWN_HOME,
    ("POST", "/me/{home}/passkey/wanted"): Deed.OWN_HOME,
    ("POST", "/me/{home}/passkey"): Deed.OWN_HOME,
    ("POST", "/me/{home}/passkey/end"): Deed.OWN_HOME,
    ("GET", "/me/{home}"): Deed.OWN_HOME,
    ("GET", "/me/{home}/sessions/{session}"): Deed.OWN_HOME,
    ("GET", "/me/{home}/sessions/{session}/record.{form}"): Deed.OWN_HOME,
    ("POST", "/me/{home}/sessions/{session}/answers"): Deed.OWN_HOME,
    ("GET", "/me/{home}/data"): Deed.OWN_HOME,
    ("GET", "/me/{home}/everything.zip"): Deed.OWN_HOME,
    ("POST", "/me/{home}/consents/{purpose}"): Deed.OWN_HOME,
    ("POST", "/me/{home}/end"): Deed.OWN_HOME,
    ("POST", "/me/{home}/erase"): Deed.OWN_HOME,
    ("GET", "/history/{member}/prescription"): Deed.KNOW_MEMBERS,
    ("POST", "/history/{member}/prescription"): Deed.RAISE,
    ("POST", "/history/{member}/prescription/end"): Deed.RAISE,
    ("GET", "/history/{member}/consents"): Deed.KNOW_MEMBERS,
    ("POST", "/history/{member}/consents/{purpose}"): Deed.KEEP_MEMBERS,
    ("GET", "/history/{member}/outcomes"): Deed.KNOW_MEMBERS,
    ("POST", "/history/{member}/outcomes"): Deed.TRAIN,
    ("POST", "/history/{member}/outcomes/take-back"): Deed.TRAIN,
    ("GET", "/history/{member}/report"): Deed.KNOW_MEMBERS,
    ("GET", "/history/{member}/report.pdf"): Deed.KNOW_MEMBERS,
    ("GET", "/history/{member}/report.fhir.json"): Deed.KNOW_MEMBERS,
    ("POST", "/history/{member}/sign-off"): Deed.RAISE,
    ("POST", "/history/{member}/home"): Deed.HAND_OUT,
    ("POST", "/history/{member}/home/end"): Deed.HAND_OUT,
    ("GET", "/account"): Deed.OWN_ACCOUNT,
    ("POST", "/account/pin"): Deed.OWN_ACCOUNT,
    ("POST", "/account/password"): Deed.OWN_ACCOUNT,
    ("GET", "/accounts"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/role"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/lock"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/no-pin"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/link"): Deed.KEEP_ACCOUNTS,
    ("GET", "/operator"): Deed.SEE_MACHINES,
    ("GET", "/operator/machines"): Deed.SEE_MACHINES,
    ("POST", "/operator/machines/{treadmill}/service"): Deed.KEEP_MACHINES,
    ("GET", "/operator/releases"): Deed.SEE_MACHINES,
    ("POST", "/operator/releases/roll-out"): Deed.KEEP_RELEASES,
    ("POST", "/operator/releases/stop"): Deed.KEEP_RELEASES,
    ("GET", "/drill"): Deed.PRACTISE,
    ("POST", "/drill/begin"): Deed.PRACTISE,
    ("POST", "/drill/fault"): Deed.PRACTISE,
    ("POST", "/drill/end"): Deed.PRACTISE,
    ("WS", "/live/operator"): Deed.SEE_MACHINES,
    ("GET", "/operator/support.zip"): Deed.TAKE_SUPPORT,
    ("POST", "/operator/alerts/test"): Deed.TEST_ALERTS,
    ("GET", "/treadmills/{treadmill}"): Deed.TEND,
    ("POST", "/treadmills/{treadmill}/label"): Deed.TEND,
    ("POST", "/treadmills/{treadmill}/out-of-use"): Deed.TEND,
    ("POST", "/treadmills/{treadmill}/in-use"): Deed.TEND,
    ("POST", "/treadmills/{treadmill}/checked"): Deed.TEND,
    ("GET", "/"): Deed.HEAR_HEARTS,
    ("WS", "/live/floor"): Deed.HEAR_HEARTS,
    ("GET", "/api/members"): Deed.KNOW_MEMBERS,
    ("GET", "/api/members/{member}/starts"): Deed.KNOW_MEMBERS,
    ("GET", "/api/treadmills/{treadmill}/member-page"): Deed.KNOW_MEMBERS,
    ("GET", "/api/treadmills/{treadmill}/straps"): Deed.HEAR_HEARTS,
    ("POST", "/api/treadmills/{treadmill}/own-strap"): Deed.KEEP_MEMBERS,
    ("POST", "/api/sessions"): Deed.RAISE,
    ("GET", "/class"): Deed.HEAR_HEARTS,
    ("POST", "/api/class/open"): Deed.RAISE,
    ("POST", "/api/class/go"): Deed.RAISE,
    ("POST", "/api/class/end"): Deed.TRAIN,
    ("POST", "/api/class/stop"): Deed.TRAIN,
    ("GET", "/sessions"): Deed.KNOW_MEMBERS,
    ("GET", "/sessions/{session}"): Deed.KNOW_MEMBERS,
    ("GET", "/sessions/{session}/record.{form}"): Deed.KNOW_MEMBERS,
    ("POST", "/sessions/{session}/next-day"): Deed.TRAIN,
    ("POST", "/sessions/{session}/incident"): Deed.TRAIN,
    ("GET", "/today"): Deed.KNOW_MEMBERS,
    ("POST", "/today/calendar"): Deed.KNOW_MEMBERS,
    ("POST", "/today/calendar/end"): Deed.KNOW_MEMBERS,
    ("GET", "/history/{member}"): Deed.KNOW_MEMBERS,
    ("POST", "/api/members"): Deed.KEEP_MEMBERS,
    ("POST", "/api/members/{member}/screenings"): Deed.KEEP_MEMBERS,
    ("GET", "/api/members/{member}/levels/{goal}"): Deed.KNOW_MEMBERS,
    ("POST", "/api/members/{member}/sign-offs"): Deed.RAISE,
    ("POST", "/api/members/{member}/sign-offs/take-back"): Deed.RAISE,
    **{("POST", f"/api/treadmills/{{treadmill}}/{verb}"): Deed.TRAIN for verb in VERBS},
    ("POST", "/api/treadmills/{treadmill}/adjust"): Deed.RAISE,
    ("POST", "/api/treadmills/{treadmill}/clear"): Deed.CLEAR,
    ("POST", "/api/treadmills/{treadmill}/out-of-use"): Deed.TEND,
    ("POST", "/api/treadmills/{treadmill}/in-use"): Deed.TEND,
}

_REST: dict[Row, Deed] = {
    ("GET", "/openapi.json"): Deed.OPEN,
    ("GET", "/docs"): Deed.OPEN,
    ("GET", "/asyncapi.json"): Deed.OPEN,
    ("GET", "/schemas/record.json"): Deed.OPEN,
    ("POST", "/stop"): Deed.OPEN,
    ("POST", "/treadmills/{treadmill}/stop"): Deed.OPEN,
    ("GET", "/machine-book"): Deed.SEE_MACHINES,
    ("GET", "/releases"): Deed.SEE_MACHINES,
    ("POST", "/releases/roll-out"): Deed.KEEP_RELEASES,
    ("POST", "/releases/stop"): Deed.KEEP_RELEASES,
    ("GET", "/treadmills"): Deed.SEE_MACHINES,
    ("GET", "/treadmills/{treadmill}"): Deed.SEE_MACHINES,
    ("PUT", "/treadmills/{treadmill}/label"): Deed.TEND,
    ("PUT", "/treadmills/{treadmill}/out-of-use"): Deed.TEND,
    ("DELETE", "/treadmills/{treadmill}/out-of-use"): Deed.TEND,
    ("POST", "/treadmills/{treadmill}/clear"): Deed.CLEAR,
    ("GET", "/programmes"): Deed.TRAIN,
    ("GET", "/sessions"): Deed.HEAR_HEARTS,
    ("GET", "/sessions/{session}"): Deed.HEAR_HEARTS,
    ("GET", "/treadmills/{treadmill}/session"): Deed.HEAR_HEARTS,
    ("POST", "/treadmills/{treadmill}/session"): Deed.RAISE,
    ("POST", "/treadmills/{treadmill}/session/pause"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/resume"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/end"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/skip"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/repeat"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/done"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/slower"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/present"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/rpe"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/adjust"): Deed.RAISE,
    ("POST", "/treadmills/{treadmill}/session/note"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/near-miss"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/feedback"): Deed.TRAIN,
    ("GET", "/class"): Deed.HEAR_HEARTS,
    ("POST", "/class/open"): Deed.RAISE,
    ("POST", "/class/go"): Deed.RAISE,
    ("POST", "/class/end"): Deed.TRAIN,
    ("POST", "/class/stop"): Deed.TRAIN,
    ("GET", "/sessions/{session}/record.{form}"): Deed.KNOW_MEMBERS,
    ("POST", "/sessions/{session}/answers"): Deed.KNOW_MEMBERS,
    ("GET", "/members"): Deed.KNOW_MEMBERS,
    ("POST", "/members"): Deed.KEEP_MEMBERS,
    ("GET", "/members/{member}"): Deed.KNOW_MEMBERS,
    ("PUT", "/members/{member}"): Deed.KEEP_MEMBERS,
    ("GET", "/members/{member}/health"): Deed.KNOW_MEMBERS,
    ("POST", "/members/{member}/screenings"): Deed.KEEP_MEMBERS,
    ("PUT", "/members/{member}/consents/{purpose}"): Deed.KEEP_MEMBERS,
    ("DELETE", "/members/{member}/consents/{purpose}"): Deed.KEEP_MEMBERS,
    ("POST", "/members/{member}/sign-offs"): Deed.RAISE,
    ("POST", "/members/{member}/may-start"): Deed.KNOW_MEMBERS,
    ("GET", "/members/{member}/history"): Deed.KNOW_MEMBERS,
}
"""Below API."""

DEEDS: dict[Row, Deed] = {
    **_PAGES,
    **{(method, f"{API}{path}"): deed for (method, path), deed in _REST.items()},
}
"""What each address is; who may that is in `permissions.MAY`."""

HOME_ROWS: frozenset[Row] = frozenset(row for row, deed in DEEDS.items() if deed is Deed.OWN_HOME)
"""For the member whose page it is: no account and no token opens them (`homes.py`)."""

ROWS: dict[Row, frozenset[Role]] = {
    row: roles_of(deed) for row, deed in DEEDS.items() if row not in HOME_ROWS
}

BOARD: tuple[Row, ...] = (("GET", "/board"), ("WS", "/live/board"))


def rows_of_site(*, clinic: bool) -> dict[Row, frozenset[Role]]:
    """The table in force: a clinic has no public board."""
    return {**ROWS, **dict.fromkeys(BOARD, roles_of(Deed.HEAR_HEARTS))} if clinic else ROWS


ASKED_BY_PAGES: frozenset[str] = frozenset({"/api/treadmills/{treadmill}/straps"})
"""Paths that an open page asks for by itself: they do not put off the idle time-out."""


def rows_of(routers: Iterable[APIRouter], below: str = "") -> set[Row]:
    """The rows that these routers need, for routes that are served `below` an address."""
    return {(method, f"{below}{path}") for router in routers for method, path in _rows(router.routes)}


def _rows(routes: Iterable[BaseRoute]) -> Iterable[Row]:
    for route in routes:
        match route:
            case Route():
                yield from ((method, route.path) for method in (route.methods or set()) - {"HEAD"})
            case WebSocketRoute():
                yield "WS", route.path
            case _:
                raise TypeError(f"{route!r}: neither a route nor a WebSocket")
