"""One's own account: PIN for shared tablets, password, signing out."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console import words
from services.console.accounts import words as said
from services.console.accounts.acting import acting
from services.console.accounts.lobby import WaitError
from services.console.accounts.model import Person
from services.console.context import Console
from services.console.routes.signin import device_of, form_of, let_in
from services.members.errors import MembersError


def account(console: Console) -> APIRouter:
    """Routes of the account that is signed in."""
    router = APIRouter()

    @router.get("/account", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        return _page(console)

    @router.post("/account/pin")
    async def pin(request: Request) -> Response:
        form, person = await form_of(request), acting()
        given = None if "take-away" in form else form.get("pin", "")
        try:
            if person is not None and given is not None:
                refusal = await _unconfirmed(console, request, person, form.get("current", ""))
                if refusal is not None:
                    return refusal
            if person is not None:
                await run_in_threadpool(
                    lambda: console.storeroom.accounts().set_pin(person.id, given, by=person.id)
                )
        except WaitError as e:
            return _page(console, said.wait(e.seconds), 429)
        except MembersError as e:
            return _page(console, str(e), 422)
        except BackstrideError:
            return _page(console, said.away(), 503)
        return _page(console, said.pin_gone() if given is None else said.pin_set())

    @router.post("/account/password")
    async def password(request: Request) -> Response:
        form, person = await form_of(request), acting()
        try:
            key = person and await console.lobby.change_password(
                person.id,
                form.get("current", ""),
                form.get("new", ""),
                device=await device_of(console, request),
            )
        except WaitError as e:
            return _page(console, said.wait(e.seconds), 429)
        except MembersError as e:
            return _page(console, str(e), 422)
        except BackstrideError:
            return _page(console, said.away(), 503)
        return let_in(request, console, key, "/account") if key else _page(console, said.wrong(), 401)

    return router


async def _unconfirmed(console: Console, request: Request, person: Person, password: str) -> Response | None:
    """A PIN opens the account from then on: who found a browser signed in must not be able to choose one."""
    if not person.has_password:
        return _page(console, said.password_first(), 422)
    if not password:
        return _page(console, said.password_for_pin(), 422)
    device = await device_of(console, request)
    right = await console.lobby.confirmed(person.id, password, device=device)
    return None if right is not None else _page(console, said.wrong(), 401)


def _page(console: Console, text: str = "", status: int = 200) -> HTMLResponse:
    person = acting()
    role = "" if person is None else said.role_name(person.role)
    shown = console.assets.page("account.html", person=person, role=role, said=text, words=words)
    return HTMLResponse(shown, status)
