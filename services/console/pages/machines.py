"""The machine book: what each treadmill did, and its service. Plain forms; to be printed."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.contract.bounds import SERVICE_EVERY_H_MAX
from device_adapters.contract.keys import fields
from device_adapters.contract.phrase import Phrase
from device_adapters.errors import StorageError
from services.console import words
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import User
from services.console.bodies.complaint import GIVEN_MAX
from services.console.bodies.fields import ID_PATTERN
from services.console.context import Console
from services.console.operator import machines as pictures
from services.console.pages.sign_in import form_of
from services.rules.whole import whole
from services.texts.telling import tell

Treadmill = Annotated[str, Path(pattern=ID_PATTERN)]


def machines(console: Console) -> APIRouter:
    """Routes of the book."""
    router = APIRouter()

    @router.get("/operator/machines", response_class=HTMLResponse)
    async def page(user: User) -> HTMLResponse:
        return _page(console, user)

    @router.post("/operator/machines/{treadmill}/service")
    async def service(treadmill: Treadmill, request: Request, user: User) -> Response:
        """`every_h`: after so many hours; `done`: it was serviced today."""
        form = await form_of(request)
        if treadmill not in console.floor.machine_ids():
            known = console.floor.machine_ids()
            return _page(console, user, words.unknown_treadmill(treadmill, known, new=False), 404)
        if "done" in form:
            console.machine_book.serviced(treadmill, user.signature)
        else:
            hours = whole(given := form.get("every_h", ""))
            if hours is None or hours > SERVICE_EVERY_H_MAX:
                return _page(console, user, tell(_no_hours(given)), 422)
            console.machine_book.service_every(treadmill, hours)
        try:
            await asyncio.to_thread(console.machine_book.keep)
        except StorageError as e:
            return _page(console, user, str(e), 503)
        return RedirectResponse("/operator/machines", 303)

    return router


def _no_hours(given: str) -> Phrase:
    wrong = fields.above_most(SERVICE_EVERY_H_MAX) if given.isdecimal() else fields.no_whole_number()
    return fields.field_given(
        "every_h", repr(given)[:GIVEN_MAX], wrong, fields.give_number(0, SERVICE_EVERY_H_MAX)
    )


def _page(console: Console, user: SignedInUser, said: str = "", status: int = 200) -> HTMLResponse:
    book = console.machine_book
    shown = console.assets.page(
        "machines.html",
        site=console.floor.site,
        person=user,
        words=words,
        said=said,
        cards=pictures.cards(console.floor, book.of),
        entry=book.of,
        label=console.floor.ledger.label,
        hours_max=SERVICE_EVERY_H_MAX,
    )
    return HTMLResponse(shown, status)
