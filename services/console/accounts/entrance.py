"""What a request passes before its route: who asks, and whether the table of roles lets them. Plain ASGI.

A write by cookie must name its origin. SameSite=Strict alone would let in a page of another port of this machine,
and a token in each form adds nothing to a browser's own word on where the request comes from.
"""

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from device_adapters.errors import BackstrideError
from services.console.accounts import words as account_words
from services.console.accounts.acting import acts
from services.console.accounts.door import COOKIE, Door, cookie
from services.console.accounts.model import Person
from services.console.accounts.table import ASKED_BY_PAGES, OPEN, Row
from services.console.roles import Role

READS = frozenset({"GET", "HEAD"})
SIGNED_OUT_CODE = 4401
NOT_ALLOWED_CODE = 4403
"""Codes of a WebSocket that is closed after the handshake: a page cannot see why one was refused in it."""

CHECKED_EACH_MS = 10_000
Table = dict[Row, frozenset[Role]]


class Entrance:
    """Wraps the routes of the console's pages. KeyError: a route has no row in the table."""

    def __init__(self, app: ASGIApp, routes: list[BaseRoute], table: Table, door: Door) -> None:
        self._app = app
        self._door = door
        self._rows = [(route, {row: table[row] for row in rows_of(route)}) for route in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        row, roles = self._row(scope)
        headers = Headers(scope=scope)
        key = cookie(headers, COOKIE)
        if row is None or roles is OPEN:
            acts(self._door.remembered(key))
            await self._app(scope, receive, send)
            return
        person, refusal = None, _unfit(scope, headers)
        if refusal is None:
            active = row[0] != "WS" and row[1] not in ASKED_BY_PAGES
            try:
                person = await self._door.person(key, active=active)
                refusal = _refusal(scope, person, roles)
            except BackstrideError:
                refusal = _told(503, account_words.away())
        if refusal is None:
            acts(person)
            watched = scope["type"] == "websocket"
            await self._app(scope, receive, self._while_signed_in(key, roles, send) if watched else send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            code = SIGNED_OUT_CODE if person is None else NOT_ALLOWED_CODE
            await send({"type": "websocket.close", "code": code})
        else:
            await refusal(scope, receive, send)

    def _while_signed_in(self, key: str, roles: frozenset[Role], send: Send) -> Send:
        """A feed ends with the sign-in that opened it: what it shows is for who is signed in."""
        checked_ms, over = self._door.now_ms(), False

        async def send_checked(message: Message) -> None:
            nonlocal checked_ms, over
            if over:
                return
            if self._door.now_ms() - checked_ms >= CHECKED_EACH_MS:
                checked_ms = self._door.now_ms()
                over = not await self._door.still(key, roles)
            await send({"type": "websocket.close", "code": SIGNED_OUT_CODE} if over else message)

        return send_checked

    def _row(self, scope: Scope) -> tuple[Row | None, frozenset[Role]]:
        """The row of the route that will answer; None: there is none, or it has a door of its own."""
        for route, rows in self._rows:
            match, _ = route.matches(scope)
            if match is Match.FULL:
                method = "WS" if scope["type"] == "websocket" else scope["method"]
                for row, roles in rows.items():
                    if row[0] == ("GET" if method == "HEAD" else method):
                        return row, roles
                return None, OPEN
        return None, OPEN


def rows_of(route: BaseRoute) -> list[Row]:
    """The rows that a route needs; none for an application mounted behind a door of its own."""
    match route:
        case Route():
            return [(method, route.path) for method in sorted((route.methods or set()) - {"HEAD"})]
        case WebSocketRoute():
            return [("WS", route.path)]
        case Mount():
            return []
        case _:
            raise TypeError(f"{route!r}: neither a route, a WebSocket nor a mount")


def _unfit(scope: Scope, headers: Headers) -> Response | None:
    """A write by cookie whose origin nobody told; a foreign one the guard has refused."""
    if _reads(scope) or "origin" in headers or headers.get("sec-fetch-site") == "same-origin":
        return None
    return _told(403, account_words.origin_missing())


def _reads(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in READS


def _refusal(scope: Scope, person: Person | None, roles: frozenset[Role]) -> Response | None:
    wants_page = _reads(scope) and not scope["path"].startswith("/api/")
    if person is None:
        if wants_page:
            return RedirectResponse(f"/signin?next={quote(_here(scope), safe='/')}", 303)
        return _told(401, account_words.signed_out())
    if person.role not in roles:
        if wants_page:
            return RedirectResponse("/operator", 303)
        return _told(403, account_words.not_allowed(person.role, roles))
    return None


def _told(status: int, text: str) -> Response:
    return JSONResponse({"ok": False, "alarm": True, "text": text}, status)


def _here(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])
