"""The web application: routes behind the guard. API pages that load their scripts from elsewhere are off."""

from typing import cast

from fastapi import Depends, FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from services.console.api.app import make_api
from services.console.auth.home_access import HomeAccess
from services.console.auth.page_access import NoEntryError, NoFeedError, PageAccess, no_entry, no_feed
from services.console.auth.permissions import API, HOME_ROWS, rows_of, rows_of_site
from services.console.bodies.complaint import complaint
from services.console.context import Console
from services.console.middleware.locale import LocaleMiddleware
from services.console.middleware.request_limits import RequestLimits
from services.console.middleware.request_time import RequestTime
from services.console.pages.account import account
from services.console.pages.accounts import accounts
from services.console.pages.board import board
from services.console.pages.calendar import calendar
from services.console.pages.classes import classes
from services.console.pages.consents import consents
from services.console.pages.drill import drill
from services.console.pages.failures import tell_failures
from services.console.pages.floor import pages
from services.console.pages.home import home
from services.console.pages.home_app import home_app
from services.console.pages.home_data import home_data
from services.console.pages.home_door import home_door
from services.console.pages.home_passkey import home_passkey
from services.console.pages.homes import homes
from services.console.pages.levels import levels
from services.console.pages.live import live
from services.console.pages.machines import machines
from services.console.pages.member import member
from services.console.pages.members import members
from services.console.pages.newcomers import newcomers
from services.console.pages.next_day import next_day
from services.console.pages.operator import operator
from services.console.pages.out_of_use import out_of_use
from services.console.pages.outcomes import outcomes
from services.console.pages.past import past
from services.console.pages.prescriptions import prescriptions
from services.console.pages.releases import releases
from services.console.pages.reports import reports
from services.console.pages.security_txt import security_txt
from services.console.pages.sessions import sessions
from services.console.pages.sign_in import signin
from services.console.pages.stops import stops
from services.console.pages.straps import straps
from services.console.pages.today import today
from services.console.pages.treadmill import treadmill
from services.console.pages.trust import trust
from services.texts.telling import tell

COMPRESSED_FROM_BYTES = 1_000


def make_app(console: Console) -> ASGIApp:
    """The console as an ASGI application."""
    table = rows_of_site(clinic=console.clinic)
    access = PageAccess(table, console.signed_in, HomeAccess(console.members_db, console.homes_open_for))
    app = FastAPI(
        title="Backstride console",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(access)],
    )
    app.state.access = access
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(HTTPException, _unread)
    app.add_exception_handler(NoEntryError, no_entry)
    app.add_exception_handler(NoFeedError, no_feed)
    tell_failures(app, console)
    routers = (
        treadmill(console),
        signin(console),
        account(console),
        accounts(console),
        pages(console),
        past(console),
        operator(console),
        machines(console),
        drill(console),
        releases(console),
        live(console),
        board(console),
        member(console),
        next_day(console),
        home_door(console),
        home(console),
        home_app(console),
        home_data(console),
        home_passkey(console),
        homes(console),
        prescriptions(console),
        consents(console),
        today(console),
        calendar(console),
        reports(console),
        outcomes(console),
        members(console),
        levels(console),
        newcomers(console),
        stops(console),
        sessions(console),
        classes(console),
        straps(console),
        out_of_use(console),
        trust(console),
        security_txt(console),
    )
    if strange := rows_of(routers) - set(table) - HOME_ROWS:
        raise KeyError(f"routes without a row in the table of permissions: {sorted(strange)}")
    for router in routers:
        app.include_router(router)
    app.mount(API, make_api(console))
    small = GZipMiddleware(LocaleMiddleware(app), minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5)
    guarded = RequestLimits(small, console.hosts)
    return RequestTime(guarded, console.clock, console.punctual)


async def _refuse(request: Request, error: Exception) -> Response:
    if (unasked := await _unasked(request)) is not None:
        return unasked
    field, text = complaint(cast("RequestValidationError", error).errors())
    return JSONResponse({"ok": False, "field": field, "text": tell(text)}, status_code=422)


async def _unread(request: Request, error: Exception) -> Response:
    """FastAPI's 400 for a body that it cannot read is not for who may not send one; the rest is as ever."""
    refused = cast("HTTPException", error)
    if refused.status_code == 400 and (unasked := await _unasked(request)) is not None:
        return unasked
    return await http_exception_handler(request, refused)


async def _unasked(request: Request) -> Response | None:
    access: PageAccess = request.app.state.access
    try:
        await access.first(request)
    except NoEntryError as e:
        return e.answer
    return None
