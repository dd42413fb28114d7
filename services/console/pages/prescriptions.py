"""A member's prescription: staff read it, prescribe anew, and end it. Each version stays."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.contract.keys import fields
from device_adapters.safety.limits import Goal
from device_adapters.units import DAY_MS
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import MemberId, asked
from services.console.past.prescribed import WEEKS, field_words, prescription_page, programmes_of
from services.members.errors import MembersError, UnknownMemberError
from services.members.model import Prescription


def prescriptions(console: Console) -> APIRouter:
    """Routes of prescriptions."""
    router = APIRouter()

    @router.get("/history/{member}/prescription", response_class=HTMLResponse)
    async def page(member: MemberId, user: User, by: Signature) -> HTMLResponse:
        return await _page(console, member, user, by)

    @router.post("/history/{member}/prescription")
    async def prescribe(member: MemberId, request: Request, user: User, by: Signature) -> Response:
        form = await form_of(request)
        try:
            given = _given(form, console.clock.wall_ms(), by)
            await asked(lambda: console.members_db.members().prescribe(member, given))
        except UnknownMemberError:
            raise
        except MembersError as e:
            return await _page(console, member, user, by, form, field_words(e.field), 422)
        return RedirectResponse(f"/history/{member}/prescription", 303)

    @router.post("/history/{member}/prescription/end")
    async def end(member: MemberId, by: Signature) -> Response:
        await asked(lambda: console.members_db.members().end_prescription(member, by=by))
        return RedirectResponse(f"/history/{member}/prescription", 303)

    return router


def _given(form: dict[str, str], now_ms: int, by: str) -> Prescription:
    """What the form says. MembersError names a field that is no number, or not offered."""
    goal, weeks = form.get("goal", ""), form.get("weeks", "")
    if goal not in set(Goal):
        raise MembersError(fields.choose_one(), "goal")
    if weeks not in map(str, WEEKS):
        raise MembersError(fields.choose_how_long(), "until_ms")
    heart = form.get("hr_ceiling_bpm", "").strip()
    return Prescription(
        goal=Goal(goal),
        programme=form.get("programme", ""),
        speed_ckmh=round(_number(form, "speed_kmh", "speed_ckmh") * 100),
        minutes=round(_number(form, "minutes", "minutes")),
        sessions_week=round(_number(form, "sessions_week", "sessions_week")),
        pain_stop=round(_number(form, "pain_stop", "pain_stop")),
        hr_ceiling_bpm=round(_number(form, "hr_ceiling_bpm", "hr_ceiling_bpm")) if heart else None,
        at_ms=now_ms,
        until_ms=now_ms + int(weeks) * 7 * DAY_MS,
        by=by,
        why=form.get("why", "").strip(),
        clinician=form.get("clinician", "").strip(),
    )


def _number(form: dict[str, str], name: str, field: str) -> float:
    """With a point or a comma, up to 999."""
    text = form.get(name, "").strip().replace(",", ".")
    whole, _, part = text.partition(".")
    if not (whole + part).isascii() or not (whole + part).isdecimal() or len(text) > 6:
        raise MembersError(fields.give_a_number(), field)
    return float(text)


async def _page(
    console: Console,
    member: str,
    user: SignedInUser,
    by: str,
    form: dict[str, str] | None = None,
    text: str = "",
    status: int = 200,
) -> HTMLResponse:
    """`form`: what was typed, to be put right."""
    portrait = await asked(
        lambda: console.members_db.members().portrait(member, by=by, what="viewed prescription")
    )
    own = await asked(console.own_programmes)
    people = await asked(lambda: console.members_db.accounts().all())
    page = prescription_page(
        portrait, {f"{one.role} {one.id}": one.name for one in people}, console.clock.wall_ms()
    )
    filled = {**page.form, **(form or {})}
    shown = console.assets.page(
        "prescription.html",
        site=console.floor.site,
        person=user,
        page=page,
        form=filled,
        programmes=programmes_of([(one.name, one.goal) for one in own.values()], filled["programme"]),
        weeks=WEEKS,
        said=text,
    )
    return HTMLResponse(shown, status)
