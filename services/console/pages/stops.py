"""Stops: straight to the units, whatever the body says, with or without the page's script."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from services.console import words
from services.console.auth.page_access import Signature
from services.console.bodies.fields import ID_PATTERN
from services.console.context import Console
from services.console.stop_answers import PRESSED, StopAnswer, stop


def stops(console: Console) -> APIRouter:
    """Routes that stop belts. They read no body: nothing in it may keep a stop from going out."""
    router = APIRouter()

    @router.post("/api/stop")
    async def stop_all(request: Request, by: Signature) -> Response:
        return _answer(console, request, await stop(console, by, PRESSED))

    @router.post("/api/treadmills/{treadmill}/stop")
    async def stop_one(
        treadmill: Annotated[str, Path(pattern=ID_PATTERN)], request: Request, by: Signature
    ) -> Response:
        return _answer(console, request, await stop(console, by, PRESSED, treadmill))

    return router


def _answer(console: Console, request: Request, answer: StopAnswer) -> Response:
    """As JSON to the page's script, as a page to a bare form."""
    if "text/html" in request.headers.get("accept", ""):
        page = console.assets.page("answer.html", text=answer.text, alarm=answer.alarm, words=words)
        return HTMLResponse(page, status_code=answer.status)
    return told(answer)


def told(answer: StopAnswer) -> JSONResponse:
    """As a page's script reads it."""
    body = {
        "ok": answer.ok,
        "alarm": answer.alarm,
        "text": answer.text,
        "out_of_reach": answer.out_of_reach,
    }
    return JSONResponse(body, status_code=answer.status)
