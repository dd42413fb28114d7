"""A member's own data: what they agree to, everything in one file, phones, and to be forgotten."""

from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.errors import BackstrideError
from services.console.accounts import home_words as said
from services.console.auth.home_access import OPEN_COOKIE, PHONE_COOKIE, OwnHome
from services.console.auth.model import BY_MEMBER, Home
from services.console.auth.pin_turn import TooManyWaitError
from services.console.context import Console
from services.console.pages.home import show
from services.console.pages.home_door import forgotten
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import asked
from services.console.past.agreements import agreed
from services.members.model import Purpose
from services.rules.consent import TEXT_VERSION

if TYPE_CHECKING:
    from services.console.auth.homes import Homes

log = structlog.get_logger("console")


def home_data(console: Console) -> APIRouter:
    """Routes of the data."""
    router = APIRouter()

    @router.get("/me/{home}/data", response_class=HTMLResponse)
    async def page(home: OwnHome, noted: str = "") -> HTMLResponse:
        return await _page(console, home, said.consent_changed() if noted else "")

    @router.post("/me/{home}/consents/{purpose}")
    async def consent(purpose: Purpose, request: Request, home: OwnHome) -> Response:
        given = "give" in await form_of(request)

        def noted() -> None:
            store = console.members_db.members()
            if given:
                store.consent(home.member, purpose, text_version=TEXT_VERSION, by=BY_MEMBER)
            else:
                store.withdraw(home.member, purpose, by=BY_MEMBER)

        await asked(noted)
        return RedirectResponse(f"/me/{home.id}/data?noted=1", 303)

    @router.get("/me/{home}/everything.zip")
    async def everything(home: OwnHome) -> Response:
        content = await console.wishes.export(home.member)
        named = {"Content-Disposition": 'attachment; filename="backstride-everything.zip"'}
        return Response(content, media_type="application/zip", headers=named)

    @router.post("/me/{home}/end")
    async def end(request: Request, home: OwnHome) -> Response:
        """This phone, or all of them."""
        everywhere = "everywhere" in await form_of(request)

        def ended() -> None:
            if everywhere:
                _homes(console).end_all(home.member, by=BY_MEMBER)
            else:
                _homes(console).end(home.id, by=BY_MEMBER)

        await asked(ended)
        return forgotten(RedirectResponse(f"/me/{home.id}/pin", 303), home.id, PHONE_COOKIE, OPEN_COOKIE)

    @router.post("/me/{home}/erase")
    async def erase(request: Request, home: OwnHome) -> Response:
        form = await form_of(request)
        try:
            async with console.pin_turn.taken():
                sure = "sure" in form and await asked(
                    lambda: _homes(console).is_pin(home.id, form.get("pin", ""))
                )
        except TooManyWaitError:
            return await _page(console, home, said.away(), 503)
        if not sure:
            return await _page(console, home, said.erase_unsure(), 422)
        if console.floor.training(home.member):
            return await _page(console, home, said.erase_training(), 409)
        try:
            await console.wishes.erase(home.member)
        except BackstrideError as e:
            log.warning("not_erased", code=e.code, why=str(e))
            return await _page(console, home, said.not_erased(), 503)
        gone = HTMLResponse(console.assets.page("home_erased.html"))
        return forgotten(gone, home.id, PHONE_COOKIE, OPEN_COOKIE)

    return router


def _homes(console: Console) -> "Homes":
    return console.members_db.homes(console.homes_open_for)


async def _page(console: Console, home: Home, text: str, status: int = 200) -> HTMLResponse:
    portrait = await asked(
        lambda: console.members_db.members().portrait(home.member, by=BY_MEMBER, what="viewed own data")
    )
    phones = await asked(lambda: _homes(console).phones(home.member))
    values = {
        "alias": portrait.person.alias,
        "agreed": agreed(portrait.consents),
        "phones": len(phones),
        "said": text,
        "lock": bool(home.passkey_host),
        "kept": home.kept,
    }
    return show(console, home, "home_data.html", status, **values)
