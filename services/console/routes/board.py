"""The class board: a page for a television on the wall."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.console import words
from services.console.board import board_picture
from services.console.context import Console


def board(console: Console) -> APIRouter:
    """Routes of the board."""
    router = APIRouter()

    @router.get("/board", response_class=HTMLResponse)
    async def page() -> str:
        view = console.floor.view(console.clock.now_ms())
        picture = board_picture(view.tiles, console.floor.sessions(), bus=view.bus)
        return console.assets.page("board.html", site=view.site, picture=picture, words=words)

    return router
