"""A member's tests over weeks: entered by staff with a stopwatch on the page, shown with what their change says."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.contract.keys import fields
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.languages import say
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import MemberId, asked, not_there
from services.console.past.tested import courses_of
from services.members.errors import MembersError, UnknownMemberError
from services.members.outcomes import OutcomeMeasure, OutcomeResult
from services.rules.whole import whole


def outcomes(console: Console) -> APIRouter:
    """Routes of tests."""
    router = APIRouter()

    @router.get("/history/{member}/outcomes", response_class=HTMLResponse)
    async def page(member: MemberId, user: User, by: Signature) -> HTMLResponse:
        return await _page(console, member, user, by)

    @router.post("/history/{member}/outcomes")
    async def measure(member: MemberId, request: Request, user: User, by: Signature) -> Response:
        form = await form_of(request)
        try:
            result = _result(form, console.clock.wall_ms(), by)
            await asked(lambda: console.members_db.members().measure(member, result))
        except UnknownMemberError:
            raise
        except MembersError:
            refused = say("Not noted: choose the test, and give a number that it can have.")
            return await _page(console, member, user, by, refused, 422)
        return RedirectResponse(f"/history/{member}/outcomes", 303)

    @router.post("/history/{member}/outcomes/take-back")
    async def take_back(member: MemberId, request: Request, user: User, by: Signature) -> Response:
        form = await form_of(request)
        chosen, at_ms = form.get("measure", ""), whole(form.get("at_ms", ""))
        if chosen not in set(OutcomeMeasure) or at_ms is None:
            return not_there(console, user, 422, say("Choose the test."))
        measure = OutcomeMeasure(chosen)
        await asked(lambda: console.members_db.members().take_back_outcome(member, measure, at_ms, by=by))
        return RedirectResponse(f"/history/{member}/outcomes", 303)

    return router


def _result(form: dict[str, str], now_ms: int, by: str) -> OutcomeResult:
    """MembersError: no test, or no number; with a point or a comma."""
    chosen, text = form.get("measure", ""), form.get("value", "").strip().replace(",", ".")
    whole, _, part = text.partition(".")
    digits = whole + part
    if chosen not in set(OutcomeMeasure) or not digits.isascii() or not digits.isdecimal() or len(text) > 7:
        raise MembersError(fields.give_a_number(), "value")
    return OutcomeResult(
        measure=OutcomeMeasure(chosen), value_c=round(float(text) * 100), at_ms=now_ms, by=by
    )


async def _page(
    console: Console, member: str, user: SignedInUser, by: str, text: str = "", status: int = 200
) -> HTMLResponse:
    known = await asked(lambda: console.members_db.members().portrait(member, by=by, what="viewed outcomes"))
    shown = console.assets.page(
        "outcomes.html",
        site=console.floor.site,
        person=user,
        member=member,
        alias=known.person.alias,
        tests=courses_of(known.outcomes),
        said=text,
    )
    return HTMLResponse(shown, status)
