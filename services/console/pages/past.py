"""Pages of the past, for staff: sessions that ended, one in review, a member's progress. Who looks is audited."""

from typing import TypeVar
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from device_adapters.contract.bounds import PAIN
from device_adapters.contract.messages import SessionView
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.incident_notes import note_of
from services.console.pages.sign_in import form_of, local
from services.console.pages.store_pages import asked, not_there
from services.console.past import sayings
from services.console.past.downloads import Form, file_for, forms_of
from services.history.reader import FOR_EVER_MS
from services.members.errors import UnknownMemberError
from services.rules.whole import whole

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
        text, since = text.strip()[:TEXT_MAX], whole(days)
        since = since if since in sayings.spans() else DAYS
        before_ms = min(whole(before) or 0, FOR_EVER_MS)
        recent = await asked(lambda: console.past.recent(since, text, before_ms))
        return _page(
            console, user, "sessions.html", recent=recent, text=text, days=since, spans=sayings.spans()
        )

    @router.get("/sessions/{session}", response_class=HTMLResponse)
    async def session(session: str, user: User, by: Signature) -> HTMLResponse:
        found = await asked(lambda: console.past.review(session, by))
        forms = await forms_of(console, session)
        if found is None and (view := _running(console, session)) is not None:
            found = await asked(lambda: console.past.under_way(view, by))
        if found is None:
            return not_there(console, user, 404, sayings.no_session())
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
            return not_there(console, user, 422, sayings.incident_missing())
        if (
            _running(console, session) is None
            and await asked(lambda: console.past.review(session, by)) is None
        ):
            return not_there(console, user, 404, sayings.no_session())
        await asked(lambda: console.incident_notes.keep(note))
        log.warning("incident_noted", session=session, injury=note.injury)
        return RedirectResponse(f"/sessions/{quote(session, safe='')}#incident", 303)

    @router.get("/history/{member}", response_class=HTMLResponse)
    async def progress(member: str, user: User, by: Signature, goal: str = "") -> HTMLResponse:
        found = await asked(lambda: console.past.progress(member, by, goal))
        phones = await asked(lambda: console.members_db.homes(console.homes_open_for).phones(member))
        if found is None:
            return not_there(console, user, 404, sayings.no_member())
        return _page(console, user, "progress.html", page=found, phones=phones, day=sayings.day)

    @router.post("/sessions/{session}/next-day")
    async def next_day(session: str, request: Request, user: User, by: Signature) -> Response:
        form = await form_of(request)
        pain = form.get("pain", "")
        if pain not in PAIN_WORDS:
            return not_there(console, user, 422, sayings.pain_missing())
        try:
            await asked(lambda: console.past.hurt_next_day(session, int(pain), by))
        except UnknownMemberError:
            return not_there(console, user, 404, sayings.nobodys())
        return RedirectResponse(local(form.get("back", "")), 303)

    @router.get("/sessions/{session}/record.{form}")
    async def record(session: str, form: Form, request: Request, user: User, by: Signature) -> Response:
        answer = await file_for(console, request, session, form, lambda: console.past.given_out(session, by))
        if isinstance(answer, Response):
            return answer
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"ok": False, "text": answer.text}, answer.status)
        return not_there(console, user, answer.status, answer.text)

    return router


def _running(console: Console, session: str) -> SessionView | None:
    views = console.floor.sessions().values()
    return next((view for view in views if view.session == session and view.phase != "ended"), None)


def _page(
    console: Console, user: SignedInUser, template: str, status: int = 200, **values: object
) -> HTMLResponse:
    shown = console.assets.page(template, site=console.floor.site, person=user, **values)
    return HTMLResponse(shown, status)
