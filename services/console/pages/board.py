"""The class board: a page for a television on the wall."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.console import words
from services.console.context import Console
from services.console.live.board import board_picture


def board(console: Console) -> APIRouter:
    """Routes of the board."""
    router = APIRouter()

    @router.get("/board", response_class=HTMLResponse)
    async def page() -> str:
        now_ms, floor = console.clock.now_ms(), console.floor
        view = floor.view(now_ms)
        led = floor.heard_class.now(now_ms)
        picture = board_picture(view.machines, floor.sessions(), bus=view.bus, led=led)
        return console.assets.page("board.html", site=view.site, picture=picture, words=words)

    return router
