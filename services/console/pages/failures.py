"""What went wrong behind a page, in words on a page: nobody has this id, or a store does not answer now."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from device_adapters.errors import BackstrideError
from services.console.accounts import home_words
from services.console.context import Console
from services.console.pages.home import show
from services.console.pages.store_pages import not_there
from services.console.past import sayings
from services.members.errors import UnknownMemberError

log = structlog.get_logger("console")


def tell_failures(app: FastAPI, console: Console) -> None:
    """For all pages: routes catch only what they answer otherwise."""

    def told(request: Request, status: int, text: str) -> Response:
        if request.scope["path"].startswith("/api/"):
            return JSONResponse({"ok": False, "text": text}, status)
        return not_there(console, getattr(request.state, "person", None), status, text)

    async def unknown(request: Request, error: Exception) -> Response:
        if hasattr(request.state, "home"):
            return await away(request, error)
        return told(request, 404, sayings.no_member())

    async def away(request: Request, error: Exception) -> Response:
        log.warning("page_unavailable", why=str(error) or "no answer")
        if hasattr(request.state, "home"):
            return show(console, request.state.home, "home_over.html", 503, said=home_words.away())
        return told(request, 503, sayings.away())

    app.add_exception_handler(UnknownMemberError, unknown)
    app.add_exception_handler(BackstrideError, away)
    app.add_exception_handler(TimeoutError, away)
