"""Staff's own calendars read who is due and who is booked, by a secret link that they make and take back."""

from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from device_adapters.errors import BackstrideError
from device_adapters.units import DAY_MS
from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.diary.sources import AHEAD_MS
from services.console.pages.sign_in import Key, form_of
from services.console.pages.store_pages import asked
from services.console.past.today import LATELY_MS

if TYPE_CHECKING:
    from services.console.auth.calendar_links import CalendarScope

KEPT_MS = 5 * 60_000
"""A calendar that asks more often gets what it got: each look at all members is a line of the audit."""

MEDIA_TYPE = "text/calendar; charset=utf-8"

log = structlog.get_logger("console")


def calendar(console: Console) -> APIRouter:
    """Routes of calendars."""
    router = APIRouter()
    kept: dict[tuple[str, str], tuple[int, bytes]] = {}

    @router.get("/calendar/{key}.ics")
    async def feed(key: Key) -> Response:
        try:
            found = await asked(lambda: console.members_db.calendar_links().of(key))
            if found is None:
                return PlainTextResponse("This calendar is no more.", 404)
            now_ms = console.clock.wall_ms()
            made_ms, content = kept.get(found, (0, b""))
            if not 0 <= now_ms - made_ms < KEPT_MS:
                content = await asked(lambda: _content(console, *found, now_ms))
                kept[found] = now_ms, content
        except (BackstrideError, TimeoutError) as e:
            log.warning("calendar_unavailable", why=str(e) or "no answer")
            return PlainTextResponse("The hub cannot answer now.", 503)
        return Response(content, media_type=MEDIA_TYPE)

    @router.post("/today/calendar", response_class=HTMLResponse)
    async def make(request: Request, user: User, by: Signature) -> Response:
        scope: CalendarScope = "mine" if "mine" in await form_of(request) else "site"
        key = await asked(lambda: console.members_db.calendar_links().new(user.id, scope, by=by))
        url = console.hosts.link(request, f"/calendar/{key}.ics")
        shown = console.assets.page(
            "calendar_link.html",
            site=console.floor.site,
            person=user,
            url=url,
            mine=scope == "mine",
            clinic=console.clinic,
        )
        return HTMLResponse(shown)

    @router.post("/today/calendar/end")
    async def end(user: User, by: Signature) -> Response:
        await asked(lambda: console.members_db.calendar_links().end(user.id, by=by))
        return RedirectResponse("/today", 303)

    return router


def _content(console: Console, account: str, scope: str, now_ms: int) -> bytes:
    from services.console.diary.feed import feed

    known = console.members_db.members().seen_since(
        now_ms - LATELY_MS, by=f"calendar of {account}", what="viewed today"
    )
    if scope == "mine":
        known = tuple(one for one in known if _prescribed_by(one.dossier.prescription, account))
    found = console.diary.between(now_ms - DAY_MS, now_ms + AHEAD_MS)
    return feed(console.floor.site, known, found, now_ms, clinic=console.clinic)


def _prescribed_by(prescription: object, account: str) -> bool:
    """Did this account write what is in force? It is signed with role and pseudonym."""
    by = getattr(prescription, "by", "")
    return bool(by) and by.split()[-1] == account
