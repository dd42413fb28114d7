"""Everybody's accounts, for operators: plain forms. A secret is chosen by its person, whom a link lets in once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console.accounts import words as said
from services.console.auth.model import LINK_MS, Account, SignedInUser
from services.console.auth.page_access import Signature, User
from services.console.auth.roles import Role
from services.console.context import Console
from services.console.pages.sign_in import form_of
from services.members.errors import MembersError
from services.texts.telling import tell

if TYPE_CHECKING:
    from services.console.auth.accounts import AccountStore

AccountId = Annotated[str, Path(pattern="^u-[0-9a-f]{8}$")]
Act = Callable[["AccountStore", Account], str]
"""Does something to an account and says what."""

NO_LINK = ""


def accounts(console: Console) -> APIRouter:
    """Routes of accounts."""
    router = APIRouter()

    @router.get("/accounts", response_class=HTMLResponse)
    async def page(user: User) -> HTMLResponse:
        return await _page(console, user)

    @router.post("/accounts", response_class=HTMLResponse)
    async def add(request: Request, user: User, by: Signature) -> HTMLResponse:
        form = await form_of(request)
        name, role = form.get("name", ""), _role(form)
        if role is None:
            return await _page(console, user, said.role_missing(), 422)

        def added() -> str:
            account = console.members_db.accounts().add(name, role, password=None, by=by)
            return _link(console, request, account)

        try:
            link = await run_in_threadpool(added)
        except MembersError as e:
            return await _page(console, user, tell(e.said), 422)
        except BackstrideError:
            return await _page(console, user, said.away(), 503)
        return await _page(console, user, said.added(name.strip()), link=link)

    @router.post("/accounts/{account}/role", response_class=HTMLResponse)
    async def role(account: AccountId, request: Request, user: User, by: Signature) -> HTMLResponse:
        chosen = _role(await form_of(request))
        if chosen is None:
            return await _page(console, user, said.role_missing(), 422)

        def changed(all_: "AccountStore", whose: Account) -> str:
            all_.set_role(whose.id, chosen, by=by)
            return said.role_changed(whose.name, chosen)

        return await _done(console, user, account, changed)

    @router.post("/accounts/{account}/lock", response_class=HTMLResponse)
    async def lock(account: AccountId, user: User, by: Signature) -> HTMLResponse:
        def locked(all_: "AccountStore", whose: Account) -> str:
            all_.disable(whose.id, by=by)
            return said.locked(whose.name)

        return await _done(console, user, account, locked)

    @router.post("/accounts/{account}/no-pin", response_class=HTMLResponse)
    async def no_pin(account: AccountId, user: User, by: Signature) -> HTMLResponse:
        def taken(all_: "AccountStore", whose: Account) -> str:
            all_.set_pin(whose.id, None, by=by)
            return said.pin_taken(whose.name)

        return await _done(console, user, account, taken)

    @router.post("/accounts/{account}/link", response_class=HTMLResponse)
    async def link(account: AccountId, request: Request, user: User, by: Signature) -> HTMLResponse:
        def reset(all_: "AccountStore", whose: Account) -> str:
            all_.reset(whose.id, by=by)
            return said.linked(whose.name)

        return await _done(console, user, account, reset, lambda: _link(console, request, account))

    return router


def _role(form: dict[str, str]) -> Role | None:
    given = form.get("role", "")
    return Role(given) if given in set(Role) else None


def _link(console: Console, request: Request, account: str) -> str:
    """A link that lets this account in once."""
    key = console.members_db.sign_ins(console.signed_in.time_outs).link(account)
    return console.hosts.link(request, f"/enter/{key}")


async def _done(
    console: Console, user: SignedInUser, account: str, act: Act, then: Callable[[], str] = lambda: NO_LINK
) -> HTMLResponse:
    """Do it to somebody else's account: nobody locks themselves out, so there is always an operator left."""
    if user.id == account:
        return await _page(console, user, said.own_account(), 409)

    def done() -> tuple[str, str]:
        all_ = console.members_db.accounts()
        return act(all_, all_.find(account)), then()

    try:
        text, link = await run_in_threadpool(done)
    except MembersError as e:
        return await _page(console, user, tell(e.said), 422)
    except BackstrideError:
        return await _page(console, user, said.away(), 503)
    return await _page(console, user, text, link=link)


async def _page(
    console: Console, user: SignedInUser, text: str = "", status: int = 200, *, link: str = NO_LINK
) -> HTMLResponse:
    people: tuple[Account, ...] = ()
    try:
        people = await run_in_threadpool(lambda: console.members_db.accounts().all())
    except BackstrideError:
        text, status = said.away(), 503
    shown = console.assets.page(
        "accounts.html",
        site=console.floor.site,
        person=user,
        people=people,
        roles={role.value: said.role_name(role) for role in Role},
        said=text,
        link=link,
        minutes=LINK_MS // 60_000,
    )
    return HTMLResponse(shown, status)
