"""What staff ask of the session service. The console decides nothing: it passes on, waits, and says the answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.contract.messages import SessionRequest
from device_adapters.errors import BusError
from services.console import words
from services.console.bodies import ID_PATTERN, SessionAction, SessionStart
from services.console.context import Console
from services.console.desk import REPLY_MAX_S, AskedAlreadyError

Verb = Literal["pause", "resume", "stop", "clear"]
VERBS: dict[str, Verb] = {"pause": "pause", "resume": "resume", "end": "stop", "clear": "clear"}


def sessions(console: Console) -> APIRouter:
    """Routes that need the session service."""
    router = APIRouter()

    @router.post("/api/sessions")
    async def start(body: SessionStart) -> JSONResponse:
        return await _ask(console, body.request(console.desk.client))

    @router.post("/api/treadmills/{treadmill}/{action}")
    async def act(
        treadmill: Annotated[str, Path(pattern=ID_PATTERN)],
        action: Literal["pause", "resume", "end", "clear"],
        body: SessionAction,
    ) -> JSONResponse:
        request = SessionRequest(
            id=body.id, client=console.desk.client, verb=VERBS[action], treadmill=treadmill, by=body.by
        )
        return await _ask(console, request)

    return router


async def _ask(console: Console, request: SessionRequest) -> JSONResponse:
    known = console.floor.treadmill_ids()
    if request.treadmill not in known:
        return _answer(404, request.id, words.unknown_treadmill(request.treadmill, known))
    try:
        reply = await console.desk.ask(request)
    except AskedAlreadyError:
        return _answer(409, request.id, words.asked_already())
    except BusError:
        return _answer(503, request.id, words.not_sent())
    except TimeoutError:
        return _answer(504, request.id, words.no_session_service(REPLY_MAX_S))
    text = reply.text or (words.DONE[request.verb] if reply.ok else reply.cause)
    body = {"ok": reply.ok, "id": reply.id, "session": reply.session, "cause": reply.cause, "text": text}
    return JSONResponse(body, status_code=200 if reply.ok else 409)


def _answer(status: int, id_: str, text: str) -> JSONResponse:
    return JSONResponse({"ok": False, "id": id_, "text": text}, status_code=status)
