"""Stops: straight to the units, whatever the body says, with or without the page's script."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from services.console import words
from services.console.accounts.acting import signature
from services.console.bodies import ID_PATTERN
from services.console.context import Console
from services.console.desk import PRESSED


def stops(console: Console) -> APIRouter:
    """Routes that stop belts. They read no body: nothing in it may keep a stop from going out."""
    router = APIRouter()

    @router.post("/api/stop")
    async def stop_all(request: Request) -> Response:
        delivered = await console.desk.stop_all(signature(), PRESSED)
        return _answer(console, request, delivered, console.floor.treadmill_ids(), words.stop_sent())

    @router.post("/api/treadmills/{treadmill}/stop")
    async def stop_one(treadmill: Annotated[str, Path(pattern=ID_PATTERN)], request: Request) -> Response:
        delivered = await console.desk.stop_one(treadmill, signature(), PRESSED)
        return _answer(console, request, delivered, [treadmill], words.stop_sent(treadmill))

    return router


def _answer(
    console: Console, request: Request, delivered: bool, treadmills: list[str], sent: str
) -> Response:
    """Say what became of a stop: as JSON to the page's script, as a page to a bare form."""
    beyond = console.floor.out_of_reach(treadmills, console.clock.now_ms())
    unknown = words.unknown_stop(treadmills, console.floor.treadmill_ids())
    text = words.not_delivered() if not delivered else sent
    if delivered and (unknown or beyond):
        text = f"{sent} {unknown or words.out_of_reach(beyond)}"
    status = 503 if not delivered else 404 if unknown else 200
    alarm = not delivered or bool(beyond)
    if "text/html" in request.headers.get("accept", ""):
        page = console.assets.page("answer.html", text=text, alarm=alarm, words=words)
        return HTMLResponse(page, status_code=status)
    body = {"ok": delivered and not unknown, "alarm": alarm, "text": text, "out_of_reach": beyond}
    return JSONResponse(body, status_code=status)
