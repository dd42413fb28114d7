"""The operator's page: machines and services, nothing of members."""

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from device_adapters.errors import BusError, StorageError
from services.console import words
from services.console.auth.page_access import User
from services.console.context import Console
from services.console.languages import say
from services.console.operator.board import operator_view


def operator(console: Console) -> APIRouter:
    """Routes of the operator."""
    router = APIRouter()

    @router.get("/operator", response_class=HTMLResponse)
    async def page(user: User) -> str:
        view = operator_view(console.floor, console.clock.now_ms(), console.clock.wall_ms())
        told = console.floor.alerts is not None
        return console.assets.page(
            "operator.html", site=console.floor.site, view=view, words=words, person=user, told=told
        )

    @router.get("/operator/support.zip")
    async def support() -> Response:
        try:
            made = await console.support_file()
        except StorageError as e:
            return PlainTextResponse(str(e), 503)
        day = datetime.fromtimestamp(console.clock.wall_ms() / 1000, UTC)
        named = f'attachment; filename="backstride-support-{day:%Y%m%d-%H%M}.zip"'
        return Response(made, media_type="application/zip", headers={"Content-Disposition": named})

    @router.post("/operator/alerts/test")
    async def test() -> JSONResponse:
        try:
            said = await console.alerts.test()
        except (BusError, TimeoutError):
            return JSONResponse({"ok": False, "text": say("No answer from the alert service.")}, 503)
        text = say(
            "{taken} of {targets} took the test.", taken=said.taken, targets=said.taken + len(said.failing)
        )
        return JSONResponse({"ok": not said.failing, "text": text})

    return router
