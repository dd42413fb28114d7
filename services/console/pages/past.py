"""Pages of the past, for staff: sessions that ended, one in review, a member's progress. Who looks is audited."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from device_adapters.contract.bounds import PAIN
from device_adapters.contract.messages import SessionView
from device_adapters.errors import BackstrideError
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.incident_notes import note_of
from services.console.languages import say
from services.console.pages.sign_in import form_of, local
from services.console.pages.store_pages import ANSWER_MAX_S
from services.console.past import sayings
from services.console.past.downloads import Form, NoFile, file_for, forms_of
from services.history.reader import FOR_EVER_MS
from services.members.errors import UnknownMemberError

T = TypeVar("T")
TEXT_MAX, DAYS = 100, 7
PAIN_WORDS = frozenset(map(str, range(PAIN[0], PAIN[1] + 1)))

log = structlog.get_logger("console")


def past(console: Console) -> APIRouter:
    """Routes of the past."""
    router = APIRouter()

    @router.get("/sessions", response_class=HTMLResponse)
    async def sessions(user: User, text: str = "", days: str = "", before: str = "") -> HTMLResponse:
        """What does not fit is set right instead of refused: an address may be typed by hand."""
        text, since = text.strip()[:TEXT_MAX], int(days) if days.isdecimal() else 0
        since = since if since in sayings.spans() else DAYS
        before_ms = min(int(before), FOR_EVER_MS) if before.isdecimal() and len(before) <= TEXT_MAX else 0
        try:
            recent = await _asked(lambda: console.past.recent(since, text, before_ms))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, user, e)
        return _page(
            console, user, "sessions.html", recent=recent, text=text, days=since, spans=sayings.spans()
        )

    @router.get("/sessions/{session}", response_class=HTMLResponse)
    async def session(session: str, user: User, by: Signature) -> HTMLResponse:
        try:
            found = await _asked(lambda: console.past.review(session, by))
            forms = await forms_of(console, session)
            if found is None and (view := _running(console, session)) is not None:
                found = await _asked(lambda: console.past.under_way(view, by))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, user, e)
        if found is None:
            return _gone(console, user, sayings.no_session())
        notes = [sayings.incident(note) for note in console.incident_notes.of(session)]
        return _page(
            console,
            user,
            "review.html",
            review=found,
            forms=forms,
            notes=notes,
            injuries=sayings.injuries(),
        )

    @router.post("/sessions/{session}/incident")
    async def incident(session: str, request: Request, user: User, by: Signature) -> Response:
        note = note_of(session, await form_of(request), by, console.clock.wall_ms())
        if note is None:
            return _gone(console, user, sayings.incident_missing(), 422)
        try:
            if (
                _running(console, session) is None
                and await _asked(lambda: console.past.review(session, by)) is None
            ):
                return _gone(console, user, sayings.no_session())
            await _asked(lambda: console.incident_notes.keep(note))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, user, e)
        log.warning("incident_noted", session=session, injury=note.injury)
        return RedirectResponse(f"/sessions/{quote(session, safe='')}#incident", 303)

    @router.get("/history/{member}", response_class=HTMLResponse)
    async def progress(member: str, user: User, by: Signature, goal: str = "") -> HTMLResponse:
        try:
            found = await _asked(lambda: console.past.progress(member, by, goal))
            phones = await _asked(lambda: console.members_db.homes(console.homes_open_for).phones(member))
        except (BackstrideError, TimeoutError) as e:
            return _away(console, user, e)
        if found is None:
            return _gone(console, user, sayings.no_member())
        return _page(console, user, "progress.html", page=found, phones=phones, day=sayings.day)

    @router.post("/sessions/{session}/next-day")
    async def next_day(session: str, request: Request, user: User, by: Signature) -> Response:
        form = await form_of(request)
        pain = form.get("pain", "")
        if pain not in PAIN_WORDS:
            return _gone(console, user, sayings.pain_missing(), 422)
        try:
            await _asked(lambda: console.past.hurt_next_day(session, int(pain), by))
        except UnknownMemberError:
            return _gone(console, user, sayings.nobodys())
        except (BackstrideError, TimeoutError) as e:
            return _away(console, user, e)
        return RedirectResponse(local(form.get("back", "")), 303)

    @router.get("/sessions/{session}/record.{form}")
    async def record(session: str, form: Form, request: Request, user: User, by: Signature) -> Response:
        answer = await file_for(console, request, session, form, lambda: console.past.given_out(session, by))
        if isinstance(answer, Response):
            return answer
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"ok": False, "text": answer.text}, answer.status)
        return _not_given(console, user, answer)

    return router


def _running(console: Console, session: str) -> SessionView | None:
    views = console.floor.sessions().values()
    return next((view for view in views if view.session == session and view.phase != "ended"), None)


async def _asked(work: Callable[[], T]) -> T:
    async with asyncio.timeout(ANSWER_MAX_S):
        return await asyncio.to_thread(work)


def _page(
    console: Console, user: SignedInUser, template: str, status: int = 200, **values: object
) -> HTMLResponse:
    shown = console.assets.page(template, site=console.floor.site, person=user, **values)
    return HTMLResponse(shown, status)


def _gone(console: Console, user: SignedInUser, text: str, status: int = 404) -> HTMLResponse:
    return _page(console, user, "not_there.html", status, title=say("Not here"), text=text)


def _not_given(console: Console, user: SignedInUser, why: NoFile) -> HTMLResponse:
    title = say("Not here") if why.status == 404 else say("Not now")
    return _page(console, user, "not_there.html", why.status, title=title, text=why.text)


def _away(console: Console, user: SignedInUser, error: Exception) -> HTMLResponse:
    log.warning("past_unavailable", why=str(error))
    return _page(console, user, "not_there.html", 503, title=say("Not now"), text=sayings.away())
