"""What staff ask of the session service. The console decides nothing: it passes on, waits, and says the answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.contract.messages import SessionRequest
from services.console.bodies import ID_PATTERN, SessionAction, SessionStart
from services.console.context import Console
from services.console.routes.asking import ask

Verb = Literal["pause", "resume", "stop", "clear"]
VERBS: dict[str, Verb] = {"pause": "pause", "resume": "resume", "end": "stop", "clear": "clear"}


def sessions(console: Console) -> APIRouter:
    """Routes that need the session service."""
    router = APIRouter()

    @router.post("/api/sessions")
    async def start(body: SessionStart) -> JSONResponse:
        return await ask(console, body.request(console.desk.client))

    @router.post("/api/treadmills/{treadmill}/{action}")
    async def act(
        treadmill: Annotated[str, Path(pattern=ID_PATTERN)],
        action: Literal["pause", "resume", "end", "clear"],
        body: SessionAction,
    ) -> JSONResponse:
        request = SessionRequest(
            id=body.id, client=console.desk.client, verb=VERBS[action], treadmill=treadmill, by=body.by
        )
        return await ask(console, request)

    return router
