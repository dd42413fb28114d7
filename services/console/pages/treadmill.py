"""A treadmill's own page: its name and place, out of use and back, and that it was checked. Plain forms."""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from device_adapters.contract import bounds
from device_adapters.errors import StorageError
from services.console import hearing, words
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import User
from services.console.bodies.fields import ID_PATTERN, SAID
from services.console.context import Console
from services.console.labels import LabelError
from services.console.operator import things
from services.console.pages.sign_in import form_of

Treadmill = Annotated[str, Path(pattern=ID_PATTERN)]


def treadmill(console: Console) -> APIRouter:
    """Routes of the page."""
    router = APIRouter()

    @router.get("/treadmills/{treadmill}", response_class=HTMLResponse)
    async def page(treadmill: Treadmill, user: User) -> Response:
        return await _page(console, user, treadmill)

    @router.post("/treadmills/{treadmill}/label")
    async def label(treadmill: Treadmill, request: Request, user: User) -> Response:
        form = await form_of(request)
        name, place = form.get("name", ""), form.get("place", "")
        return await _done(console, user, treadmill, lambda: console.labels.give(treadmill, name, place))

    @router.post("/treadmills/{treadmill}/out-of-use")
    async def out_of_use(treadmill: Treadmill, request: Request, user: User) -> Response:
        why = " ".join((await form_of(request)).get("why", "").split())[: bounds.TEXT_MAX]
        if not re.match(SAID, why):
            return await _page(console, user, treadmill, words.why_missing(), 422)
        console.out_of_use.known({user.signature: user.name})
        now_ms = console.clock.wall_ms()
        return await _done(
            console, user, treadmill, lambda: console.out_of_use.mark(treadmill, why, user.signature, now_ms)
        )

    @router.post("/treadmills/{treadmill}/in-use")
    async def in_use(treadmill: Treadmill, user: User) -> Response:
        return await _done(console, user, treadmill, lambda: console.out_of_use.unmark(treadmill))

    @router.post("/treadmills/{treadmill}/checked")
    async def checked(treadmill: Treadmill, user: User) -> Response:
        console.defects.checked(treadmill, user.signature, console.clock.wall_ms())
        return await _done(console, user, treadmill, lambda: None)

    return router


async def _done(console: Console, user: SignedInUser, treadmill: str, act: Callable[[], None]) -> Response:
    """Do it, and show the page anew: reloading it does nothing twice."""
    if not await hearing.machine(console, treadmill):
        return await _page(console, user, treadmill)
    try:
        await asyncio.to_thread(act)
    except LabelError as e:
        return await _page(console, user, treadmill, str(e), 422)
    except StorageError as e:
        return await _page(console, user, treadmill, str(e), 503)
    return RedirectResponse(f"/treadmills/{treadmill}", 303)


async def _page(
    console: Console, user: SignedInUser, treadmill: str, said: str = "", status: int = 200
) -> HTMLResponse:
    if not await hearing.machine(console, treadmill):
        known, new = console.floor.machine_ids(), hearing.is_new(console)
        text = words.unknown_treadmill(treadmill, known, new=new)
        return HTMLResponse(console.assets.page("answer.html", text=text, alarm=False, words=words), 404)
    facts, ledger = console.floor.facts(treadmill), console.floor.ledger
    state = facts.state if facts is not None else None
    today = things.today_of(console.clock.wall_ms())
    shown = console.assets.page(
        "treadmill.html",
        site=console.floor.site,
        person=user,
        words=words,
        id=treadmill,
        label=ledger.label(treadmill),
        out_of_use=ledger.out_of_use(treadmill),
        defect=ledger.defect(treadmill, state.commissioned if state is not None else ""),
        card=None if state is None else things.of_ledger(ledger, state, today),
        said=said,
        places=console.labels.places(),
    )
    return HTMLResponse(shown, status)
