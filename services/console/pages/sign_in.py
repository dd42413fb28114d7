"""Signing in and out: PIN pad, name and password, one-time links. Plain forms: they work without a script."""

import re
from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console import words
from services.console.accounts import words as said
from services.console.auth.known_devices import COOKIE as DEVICE_COOKIE
from services.console.auth.known_devices import HOLDS_S, SignInDevice
from services.console.auth.login import WaitError
from services.console.auth.model import TABLET_MS, Account
from services.console.auth.passwords import key_hash
from services.console.auth.signed_in import COOKIE, TABLET_COOKIE, cookie
from services.console.context import Console
from services.console.middleware.hosts import by_tls
from services.members.errors import MembersError
from services.networks import network_of
from services.texts.telling import tell

FIELDS_MAX = 10
LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,300}")
Key = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$")]


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; the guard has bounded the body."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        return {}


def local(address: str) -> str:
    """`address` if it is a path of this console, else the floor: a sign-in never leads to another site."""
    return address if LOCAL.fullmatch(address) else "/"


def let_in(request: Request, console: Console, key: str, to: str) -> RedirectResponse:
    """On to the page, with the cookie of the sign-in."""
    answer = RedirectResponse(to, 303)
    keep(answer, request, COOKIE, key, console.signed_in.time_outs.absolute_ms // 1000)
    return answer


def keep(answer: Response, request: Request, name: str, key: str, seconds: int) -> None:
    """A cookie that no script reads and no other site sends; Secure where the browser came by TLS."""
    tls = by_tls(request)
    answer.set_cookie(name, key, max_age=seconds, path="/", secure=tls, httponly=True, samesite="strict")


async def device_of(console: Console, request: Request) -> SignInDevice:
    """From where somebody tries to sign in. StorageError: whether it is an enrolled tablet cannot be known."""
    tablet = cookie(request.headers, TABLET_COOKIE)
    id_, accounts = console.devices.read(cookie(request.headers, DEVICE_COOKIE))
    return SignInDevice(
        network=network_of(request.client.host if request.client is not None else ""),
        tablet=key_hash(tablet) if await _on_tablet(console, request) else "",
        id=id_,
        accounts=accounts,
    )


def signin(console: Console) -> APIRouter:
    """Routes of the door."""
    router = APIRouter()

    @router.get("/signin", response_class=HTMLResponse)
    async def page(request: Request, next: str = "/", by: str = "") -> Response:
        """Whoever is signed in already, and comes by the browser's Back, goes on."""
        if not by and await _signed_in(console, request):
            return RedirectResponse(local(next), 303)
        return await _page(console, request, next, by_password=by == "password")

    @router.post("/signin")
    async def by_password(request: Request) -> Response:
        form = await form_of(request)
        to = local(form.get("next", ""))
        try:
            key = await console.login.by_password(
                form.get("name", ""),
                form.get("password", ""),
                device=await device_of(console, request),
                before=_key(request),
            )
            if key is None:
                return await _page(console, request, to, said.wrong(), 401, by_password=True)
            answer = let_in(request, console, key, to)
            known = console.devices.with_account(
                cookie(request.headers, DEVICE_COOKIE), form.get("name", "").strip()[:40]
            )
            keep(answer, request, DEVICE_COOKIE, known, HOLDS_S)
            if "tablet" in form:
                tablet = await _enrolled(console, key)
                keep(answer, request, TABLET_COOKIE, tablet, TABLET_MS // 1000)
        except WaitError as e:
            return await _page(console, request, to, said.wait(e.seconds), 429, by_password=True)
        except BackstrideError:
            return await _page(console, request, to, said.away(), 503, by_password=True)
        return answer

    @router.post("/signin/pin")
    async def by_pin(request: Request) -> Response:
        form = await form_of(request)
        to = local(form.get("next", ""))
        try:
            device = await device_of(console, request)
            if not device.tablet:
                return await _page(console, request, to, said.no_tablet(), 401, by_password=True)
            key = await console.login.by_pin(
                form.get("account", ""), form.get("pin", ""), device=device, before=_key(request)
            )
        except WaitError as e:
            return await _page(console, request, to, said.wait(e.seconds), 429)
        except BackstrideError:
            return await _page(console, request, to, said.away(), 503)
        if key is None:
            return await _page(console, request, to, said.wrong_pin(), 401)
        return let_in(request, console, key, to)

    @router.post("/signout")
    async def sign_out(request: Request) -> Response:
        key = _key(request)
        if key:
            await console.signed_in.leave(key)
        answer = RedirectResponse("/signin", 303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    _links(console, router)
    return router


def _links(console: Console, router: APIRouter) -> None:
    """A link is looked at by GET and used by POST: whatever fetches it ahead uses nothing up."""

    @router.get("/enter/{key}", response_class=HTMLResponse)
    async def enter_page(key: Key) -> str:
        return console.assets.page("enter.html", key=key, words=words)

    @router.post("/enter/{key}")
    async def enter(key: Key, request: Request) -> Response:
        try:
            opened = await console.login.by_link(key, before=_key(request))
        except BackstrideError:
            return await _page(console, request, "/", said.away(), 503, by_password=True)
        if opened is None:
            return await _page(console, request, "/", said.link_over(), 401, by_password=True)
        person = await console.signed_in.person(opened, active=True)
        chosen = person is None or person.has_password
        return let_in(request, console, opened, "/" if chosen else "/account")

    @router.get("/setup/{key}", response_class=HTMLResponse)
    async def setup_page(key: Key) -> str:
        return console.assets.page("setup.html", key=key, words=words, said="", name="")

    @router.post("/setup/{key}")
    async def set_up(key: Key, request: Request) -> Response:
        form = await form_of(request)
        name = form.get("name", "")
        try:
            opened = await console.login.first_account(
                key, name, form.get("password", ""), before=_key(request)
            )
        except MembersError as e:
            again = console.assets.page("setup.html", key=key, words=words, said=tell(e.said), name=name)
            return HTMLResponse(again, 422)
        except BackstrideError:
            return await _page(console, request, "/", said.away(), 503, by_password=True)
        if opened is None:
            return await _page(console, request, "/", said.link_over(), 401, by_password=True)
        return let_in(request, console, opened, "/account")


async def _page(
    console: Console,
    request: Request,
    to: str,
    text: str = "",
    status: int = 200,
    *,
    by_password: bool = False,
) -> HTMLResponse:
    """The sign-in page: tiles of people where the tablet is enrolled, else name and password."""
    people: list[Account] = []
    try:
        if not by_password and await _on_tablet(console, request):
            people = await run_in_threadpool(lambda: _with_pin(console))
    except BackstrideError:
        text, status = said.away(), 503
    page = console.assets.page("signin.html", next=local(to), people=people, said=text, words=words)
    headers = {"Cache-Control": "no-store", **({"Retry-After": "1"} if status == 429 else {})}
    return HTMLResponse(page, status, headers)


async def _signed_in(console: Console, request: Request) -> bool:
    with suppress(BackstrideError):
        return await console.signed_in.person(_key(request), active=False) is not None
    return False


def _with_pin(console: Console) -> list[Account]:
    return [a for a in console.members_db.accounts().all() if a.has_pin and a.disabled_ms is None]


async def _on_tablet(console: Console, request: Request) -> bool:
    key = cookie(request.headers, TABLET_COOKIE)
    return bool(key) and await run_in_threadpool(
        lambda: console.members_db.sign_ins(console.signed_in.time_outs).tablet(key)
    )


async def _enrolled(console: Console, key: str) -> str:
    def enrolled() -> str:
        sign_ins = console.members_db.sign_ins(console.signed_in.time_outs)
        person = sign_ins.of(key, active=True)
        return sign_ins.enrol_tablet("" if person is None else person.id)

    return await run_in_threadpool(enrolled)


def _key(request: Request) -> str:
    return cookie(request.headers, COOKIE)
