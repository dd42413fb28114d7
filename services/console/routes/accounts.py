"""Everybody's accounts, for operators: plain forms. A secret is chosen by its person, whom a link lets in once."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console.accounts import words as said
from services.console.accounts.accounts import Accounts
from services.console.accounts.acting import acting, signature
from services.console.accounts.model import Account
from services.console.accounts.sign_ins import LINK_MS
from services.console.context import Console
from services.console.roles import Role
from services.console.routes.signin import form_of
from services.members.errors import MembersError

AccountId = Annotated[str, Path(pattern="^u-[0-9a-f]{8}$")]
Act = Callable[[Accounts, Account], str]
"""Does something to an account and says what."""

NO_LINK = ""


def accounts(console: Console) -> APIRouter:
    """Routes of accounts."""
    router = APIRouter()

    @router.get("/accounts", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        return await _page(console)

    @router.post("/accounts", response_class=HTMLResponse)
    async def add(request: Request) -> HTMLResponse:
        form = await form_of(request)
        name, role = form.get("name", ""), _role(form)
        if role is None:
            return await _page(console, said.role_missing(), 422)

        def added() -> str:
            account = console.storeroom.accounts().add(name, role, password=None, by=signature())
            return _link(console, request, account)

        try:
            link = await run_in_threadpool(added)
        except MembersError as e:
            return await _page(console, str(e), 422)
        except BackstrideError:
            return await _page(console, said.away(), 503)
        return await _page(console, said.added(name.strip()), link=link)

    @router.post("/accounts/{account}/role", response_class=HTMLResponse)
    async def role(account: AccountId, request: Request) -> HTMLResponse:
        chosen = _role(await form_of(request))
        if chosen is None:
            return await _page(console, said.role_missing(), 422)

        def changed(all_: Accounts, whose: Account) -> str:
            all_.set_role(whose.id, chosen, by=signature())
            return said.role_changed(whose.name, chosen)

        return await _done(console, account, changed)

    @router.post("/accounts/{account}/lock", response_class=HTMLResponse)
    async def lock(account: AccountId) -> HTMLResponse:
        def locked(all_: Accounts, whose: Account) -> str:
            all_.disable(whose.id, by=signature())
            return said.locked(whose.name)

        return await _done(console, account, locked)

    @router.post("/accounts/{account}/no-pin", response_class=HTMLResponse)
    async def no_pin(account: AccountId) -> HTMLResponse:
        def taken(all_: Accounts, whose: Account) -> str:
            all_.set_pin(whose.id, None, by=signature())
            return said.pin_taken(whose.name)

        return await _done(console, account, taken)

    @router.post("/accounts/{account}/link", response_class=HTMLResponse)
    async def link(account: AccountId, request: Request) -> HTMLResponse:
        def reset(all_: Accounts, whose: Account) -> str:
            all_.reset(whose.id, by=signature())
            return said.linked(whose.name)

        return await _done(console, account, reset, lambda: _link(console, request, account))

    return router


def _role(form: dict[str, str]) -> Role | None:
    given = form.get("role", "")
    return Role(given) if given in set(Role) else None


def _link(console: Console, request: Request, account: str) -> str:
    """A link that lets this account in once."""
    key = console.storeroom.sign_ins(console.door.time_outs).link(account)
    return console.hosts.link(request, f"/enter/{key}")


async def _done(
    console: Console, account: str, act: Act, then: Callable[[], str] = lambda: NO_LINK
) -> HTMLResponse:
    """Do it to somebody else's account: nobody locks themselves out, so there is always an operator left."""
    person = acting()
    if person is None or person.id == account:
        return await _page(console, said.own_account(), 409)

    def done() -> tuple[str, str]:
        all_ = console.storeroom.accounts()
        return act(all_, all_.find(account)), then()

    try:
        text, link = await run_in_threadpool(done)
    except MembersError as e:
        return await _page(console, str(e), 422)
    except BackstrideError:
        return await _page(console, said.away(), 503)
    return await _page(console, text, link=link)


async def _page(console: Console, text: str = "", status: int = 200, *, link: str = NO_LINK) -> HTMLResponse:
    people: tuple[Account, ...] = ()
    try:
        people = await run_in_threadpool(lambda: console.storeroom.accounts().all())
    except BackstrideError:
        text, status = said.away(), 503
    shown = console.assets.page(
        "accounts.html",
        site=console.floor.site,
        person=acting(),
        people=people,
        roles={role.value: said.role_name(role) for role in Role},
        said=text,
        link=link,
        minutes=LINK_MS // 60_000,
    )
    return HTMLResponse(shown, status)
