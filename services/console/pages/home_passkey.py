"""A member's phone opens their page by its own lock: where the page came by TLS, under a name. The PIN stays."""

from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console.accounts import home_words as said
from services.console.auth.challenges import host_of
from services.console.auth.home_access import PHONE_COOKIE, OwnHome
from services.console.auth.signed_in import cookie
from services.console.context import Console
from services.console.pages.home_door import HomeId, opened

if TYPE_CHECKING:
    from services.console.auth.homes import Homes

log = structlog.get_logger("console")


def home_passkey(console: Console) -> APIRouter:
    """Routes of the lock. What a page's script sends and gets is JSON."""
    router = APIRouter()

    @router.post("/me/{home}/passkey/wanted")
    async def wanted(request: Request, home: OwnHome) -> Response:
        host = host_of(_origin(request))
        if not host:
            return _told(422, said.no_passkey_here())
        challenge = console.challenges.new(home.id)
        try:
            asked = await run_in_threadpool(lambda: _homes(console).passkey_wanted(home, host, challenge))
        except BackstrideError as e:
            return _away(e)
        return Response(asked, media_type="application/json")

    @router.post("/me/{home}/passkey")
    async def add(request: Request, home: OwnHome) -> Response:
        answer, origin = (await request.body()).decode("utf-8", "replace"), _origin(request)
        challenge = console.challenges.taken(home.id)
        try:
            kept = await run_in_threadpool(
                lambda: _homes(console).add_passkey(home.id, answer, challenge, origin)
            )
        except BackstrideError as e:
            return _away(e)
        return JSONResponse({"ok": True}) if kept else _told(422, said.no_passkey())

    @router.post("/me/{home}/passkey/end")
    async def end(home: OwnHome) -> Response:
        try:
            await run_in_threadpool(lambda: _homes(console).drop_passkey(home.id))
        except BackstrideError as e:
            return _away(e)
        return RedirectResponse(f"/me/{home.id}/data", 303)

    @router.post("/me/{home}/passkey/question")
    async def question(home: HomeId, request: Request) -> Response:
        phone = cookie(request.headers, PHONE_COOKIE)
        try:
            if not await run_in_threadpool(lambda: _homes(console).is_phone(home, phone)):
                return _told(404, said.no_phone())
            challenge = console.challenges.new(home)
            asked = await run_in_threadpool(lambda: _homes(console).passkey_question(home, phone, challenge))
        except BackstrideError as e:
            return _away(e)
        return (
            _told(404, said.no_passkey()) if asked is None else Response(asked, media_type="application/json")
        )

    @router.post("/me/{home}/passkey/open")
    async def open_(home: HomeId, request: Request) -> Response:
        answer, origin = (await request.body()).decode("utf-8", "replace"), _origin(request)
        phone = cookie(request.headers, PHONE_COOKIE)
        try:
            if not await run_in_threadpool(lambda: _homes(console).is_phone(home, phone)):
                return _told(404, said.no_phone())
            challenge = console.challenges.taken(home)
            key = await run_in_threadpool(
                lambda: _homes(console).open_by_passkey(home, phone, answer, challenge, origin)
            )
        except BackstrideError as e:
            return _away(e)
        return (
            _told(401, said.no_passkey())
            if key is None
            else opened(request, home, key, JSONResponse({"ok": True}))
        )

    return router


def _homes(console: Console) -> "Homes":
    return console.members_db.homes(console.homes_open_for)


def _origin(request: Request) -> str:
    """What the browser says the page is of. The guard has held it against the names of this site."""
    return request.headers.get("origin", "")


def _away(error: Exception) -> JSONResponse:
    log.warning("passkey_unavailable", why=str(error) or "no answer")
    return _told(503, said.away())


def _told(status: int, text: str) -> JSONResponse:
    return JSONResponse({"ok": False, "text": text}, status)
