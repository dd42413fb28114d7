"""One's own account: PIN for shared tablets, password, signing out."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console import words
from services.console.accounts import words as said
from services.console.auth.login import WaitError
from services.console.auth.model import SignedInUser
from services.console.auth.page_access import User
from services.console.context import Console
from services.console.pages.sign_in import device_of, form_of, let_in
from services.members.errors import MembersError
from services.texts.telling import tell


def account(console: Console) -> APIRouter:
    """Routes of the account that is signed in."""
    router = APIRouter()

    @router.get("/account", response_class=HTMLResponse)
    async def page(user: User) -> HTMLResponse:
        return _page(console, user)

    @router.post("/account/pin")
    async def pin(request: Request, user: User) -> Response:
        form = await form_of(request)
        given = None if "take-away" in form else form.get("pin", "")
        try:
            if given is not None:
                refusal = await _unconfirmed(console, request, user, form.get("current", ""))
                if refusal is not None:
                    return refusal
            await run_in_threadpool(lambda: console.members_db.accounts().set_pin(user.id, given, by=user.id))
        except WaitError as e:
            return _page(console, user, said.wait(e.seconds), 429)
        except MembersError as e:
            return _page(console, user, tell(e.said), 422)
        except BackstrideError:
            return _page(console, user, said.away(), 503)
        return _page(console, user, said.pin_gone() if given is None else said.pin_set())

    @router.post("/account/password")
    async def password(request: Request, user: User) -> Response:
        form = await form_of(request)
        try:
            key = await console.login.change_password(
                user.id,
                form.get("current", ""),
                form.get("new", ""),
                device=await device_of(console, request),
            )
        except WaitError as e:
            return _page(console, user, said.wait(e.seconds), 429)
        except MembersError as e:
            return _page(console, user, tell(e.said), 422)
        except BackstrideError:
            return _page(console, user, said.away(), 503)
        return let_in(request, console, key, "/account") if key else _page(console, user, said.wrong(), 401)

    return router


async def _unconfirmed(
    console: Console, request: Request, user: SignedInUser, password: str
) -> Response | None:
    """A PIN opens the account from then on: who found a browser signed in must not be able to choose one."""
    if not user.has_password:
        return _page(console, user, said.password_first(), 422)
    if not password:
        return _page(console, user, said.password_for_pin(), 422)
    device = await device_of(console, request)
    right = await console.login.confirmed(user.id, password, device=device)
    return None if right is not None else _page(console, user, said.wrong(), 401)


def _page(console: Console, user: SignedInUser, text: str = "", status: int = 200) -> HTMLResponse:
    role = said.role_name(user.role)
    shown = console.assets.page("account.html", person=user, role=role, said=text, words=words)
    return HTMLResponse(shown, status)
