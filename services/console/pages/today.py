"""Today's list, for staff; that somebody looked is one line of the audit."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.pages.store_pages import asked
from services.console.past.booked import booked
from services.console.past.today import LATELY_MS
from services.console.past.today import today as lists_of


def today(console: Console) -> APIRouter:
    """The route of the page *Today*."""
    router = APIRouter()

    @router.get("/today", response_class=HTMLResponse)
    async def page(user: User, by: Signature) -> HTMLResponse:
        now_ms = console.clock.wall_ms()
        known = await asked(
            lambda: console.members_db.members().seen_since(now_ms - LATELY_MS, by=by, what="viewed today")
        )
        found = await asked(lambda: lists_of(known, now_ms))
        links = await asked(lambda: console.members_db.calendar_links().count(user.id))
        shown = console.assets.page(
            "today.html",
            site=console.floor.site,
            person=user,
            page=found,
            links=links,
            booked=booked(console.diary, now_ms),
        )
        return HTMLResponse(shown)

    return router
