"""What a member agreed to, as staff heard it: each purpose by itself, and taken back as easily as given."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import MemberId, asked
from services.console.past.agreements import agreed
from services.members.model import Purpose
from services.rules.consent import TEXT_VERSION


def consents(console: Console) -> APIRouter:
    """Routes of consents."""
    router = APIRouter()

    @router.get("/history/{member}/consents", response_class=HTMLResponse)
    async def page(member: MemberId, user: User, by: Signature) -> HTMLResponse:
        portrait = await asked(
            lambda: console.members_db.members().portrait(member, by=by, what="viewed consents")
        )
        shown = console.assets.page(
            "consents.html",
            site=console.floor.site,
            person=user,
            member=member,
            alias=portrait.person.alias,
            agreed=agreed(portrait.consents),
        )
        return HTMLResponse(shown)

    @router.post("/history/{member}/consents/{purpose}")
    async def heard(member: MemberId, purpose: Purpose, request: Request, by: Signature) -> Response:
        given = "give" in await form_of(request)

        def noted() -> None:
            store = console.members_db.members()
            if given:
                store.consent(member, purpose, text_version=TEXT_VERSION, by=by)
            else:
                store.withdraw(member, purpose, by=by)

        await asked(noted)
        return RedirectResponse(f"/history/{member}/consents", 303)

    return router
