"""The member's own page: opened by a code on the treadmill's tile, without a login, for one session only."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import segno
import structlog
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from device_adapters.contract.messages import SessionRequest, SessionView
from device_adapters.errors import BackstrideError
from services.console import hearing, words
from services.console.auth.model import BY_MEMBER
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.session import CLIENT, MemberAnswer, SessionAction
from services.console.context import Console
from services.console.languages import language_for, translate
from services.console.pages import next_day
from services.console.pages.sessions import answered
from services.console.pages.stops import told
from services.console.past.downloads import Form, file_for
from services.console.session_answers import ask
from services.console.stop_answers import PRESSED, stop
from services.texts.languages import LANGUAGES

AFTER_END_MS = 5 * 60_000

log = structlog.get_logger("console")
Token = Annotated[str, Path(pattern="^[0-9a-f]{26}$")]
Treadmill = Annotated[str, Path(pattern=ID_PATTERN)]


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """The session that a token opens, the last one of its treadmill."""

    treadmill: str
    session: str
    view: SessionView


def find(console: Console, token: str) -> OpenedPage | None:
    """Which session is meant; None once its treadmill has another, or for a token that never was."""
    for treadmill, view in console.floor.sessions().items():
        rear = _opens_rear(console, token, treadmill)
        if rear or console.links.opens(token, view.session):
            over = _long_over(console, treadmill) and (rear or console.clinic)
            return None if over else OpenedPage(treadmill, view.session, view)
    return None


def _rear(treadmill: str) -> str:
    """What the address of the screen behind a treadmill opens: whatever session runs there."""
    return f"screen of {treadmill}"


def _opens_rear(console: Console, token: str, treadmill: str) -> bool:
    """A clinic has no address that opens more than one session."""
    return not console.clinic and console.links.opens(token, _rear(treadmill))


def _is_rear(console: Console, token: str) -> bool:
    return any(_opens_rear(console, token, treadmill) for treadmill in console.floor.treadmill_ids())


def _own(console: Console, token: str) -> OpenedPage | None:
    """The ended session of its member's own address: what is to be kept is not for the screen that all walk past."""
    found = find(console, token)
    own = found is not None and console.links.opens(token, found.session) and found.view.phase == "ended"
    return found if own else None


async def found_soon(console: Console, token: str) -> OpenedPage | None:
    """The same; a console that is new waits a moment for what it was not told yet."""
    await hearing.until(console, lambda: find(console, token) is not None)
    return find(console, token)


def _on_page(console: Console, treadmill: str) -> str:
    """Which belt a page means whose session a new console was not told of yet; '' where it may be long over."""
    return treadmill if hearing.is_new(console) and re.fullmatch(ID_PATTERN, treadmill) else ""


def _long_over(console: Console, treadmill: str) -> bool:
    """A clinic's pages and a screen behind a treadmill end soon after the session: time for the answers and the
    file."""
    clock = console.clock
    return console.floor.over_ms(treadmill, clock.now_ms(), clock.wall_ms()) > AFTER_END_MS


def member(console: Console) -> APIRouter:
    """Routes of members."""
    router = APIRouter()

    @router.get("/m/{token}", response_class=HTMLResponse)
    async def page(token: str, request: Request, lang: str = "") -> HTMLResponse:
        language = language_for(lang, request.headers.get("accept-language", ""))
        found = await found_soon(console, token)
        if found is None or found.view.phase == "ended":
            later = await next_day.asked(console, token, language)
            if later is not None:
                return later
        if found is None:
            rear = _is_rear(console, token)
            over = _page(console, "member_over.html", language, rear=rear)
            return HTMLResponse(over, status_code=200 if rear else 404)
        picture = console.floor.member(found.treadmill, found.view, console.clock.now_ms())
        shown = {
            "token": token,
            "picture": msgspec.structs.asdict(picture),
            "treadmill": found.treadmill,
            "name": console.floor.ledger.name(found.treadmill),
        }
        rear = _opens_rear(console, token, found.treadmill)
        return HTMLResponse(_page(console, "member.html", language, rear=rear, **shown))

    @router.get("/m/{token}/session.{form}")
    async def record(token: Token, form: Form, request: Request) -> Response:
        found = _own(console, token)
        if found is None:
            return JSONResponse({"ok": False, "text": words.no_record()}, status_code=404)
        answer = await file_for(console, request, found.session, form, lambda: True)
        if isinstance(answer, Response):
            return answer
        return JSONResponse({"ok": False, "text": answer.text}, status_code=answer.status)

    @router.get("/m/{token}/progress")
    async def progress(token: Token) -> JSONResponse:
        found = _own(console, token)
        if found is None:
            return JSONResponse({"ok": False, "text": words.session_over()}, status_code=404)
        try:
            text = await asyncio.to_thread(console.past.own, found.view)
        except BackstrideError as e:
            log.warning("progress_not_told", code=e.code, why=str(e))
            text = ""
        return JSONResponse({"ok": True, "text": text})

    @router.post("/m/{token}/stop")
    async def stop_mine(token: Token, treadmill: str = "") -> JSONResponse:
        """`treadmill`: as the page has it, for a console that was not told of the session yet."""
        found = find(console, token)
        meant = found.treadmill if found is not None else _on_page(console, treadmill)
        if not meant:
            return JSONResponse({"ok": False, "alarm": True, "text": words.session_over()}, status_code=404)
        return told(await stop(console, BY_MEMBER, PRESSED, meant))

    @router.post("/m/{token}/slower")
    async def slower(token: Token, body: SessionAction) -> JSONResponse:
        return await _ask(console, token, body.id, lambda found: _request(found, body.id, "slower"))

    @router.post("/m/{token}/answer")
    async def answer(token: Token, body: MemberAnswer) -> JSONResponse:
        def request(found: OpenedPage) -> SessionRequest:
            bare = _request(found, body.id, body.kind)
            return msgspec.structs.replace(bare, rpe=body.rpe, pain=body.pain, text=body.text)

        return await _ask(console, token, body.id, request)

    @router.get("/api/treadmills/{treadmill}/member-page")
    async def code(treadmill: Treadmill, request: Request) -> JSONResponse:
        view = console.floor.sessions().get(treadmill)
        if view is None:
            return JSONResponse({"ok": False, "text": words.no_session_there(treadmill)}, status_code=404)
        url = console.hosts.link(request, f"/m/{console.links.token(view.session)}")
        picture = segno.make(url, error="m", micro=False).svg_data_uri(border=2, scale=8)
        rear = (
            ""
            if console.clinic
            else console.hosts.link(request, f"/m/{console.links.token(_rear(treadmill))}")
        )
        return JSONResponse({"ok": True, "url": url, "picture": picture, "rear": rear})

    return router


async def _ask(
    console: Console, token: str, id_: str, request: Callable[[OpenedPage], SessionRequest]
) -> JSONResponse:
    found = await found_soon(console, token)
    if found is None:
        return JSONResponse({"ok": False, "id": id_, "text": words.session_over()}, status_code=404)
    return answered(await ask(console, request(found)))


def _request(found: OpenedPage, id_: str, verb: Literal["slower", "rpe", "feedback"]) -> SessionRequest:
    return SessionRequest(
        id=id_,
        client=CLIENT,
        verb=verb,
        treadmill=found.treadmill,
        asker=f"{BY_MEMBER} {found.session}",
        session=found.session,
        by=BY_MEMBER,
    )


def _page(console: Console, template: str, language: str, **values: object) -> str:
    def say(text: str) -> str:
        return translate(language, text)

    return console.assets.page(template, _=say, language=language, languages=LANGUAGES, **values)
