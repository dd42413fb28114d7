"""Pages, complete in their first HTML, and the files they are made of."""

from dataclasses import asdict
from functools import cache

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from services.console import words
from services.console.auth.page_access import User
from services.console.context import Console
from services.console.live.tile import Tile
from services.console.live.tile_heart import LIMIT_AT
from services.console.pages.plan_preview import LIMIT_Y, own_previews, previews
from services.texts.languages import speaking, spoken

FOREVER = "public, max-age=31536000, immutable"


def pages(console: Console) -> APIRouter:
    """Routes that only read."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def floor(user: User) -> str:
        return console.assets.page(
            "floor.html",
            person=user,
            view=console.floor.view(console.clock.now_ms()),
            straps=console.floor.strap_ids(),
            blank=Tile(id="@id"),
            words=words,
            previews=_planned(spoken()),
            own=await run_in_threadpool(_own, console),
            limit_at=LIMIT_AT,
            limit_y=LIMIT_Y,
        )

    @router.get("/static/{build}/{name}")
    async def static(build: str, name: str) -> Response:
        file = console.assets.static.get(name)
        if file is None or build != console.assets.build:
            return Response(status_code=404)
        return Response(file.content, media_type=file.media_type, headers={"Cache-Control": FOREVER})

    @router.get("/healthz")
    async def health() -> JSONResponse:
        body = {
            "ok": console.floor.bus,
            "bus": "connected" if console.floor.bus else "lost",
            "site": console.floor.site,
            "build": console.assets.build,
            "treadmills": len(console.floor.machine_ids()),
        }
        return JSONResponse(body, status_code=200 if console.floor.bus else 503)

    return router


@cache
def _planned(language: str) -> dict[str, dict[str, object]]:
    with speaking(language):
        return {cell: asdict(preview) for cell, preview in previews().items()}


def _own(console: Console) -> dict[str, dict[str, dict[str, object]]]:
    """The gym's own programmes, read when a page is asked for: one that was added is there at the next load."""
    found = own_previews(console.own_programmes().values())
    return {cell: {name: asdict(one) for name, one in each.items()} for cell, each in found.items()}
