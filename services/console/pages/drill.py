"""The drill: a treadmill that is not there, begun, broken and ended by staff. Plain forms."""

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.drill import FAULTS, MINUTES, RIGHT
from services.console.auth.page_access import User
from services.console.context import Console
from services.console.pages.sign_in import form_of

log = structlog.get_logger("console")


def drill(console: Console) -> APIRouter:
    """Routes of the page."""
    router = APIRouter()

    @router.get("/drill", response_class=HTMLResponse)
    async def page(user: User) -> str:
        return console.assets.page(
            "drill.html",
            site=console.floor.site,
            person=user,
            drills=console.drills,
            minutes=MINUTES,
            right=RIGHT,
        )

    @router.post("/drill/begin")
    async def begin(user: User) -> Response:
        if console.drills.there:
            log.info("drill", by=user.signature)
            await console.drills.begin()
        return RedirectResponse("/drill", 303)

    @router.post("/drill/fault")
    async def fault(request: Request) -> Response:
        word = (await form_of(request)).get("word", "")
        if word in (*FAULTS, RIGHT):
            console.drills.tell(word)
        return RedirectResponse("/drill", 303)

    @router.post("/drill/end")
    async def end() -> Response:
        await console.drills.end()
        return RedirectResponse("/drill", 303)

    return router
