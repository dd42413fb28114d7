"""What staff ask of the session service. The console decides nothing: it passes on, waits, and says the answer."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.contract.messages import SessionVerb
from services.console.auth.page_access import Signature
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.session import (
    SessionAction,
    SessionClear,
    SessionExertion,
    SessionFeedback,
    SessionLimit,
    SessionNote,
    SessionStart,
)
from services.console.context import Console
from services.console.session_answers import SessionAnswer, ask

Treadmill = Annotated[str, Path(pattern=ID_PATTERN)]
VERBS: dict[str, SessionVerb] = {
    "pause": "pause",
    "resume": "resume",
    "end": "stop",
    "skip": "skip",
    "repeat": "repeat",
    "done": "done",
    "slower": "slower",
    "present": "present",
}
"""Verbs that need no more than who asks, by their words in the path."""

RECORDS: dict[str, SessionVerb] = {"note": "note", "near-miss": "near_miss"}


def sessions(console: Console) -> APIRouter:
    """Routes that need the session service."""
    router = APIRouter()

    @router.post("/api/sessions")
    async def start(body: SessionStart, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request("start", body.treadmill, by)))

    @router.post("/api/treadmills/{treadmill}/adjust")
    async def adjust(treadmill: Treadmill, body: SessionLimit, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request("adjust", treadmill, by)))

    @router.post("/api/treadmills/{treadmill}/clear")
    async def clear(treadmill: Treadmill, body: SessionClear, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request("clear", treadmill, by)))

    @router.post("/api/treadmills/{treadmill}/rpe")
    async def rpe(treadmill: Treadmill, body: SessionExertion, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request("rpe", treadmill, by)))

    @router.post("/api/treadmills/{treadmill}/feedback")
    async def feedback(treadmill: Treadmill, body: SessionFeedback, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request("feedback", treadmill, by)))

    for action, verb in RECORDS.items():
        _record(console, router, action, verb)
    for plain, verb in VERBS.items():
        _plain(console, router, plain, verb)

    return router


def answered(answer: SessionAnswer) -> JSONResponse:
    """As a page's script reads it."""
    body = {
        "ok": answer.ok,
        "id": answer.id,
        "session": answer.session,
        "cause": answer.cause,
        "text": answer.text,
    }
    return JSONResponse(body, status_code=answer.status)


def _record(console: Console, router: APIRouter, action: str, verb: SessionVerb) -> None:
    @router.post(f"/api/treadmills/{{treadmill}}/{action}", name=action)
    async def record(treadmill: Treadmill, body: SessionNote, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request(verb, treadmill, by)))


def _plain(console: Console, router: APIRouter, action: str, verb: SessionVerb) -> None:
    @router.post(f"/api/treadmills/{{treadmill}}/{action}", name=action)
    async def act(treadmill: Treadmill, body: SessionAction, by: Signature) -> JSONResponse:
        return answered(await ask(console, body.request(verb, treadmill, by)))
