"""What staff ask of the session service. The console decides nothing: it passes on, waits, and says the answer."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.contract.messages import SessionVerb
from services.console.bodies import (
    ID_PATTERN,
    SessionAction,
    SessionClear,
    SessionExertion,
    SessionLimit,
    SessionNote,
    SessionStart,
)
from services.console.context import Console
from services.console.routes.asking import ask

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
    async def start(body: SessionStart) -> JSONResponse:
        return await ask(console, body.request(console.desk.client))

    @router.post("/api/treadmills/{treadmill}/adjust")
    async def adjust(treadmill: Treadmill, body: SessionLimit) -> JSONResponse:
        return await ask(console, body.request(console.desk.client, "adjust", treadmill))

    @router.post("/api/treadmills/{treadmill}/clear")
    async def clear(treadmill: Treadmill, body: SessionClear) -> JSONResponse:
        return await ask(console, body.request(console.desk.client, "clear", treadmill))

    @router.post("/api/treadmills/{treadmill}/rpe")
    async def rpe(treadmill: Treadmill, body: SessionExertion) -> JSONResponse:
        return await ask(console, body.request(console.desk.client, "rpe", treadmill))

    for action, verb in RECORDS.items():
        _record(console, router, action, verb)
    for plain, verb in VERBS.items():
        _plain(console, router, plain, verb)

    return router


def _record(console: Console, router: APIRouter, action: str, verb: SessionVerb) -> None:
    @router.post(f"/api/treadmills/{{treadmill}}/{action}", name=action)
    async def record(treadmill: Treadmill, body: SessionNote) -> JSONResponse:
        return await ask(console, body.request(console.desk.client, verb, treadmill))


def _plain(console: Console, router: APIRouter, action: str, verb: SessionVerb) -> None:
    @router.post(f"/api/treadmills/{{treadmill}}/{action}", name=action)
    async def act(treadmill: Treadmill, body: SessionAction) -> JSONResponse:
        return await ask(console, body.request(console.desk.client, verb, treadmill))
