"""The web application: routes behind the guard. API pages that load their scripts from elsewhere are off."""

from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from services.console.accounts.entrance import Entrance
from services.console.accounts.table import rows_of_site
from services.console.api.app import make_api
from services.console.asked import Asked
from services.console.bodies import complaint
from services.console.context import Console
from services.console.guard import Guard
from services.console.interpreter import Interpreter
from services.console.routes.account import account
from services.console.routes.accounts import accounts
from services.console.routes.board import board
from services.console.routes.levels import levels
from services.console.routes.live import live
from services.console.routes.member import member
from services.console.routes.members import members
from services.console.routes.newcomers import newcomers
from services.console.routes.operator import operator
from services.console.routes.pages import pages
from services.console.routes.past import past
from services.console.routes.sessions import sessions
from services.console.routes.signin import signin
from services.console.routes.stops import stops
from services.console.routes.straps import straps

COMPRESSED_FROM_BYTES = 1_000


def make_app(console: Console) -> ASGIApp:
    """The console as an ASGI application."""
    app = FastAPI(title="Backstride console", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(RequestValidationError, _refuse)
    routers = (
        signin(console),
        account(console),
        accounts(console),
        pages(console),
        past(console),
        operator(console),
        live(console),
        board(console),
        member(console),
        members(console),
        levels(console),
        newcomers(console),
        stops(console),
        sessions(console),
        straps(console),
    )
    for router in routers:
        app.include_router(router)
    app.mount("/api/v1", make_api(console))
    routes = [route for router in routers for route in router.routes]
    inside = Interpreter(Entrance(app, routes, rows_of_site(clinic=console.clinic), console.door))
    guarded = Guard(
        GZipMiddleware(inside, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5), console.hosts
    )
    return Asked(guarded, console.clock, console.punctual)


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    field, text = complaint(cast("RequestValidationError", error).errors())
    return JSONResponse({"ok": False, "field": field, "text": text}, status_code=422)
