"""The operator's page: machines and services, nothing of members."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.console import words
from services.console.accounts.acting import acting
from services.console.context import Console
from services.console.operator.board import operator_view


def operator(console: Console) -> APIRouter:
    """Routes of the operator."""
    router = APIRouter()

    @router.get("/operator", response_class=HTMLResponse)
    async def page() -> str:
        view = operator_view(console.floor, console.clock.now_ms(), console.clock.wall_ms())
        return console.assets.page(
            "operator.html", site=console.floor.site, view=view, words=words, person=acting()
        )

    return router
