"""Pages of the past, for staff: sessions that ended, one in review, a member's progress. Who looks is audited."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from device_adapters.contract.messages import SessionView
from device_adapters.errors import BackstrideError
from services.console.accounts.acting import acting, signature
from services.console.context import Console
from services.console.downloads import MEDIA_TYPES, Form, NoFile, file_for
from services.console.languages import say
from services.console.past import sayings
from services.console.routes.signin import form_of, local
from services.history.reader import FOR_EVER_MS
from services.members.errors import UnknownMemberError

T = TypeVar("T")
ANSWER_MAX_S = 20.0
TEXT_MAX, DAYS = 100, 7
PAIN = frozenset(map(str, range(11)))

log = structlog.get_logger("console")


def past(console: Console) -> APIRouter:
    """Routes of the past."""
    router = APIRouter()

    @router.get("/sessions", response_class=HTMLResponse)
    async def sessions(text: str = "", days: str = "", before: str = "") -> HTMLResponse:
        """What does not fit is set right instead of refused: an address may be typed by hand."""
        text, since = text.strip()[:TEXT_MAX], int(days) if days.isdecimal() else 0
        since = since if since in sayings.spans() else DAYS
        before_ms = min(int(before), FOR_EVER_MS) if before.isdecimal() and len(before) <= TEXT_MAX else 0
        try:
            recent = await _asked(lambda: console.past.recent(since, text, before_ms))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, e)
        return _page(console, "sessions.html", recent=recent, text=text, days=since, spans=sayings.spans())

    @router.get("/sessions/{session}", response_class=HTMLResponse)
    async def session(session: str) -> HTMLResponse:
        try:
            found = await _asked(lambda: console.past.review(session, signature()))
            if found is None and (view := _running(console, session)) is not None:
                found = await _asked(lambda: console.past.under_way(view, signature()))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, e)
        if found is None:
            return _gone(console, sayings.no_session())
        return _page(console, "review.html", review=found, forms=list(MEDIA_TYPES))

    @router.get("/history/{member}", response_class=HTMLResponse)
    async def progress(member: str) -> HTMLResponse:
        try:
            found = await _asked(lambda: console.past.progress(member, signature()))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, e)
        if found is None:
            return _gone(console, sayings.no_member())
        return _page(console, "progress.html", page=found)

    @router.post("/sessions/{session}/next-day")
    async def next_day(session: str, request: Request) -> Response:
        form = await form_of(request)
        pain = form.get("pain", "")
        if pain not in PAIN:
            return _gone(console, sayings.pain_missing(), 422)
        try:
            await _asked(lambda: console.past.hurt_next_day(session, int(pain), signature()))
        except UnknownMemberError:
            return _gone(console, sayings.nobodys())
        except (BackstrideError, TimeoutError) as e:
            return _away(console, e)
        return RedirectResponse(local(form.get("back", "")), 303)

    @router.get("/sessions/{session}/record.{form}")
    async def record(session: str, form: Form, request: Request) -> Response:
        by = signature()
        answer = await file_for(console, request, session, form, lambda: console.past.given_out(session, by))
        if isinstance(answer, Response):
            return answer
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"ok": False, "text": answer.text}, answer.status)
        return _not_given(console, answer)

    return router


def _running(console: Console, session: str) -> SessionView | None:
    views = console.floor.sessions().values()
    return next((view for view in views if view.session == session and view.phase != "ended"), None)


async def _asked(work: Callable[[], T]) -> T:
    async with asyncio.timeout(ANSWER_MAX_S):
        return await asyncio.to_thread(work)


def _page(console: Console, template: str, status: int = 200, **values: object) -> HTMLResponse:
    shown = console.assets.page(template, site=console.floor.site, person=acting(), **values)
    return HTMLResponse(shown, status)


def _gone(console: Console, text: str, status: int = 404) -> HTMLResponse:
    return _page(console, "not_there.html", status, title=say("Not here"), text=text)


def _not_given(console: Console, why: NoFile) -> HTMLResponse:
    title = say("Not here") if why.status == 404 else say("Not now")
    return _page(console, "not_there.html", why.status, title=title, text=why.text)


def _away(console: Console, error: Exception) -> HTMLResponse:
    log.warning("past_unavailable", why=str(error))
    return _page(console, "not_there.html", 503, title=say("Not now"), text=sayings.away())
