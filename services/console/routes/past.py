"""Pages of the past, for staff: sessions that ended, one in review, a member's progress. Who looks is audited."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.contract.messages import SessionView
from device_adapters.errors import BackstrideError, RecordError
from services.console import words
from services.console.accounts.acting import acting, signature
from services.console.context import Console
from services.console.languages import say
from services.console.past import sayings
from services.console.routes.member import MEDIA_TYPES, Form
from services.console.routes.signin import form_of, local
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
    async def sessions(text: str = "", days: str = "") -> HTMLResponse:
        """What does not fit is set right instead of refused: an address may be typed by hand."""
        text, since = text.strip()[:TEXT_MAX], int(days) if days.isdecimal() else 0
        since = since if since in sayings.spans() else DAYS
        try:
            recent = await _asked(lambda: console.past.recent(since, text))
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
    async def record(session: str, form: Form) -> Response:
        try:
            content = await _asked(lambda: record_of(console, session, form, signature()))
        except (BackstrideError, TimeoutError) as e:
            log.warning("record_not_given", why=str(e))
            return _gone(console, words.no_record())
        return Response(content, media_type=MEDIA_TYPES[form], headers=named(form))

    return router


def _running(console: Console, session: str) -> SessionView | None:
    views = console.floor.sessions().values()
    return next((view for view in views if view.session == session and view.phase != "ended"), None)


def record_of(console: Console, session: str, form: Form, by: str) -> bytes:
    """The file of a session that ended, after it is in the audit. Blocking; RecordError if there is none."""
    if not console.past.given_out(session, by):
        raise RecordError(words.no_record())
    return console.record_file(session, form)


def named(form: Form) -> dict[str, str]:
    """What a browser calls the file."""
    return {"Content-Disposition": f'attachment; filename="retro-session.{form}"'}


async def _asked(work: Callable[[], T]) -> T:
    async with asyncio.timeout(ANSWER_MAX_S):
        return await asyncio.to_thread(work)


def _page(console: Console, template: str, status: int = 200, **values: object) -> HTMLResponse:
    shown = console.assets.page(template, site=console.floor.site, person=acting(), **values)
    return HTMLResponse(shown, status)


def _gone(console: Console, text: str, status: int = 404) -> HTMLResponse:
    return _page(console, "not_there.html", status, title=say("Not here"), text=text)


def _away(console: Console, error: Exception) -> HTMLResponse:
    log.warning("past_unavailable", why=str(error))
    return _page(console, "not_there.html", 503, title=say("Not now"), text=sayings.away())
