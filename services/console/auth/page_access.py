"""Who asks for a page, and whether the table of permissions lets them: the dependency of all routes of pages.

A write by cookie must name its origin. SameSite=Strict alone would let in a page of another port of this machine,
and a token in each form adds nothing to a browser's own word on where the request comes from.
"""

from typing import Annotated, cast
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.websockets import WebSocket

from device_adapters.errors import BackstrideError
from services.console.accounts import words as account_words
from services.console.auth.home_access import HomeAccess
from services.console.auth.model import SignedInUser
from services.console.auth.permissions import ASKED_BY_PAGES, HOME_ROWS, OPEN, Row
from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE, SignedIn, cookie

READS = frozenset({"GET", "HEAD"})
SIGNED_OUT_CODE = 4401
NOT_ALLOWED_CODE = 4403
"""Codes of a WebSocket that is closed after the handshake: a page cannot see why one was refused in it."""

CHECKED_EACH_MS = 10_000
NOBODY = "unknown person"
Table = dict[Row, frozenset[Role]]


class NoEntryError(Exception):
    """The request may not: its answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(f"{answer.status_code}")
        self.answer = answer


class NoFeedError(Exception):
    """The WebSocket may not: the code that it is closed with."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code}")
        self.code = code


class PageAccess:
    """Lets a request in by its row, or raises NoEntryError or NoFeedError.

    Open rows ask only what is remembered: a stop waits for no database.
    """

    def __init__(self, table: Table, signed_in: SignedIn, homes: HomeAccess) -> None:
        self._table = table
        self._signed_in = signed_in
        self._homes = homes

    async def __call__(self, connection: HTTPConnection) -> None:
        """From here on `person`, and what else this module gives, is known of the request."""
        row = _row(connection)
        if row in HOME_ROWS:
            await self._member(connection)
            return
        roles = self._table[row]
        key = cookie(connection.headers, COOKIE)
        connection.state.watch = Watch(self._signed_in, key, roles)
        if roles is OPEN:
            connection.state.person = self._signed_in.remembered(key)
            return
        if not _fit(connection):
            raise _refusal(connection, _told(403, account_words.origin_missing()))
        try:
            active = row[0] != "WS" and row[1] not in ASKED_BY_PAGES
            person = await self._signed_in.person(key, active=active)
        except BackstrideError:
            raise _refusal(connection, _told(503, account_words.away())) from None
        if person is None:
            raise _refusal(connection, _signed_out(connection))
        if person.role not in roles:
            raise _refusal(connection, _not_allowed(connection, person, roles), NOT_ALLOWED_CODE)
        connection.state.person = person

    async def _member(self, connection: HTTPConnection) -> None:
        connection.state.person = None
        if not _fit(connection):
            raise NoEntryError(_told(403, account_words.origin_missing()))
        answer = await self._homes.let_in(connection)
        if answer is not None:
            raise NoEntryError(answer)

    async def first(self, request: Request) -> None:
        """FastAPI reads a body before it asks who is there: nobody learns what is wrong with theirs who may not send
        one."""
        if not hasattr(request.state, "person"):
            await self(request)


class Watch:
    """A feed ends with the sign-in that opened it: what it shows is for who is signed in."""

    def __init__(self, signed_in: SignedIn, key: str, roles: frozenset[Role]) -> None:
        self._signed_in = signed_in
        self._key = key
        self._roles = roles
        self._checked_ms = signed_in.now_ms()

    async def holds(self) -> bool:
        """Asked before each frame; looked up every CHECKED_EACH_MS."""
        now_ms = self._signed_in.now_ms()
        if self._roles is OPEN or now_ms - self._checked_ms < CHECKED_EACH_MS:
            return True
        self._checked_ms = now_ms
        return await self._signed_in.still(self._key, self._roles)


async def no_entry(_request: Request, error: Exception) -> Response:
    """The answer to who may not."""
    return cast("NoEntryError", error).answer


async def no_feed(feed: WebSocket, error: Exception) -> None:
    """Tell a page's script why there is none."""
    await feed.accept()
    await feed.close(cast("NoFeedError", error).code)


def _refusal(connection: HTTPConnection, answer: Response, code: int = SIGNED_OUT_CODE) -> Exception:
    return NoFeedError(code) if connection.scope["type"] == "websocket" else NoEntryError(answer)


async def _user(connection: HTTPConnection) -> SignedInUser:
    person: SignedInUser = connection.state.person
    return person


async def _signature(connection: HTTPConnection) -> str:
    person: SignedInUser | None = connection.state.person
    return NOBODY if person is None else person.signature


async def _watch(connection: HTTPConnection) -> Watch:
    watch: Watch = connection.state.watch
    return watch


User = Annotated[SignedInUser, Depends(_user)]
"""Who is signed in; of rows that need a sign-in."""

Signature = Annotated[str, Depends(_signature)]
"""Role and pseudonym of who did it, for the bus, the journal and the audit; on open rows who was signed in lately."""

Watched = Annotated[Watch, Depends(_watch)]


def _row(connection: HTTPConnection) -> Row:
    method = "WS" if connection.scope["type"] == "websocket" else connection.scope["method"]
    return method, connection.scope["route"].path


def _fit(connection: HTTPConnection) -> bool:
    """Is it no write by cookie whose origin nobody told? A foreign one was refused before."""
    headers = connection.headers
    return _reads(connection) or "origin" in headers or headers.get("sec-fetch-site") == "same-origin"


def _reads(connection: HTTPConnection) -> bool:
    return connection.scope["type"] == "http" and connection.scope["method"] in READS


def _wants_page(connection: HTTPConnection) -> bool:
    return _reads(connection) and not connection.scope["path"].startswith("/api/")


def _signed_out(connection: HTTPConnection) -> Response:
    if not _wants_page(connection):
        return _told(401, account_words.signed_out())
    query = connection.scope["query_string"].decode("latin-1")
    here = f"{connection.scope['path']}?{query}" if query else str(connection.scope["path"])
    return RedirectResponse(f"/signin?next={quote(here, safe='/')}", 303)


def _not_allowed(connection: HTTPConnection, person: SignedInUser, roles: frozenset[Role]) -> Response:
    if _wants_page(connection):
        return RedirectResponse("/operator", 303)
    return _told(403, account_words.not_allowed(person.role, roles))


def _told(status: int, text: str) -> Response:
    return JSONResponse({"ok": False, "alarm": True, "text": text}, status)
