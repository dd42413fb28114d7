"""Releases for the units: what changed, and the button beside it. Plain forms."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console import words
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import User
from services.console.bodies.releases import RollOutBody
from services.console.context import Console
from services.console.operator import releases as told
from services.console.pages.sign_in import form_of
from services.console.release_orders import UNANSWERED, ordered


def releases(console: Console) -> APIRouter:
    """Routes of the page."""
    router = APIRouter()

    @router.get("/operator/releases", response_class=HTMLResponse)
    async def page(user: User) -> HTMLResponse:
        return _page(console, user)

    @router.post("/operator/releases/roll-out")
    async def roll_out(request: Request, user: User) -> Response:
        form = await form_of(request)
        try:
            body = RollOutBody.model_validate({name: form.get(name, "") for name in RollOutBody.model_fields})
        except ValueError:
            return _page(console, user, told.refused("window"), 422)
        return await _done(console, user, await ordered(console, user.signature, body))

    @router.post("/operator/releases/stop")
    async def stop(user: User) -> Response:
        return await _done(console, user, await ordered(console, user.signature, None))

    return router


async def _done(console: Console, user: SignedInUser, refused: str) -> Response:
    if refused:
        return _page(console, user, told.refused(refused), 503 if refused in UNANSWERED else 409)
    return RedirectResponse("/operator/releases", 303)


def _page(console: Console, user: SignedInUser, said: str = "", status: int = 200) -> HTMLResponse:
    shown = console.assets.page(
        "releases.html",
        site=console.floor.site,
        person=user,
        words=words,
        said=said,
        status=console.releases.status,
        told=told,
    )
    return HTMLResponse(shown, status)
