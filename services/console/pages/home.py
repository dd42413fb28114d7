"""A member's own page: their weeks, what they still owe an answer, each session. Of themselves and of nobody else."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.contract.bounds import PAIN, RPE
from device_adapters.contract.keys import fields
from services.console.accounts import home_words as said
from services.console.auth.home_access import COPY, KEPT, STAY, WIPE, OwnHome
from services.console.auth.model import Home
from services.console.context import Console
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import asked
from services.console.past import sayings
from services.console.past.booked import next_appointment
from services.console.past.downloads import Form, file_for, forms_of
from services.members.errors import MembersError
from services.members.model import Answers

KEPT_PAGES = frozenset({"home.html", "home_session.html"})


def home(console: Console) -> APIRouter:
    """Routes of the page."""
    router = APIRouter()

    @router.get("/me/{home}", response_class=HTMLResponse)
    async def page(home: OwnHome, noted: str = "") -> HTMLResponse:
        found = await asked(lambda: console.past.home(home.member))
        running = next(
            (v for v in console.floor.sessions().values() if v.member == home.member and v.phase != "ended"),
            None,
        )
        live = f"/m/{console.links.token(running.session)}" if running is not None else ""
        booked = next_appointment(console.diary, home.member, console.clock.wall_ms())
        return show(
            console,
            home,
            "home.html",
            page=found,
            live=live,
            booked=booked,
            said=said.noted() if noted else "",
        )

    @router.get("/me/{home}/sessions/{session}", response_class=HTMLResponse)
    async def session(session: str, home: OwnHome) -> HTMLResponse:
        found = await asked(lambda: console.past.own_review(session, home.member))
        forms = await forms_of(console, session)
        if found is None:
            return show(console, home, "home_over.html", 404, said=sayings.no_session())
        return show(console, home, "home_session.html", review=found, forms=forms)

    @router.get("/me/{home}/sessions/{session}/record.{form}")
    async def record(session: str, form: Form, request: Request, home: OwnHome) -> Response:
        answer = await file_for(
            console, request, session, form, lambda: console.past.given_to_own(session, home.member)
        )
        if isinstance(answer, Response):
            return answer
        return show(console, home, "home_over.html", answer.status, said=answer.text)

    @router.post("/me/{home}/sessions/{session}/answers")
    async def answer(session: str, request: Request, home: OwnHome) -> Response:
        form = await form_of(request)
        try:
            told = Answers(
                rpe=_number(form, "rpe", RPE),
                pain=_number(form, "pain", PAIN),
                pain_next_day=_number(form, "pain_next_day", PAIN),
            )
            kept = await asked(lambda: console.past.answer_own(session, told, home.member))
        except MembersError:
            kept = False
        if not kept:
            return show(console, home, "home_over.html", 422, said=said.not_kept())
        return RedirectResponse(f"/me/{home.id}?noted=1", 303)

    return router


def _number(form: dict[str, str], field: str, bounds: tuple[int, int]) -> int | None:
    """MembersError: it is there and no number that was offered."""
    given = form.get(field, "")
    if not given:
        return None
    if given not in map(str, range(bounds[0], bounds[1] + 1)):
        raise MembersError(fields.give_number(*bounds), field)
    return int(given)


def show(console: Console, home: Home, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page of this member's."""
    shown = HTMLResponse(
        console.assets.page(template, home=home.id, as_of=_as_of(console) if home.kept else "", **values),
        status,
    )
    shown.headers[KEPT] = (COPY if template in KEPT_PAGES and status == 200 else STAY) if home.kept else WIPE
    return shown


def _as_of(console: Console) -> str:
    now_ms = console.clock.wall_ms()
    return f"{sayings.day(now_ms)}, {sayings.time(now_ms)}"
