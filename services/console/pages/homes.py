"""Staff hand out a member's way to their own page, and end it: one press for a phone that is lost."""

from typing import TYPE_CHECKING

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from device_adapters.units import HOUR_MS
from services.console.accounts import home_words as said
from services.console.auth.model import HOME_LINK_MS
from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.pages.store_pages import MemberId, not_there
from services.console.past import sayings
from services.members.errors import UnknownMemberError

if TYPE_CHECKING:
    from services.console.auth.homes import Homes


def homes(console: Console) -> APIRouter:
    """Routes of handing out."""
    router = APIRouter()

    @router.post("/history/{member}/home", response_class=HTMLResponse)
    async def hand_out(member: MemberId, request: Request, user: User, by: Signature) -> HTMLResponse:
        def handed() -> tuple[str, str]:
            return _homes(console).link(member, by=by), console.members_db.members().alias(member)

        try:
            key, alias = await run_in_threadpool(handed)
        except UnknownMemberError:
            return not_there(console, user, 404, sayings.no_member())
        except BackstrideError:
            return not_there(console, user, 503, said.away())
        url = console.hosts.link(request, f"/me/enter/{key}")
        shown = console.assets.page(
            "home_handed.html",
            site=console.floor.site,
            person=user,
            member=member,
            alias=alias,
            url=url,
            hours=HOME_LINK_MS // HOUR_MS,
            picture=segno.make(url, error="m", micro=False).svg_data_uri(border=2, scale=8),
        )
        return HTMLResponse(shown)

    @router.post("/history/{member}/home/end")
    async def end(member: MemberId, user: User, by: Signature) -> Response:
        try:
            await run_in_threadpool(lambda: _homes(console).end_all(member, by=by))
        except UnknownMemberError:
            return not_there(console, user, 404, sayings.no_member())
        except BackstrideError:
            return not_there(console, user, 503, said.away())
        return RedirectResponse(f"/history/{member}", 303)

    return router


def _homes(console: Console) -> "Homes":
    return console.members_db.homes(console.homes_open_for)
