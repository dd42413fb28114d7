"""The member's own page: opened by a code on the treadmill's tile, without a login, for one session only."""

import asyncio
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
from services.console import words
from services.console.bodies import ID_PATTERN, MemberAnswer, MemberAsk
from services.console.context import Console
from services.console.desk import PRESSED
from services.console.downloads import Form, file_for
from services.console.languages import LANGUAGES, language_for, translate
from services.console.routes.asking import ask

BY = "member"
CLINIC_AFTER_END_MS = 5 * 60_000

log = structlog.get_logger("console")
Token = Annotated[str, Path(pattern="^[0-9a-f]{26}$")]
Treadmill = Annotated[str, Path(pattern=ID_PATTERN)]


@dataclass(frozen=True, slots=True)
class Found:
    """The session that a token opens, the last one of its treadmill."""

    treadmill: str
    session: str
    view: SessionView


def find(console: Console, token: str) -> Found | None:
    """Which session is meant; None once its treadmill has another, or for a token that never was."""
    for treadmill, view in console.floor.sessions().items():
        if console.links.opens(token, view.session):
            return None if _over(console, view) else Found(treadmill, view.session, view)
    return None


def _over(console: Console, view: SessionView) -> bool:
    """In a clinic a page ends soon after its session: time for the answers and the file."""
    ended = view.phase == "ended"
    return console.clinic and ended and console.clock.wall_ms() - view.at_ms > CLINIC_AFTER_END_MS


def member(console: Console) -> APIRouter:
    """Routes of members."""
    router = APIRouter()

    @router.get("/m/{token}", response_class=HTMLResponse)
    async def page(token: str, request: Request, lang: str = "") -> HTMLResponse:
        language = language_for(lang, request.headers.get("accept-language", ""))
        found = find(console, token)
        if found is None:
            return HTMLResponse(_page(console, "member_over.html", language), status_code=404)
        picture = console.floor.member(found.treadmill, found.view, console.clock.now_ms())
        shown = {"token": token, "picture": msgspec.structs.asdict(picture), "treadmill": found.treadmill}
        return HTMLResponse(_page(console, "member.html", language, **shown))

    @router.get("/m/{token}/session.{form}")
    async def record(token: Token, form: Form, request: Request) -> Response:
        found = find(console, token)
        if found is None or found.view.phase != "ended":
            return JSONResponse({"ok": False, "text": words.no_record()}, status_code=404)
        answer = await file_for(console, request, found.session, form, lambda: True)
        if isinstance(answer, Response):
            return answer
        return JSONResponse({"ok": False, "text": answer.text}, status_code=answer.status)

    @router.get("/m/{token}/progress")
    async def progress(token: Token) -> JSONResponse:
        found = find(console, token)
        if found is None or found.view.phase != "ended":
            return JSONResponse({"ok": False, "text": words.session_over()}, status_code=404)
        try:
            text = await asyncio.to_thread(console.past.own, found.view)
        except BackstrideError as e:
            log.warning("progress_not_told", code=e.code, why=str(e))
            text = ""
        return JSONResponse({"ok": True, "text": text})

    @router.post("/m/{token}/stop")
    async def stop(token: Token) -> JSONResponse:
        found = find(console, token)
        if found is None:
            return JSONResponse({"ok": False, "alarm": True, "text": words.session_over()}, status_code=404)
        delivered = await console.desk.stop_one(found.treadmill, BY, PRESSED)
        text = words.stop_sent(found.treadmill) if delivered else words.not_delivered()
        body = {"ok": delivered, "alarm": not delivered, "text": text}
        return JSONResponse(body, status_code=200 if delivered else 503)

    @router.post("/m/{token}/slower")
    async def slower(token: Token, body: MemberAsk) -> JSONResponse:
        return await _ask(console, token, body.id, lambda found: _request(console, found, body.id, "slower"))

    @router.post("/m/{token}/answer")
    async def answer(token: Token, body: MemberAnswer) -> JSONResponse:
        def request(found: Found) -> SessionRequest:
            bare = _request(console, found, body.id, body.kind)
            return msgspec.structs.replace(bare, rpe=body.rpe, pain=body.pain, text=body.text)

        return await _ask(console, token, body.id, request)

    @router.get("/api/treadmills/{treadmill}/member-page")
    async def code(treadmill: Treadmill, request: Request) -> JSONResponse:
        view = console.floor.sessions().get(treadmill)
        if view is None:
            return JSONResponse({"ok": False, "text": words.no_session_there(treadmill)}, status_code=404)
        url = console.hosts.link(request, f"/m/{console.links.token(view.session)}")
        picture = segno.make(url, error="m", micro=False).svg_data_uri(border=2, scale=8)
        return JSONResponse({"ok": True, "url": url, "picture": picture})

    return router


async def _ask(
    console: Console, token: str, id_: str, request: Callable[[Found], SessionRequest]
) -> JSONResponse:
    found = find(console, token)
    if found is None:
        return JSONResponse({"ok": False, "id": id_, "text": words.session_over()}, status_code=404)
    return await ask(console, request(found))


def _request(
    console: Console, found: Found, id_: str, verb: Literal["slower", "rpe", "feedback"]
) -> SessionRequest:
    return SessionRequest(
        id=id_,
        client=console.desk.client,
        verb=verb,
        treadmill=found.treadmill,
        asker=f"{BY} {found.session}",
        session=found.session,
        by=BY,
    )


def _page(console: Console, template: str, language: str, **values: object) -> str:
    def say(text: str) -> str:
        return translate(language, text)

    return console.assets.page(template, _=say, language=language, languages=LANGUAGES, **values)
