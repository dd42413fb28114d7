"""The way to a member's own page: the code that makes a phone theirs, once, and the PIN that opens it there.

Plain forms: they work without a script. A link is looked at by GET and used by POST.
"""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from device_adapters.errors import BackstrideError
from services.console.accounts import home_words as said
from services.console.auth.home_access import ID_FORM, KEPT, LAST_COOKIE, OPEN_COOKIE, PHONE_COOKIE, WIPE
from services.console.auth.model import HOME_KEPT, HomeKeys
from services.console.auth.pin_turn import TooManyWaitError
from services.console.auth.signed_in import cookie
from services.console.context import Console
from services.console.middleware.hosts import by_tls
from services.console.pages.sign_in import Key, form_of
from services.members.errors import MembersError

if TYPE_CHECKING:
    from services.console.auth.homes import Homes

HomeId = Annotated[str, Path(pattern=ID_FORM)]
KEPT_S = HOME_KEPT.absolute_ms // 1000


def home_door(console: Console) -> APIRouter:
    """Routes of the door."""
    router = APIRouter()

    @router.get("/me", response_class=HTMLResponse)
    async def last(request: Request) -> Response:
        """On to the page that was used last on this phone."""
        id_ = cookie(request.headers, LAST_COOKIE)
        if len(id_) == 16 and id_.isalnum():
            return RedirectResponse(f"/me/{id_}", 303)
        return _over(console, said.no_phone(), 200)

    @router.get("/me/enter/{key}", response_class=HTMLResponse)
    async def enter_page(key: Key) -> HTMLResponse:
        try:
            holds = await run_in_threadpool(lambda: _homes(console).holds(key))
        except BackstrideError:
            return _over(console, said.away(), 503)
        return _enter(console, key) if holds else _over(console, said.link_over(), 404)

    @router.post("/me/enter/{key}")
    async def enter(key: Key, request: Request) -> Response:
        form = await form_of(request)
        pin = form.get("pin", "")
        if pin != form.get("again", ""):
            return _enter(console, key, said.pins_differ(), 422)
        try:
            async with console.pin_turn.taken():
                keys = await run_in_threadpool(lambda: _homes(console).move_in(key, pin))
        except TooManyWaitError:
            return _enter(console, key, said.away(), 503)
        except MembersError:
            return _enter(console, key, said.pin_refused(), 422)
        except BackstrideError:
            return _over(console, said.away(), 503)
        return _over(console, said.link_over(), 404) if keys is None else _moved_in(request, keys)

    @router.get("/me/{home}/pin", response_class=HTMLResponse)
    async def pin_page(home: HomeId, request: Request) -> HTMLResponse:
        phone = cookie(request.headers, PHONE_COOKIE)
        try:
            ours = await run_in_threadpool(lambda: _homes(console).is_phone(home, phone))
            lock = await run_in_threadpool(lambda: _homes(console).passkey_host(home, phone))
        except BackstrideError:
            return _over(console, said.away(), 503)
        return _pin(console, home, lock=_here(request, lock)) if ours else _no_phone(console)

    @router.post("/me/{home}/pin")
    async def open_(home: HomeId, request: Request) -> Response:
        form, phone = await form_of(request), cookie(request.headers, PHONE_COOKIE)
        try:
            if not await run_in_threadpool(lambda: _homes(console).is_phone(home, phone)):
                return _no_phone(console)
            async with console.pin_turn.taken():
                key = await run_in_threadpool(lambda: _homes(console).open(home, phone, form.get("pin", "")))
            ours = key is not None or await run_in_threadpool(lambda: _homes(console).is_phone(home, phone))
            lock = await run_in_threadpool(lambda: _homes(console).passkey_host(home, phone))
        except TooManyWaitError:
            return _pin(console, home, said.away(), 503)
        except BackstrideError:
            return _over(console, said.away(), 503)
        if not ours:
            return _no_phone(console)
        if key is None:
            return _pin(console, home, said.wrong_pin(), 401, lock=_here(request, lock))
        return opened(request, home, key, RedirectResponse(f"/me/{home}", 303))

    @router.post("/me/{home}/lock")
    async def lock(home: HomeId, request: Request) -> Response:
        key = cookie(request.headers, OPEN_COOKIE)
        try:
            await run_in_threadpool(lambda: _homes(console).lock(home, key))
        except BackstrideError:
            return _over(console, said.away(), 503)
        return forgotten(RedirectResponse(f"/me/{home}/pin", 303), home, OPEN_COOKIE)

    return router


def forgotten(answer: Response, home: str, *names: str) -> Response:
    """The same without these cookies of that page."""
    if PHONE_COOKIE in names:
        answer.headers[KEPT] = WIPE
    for name in names:
        answer.delete_cookie(name, path=f"/me/{home}", httponly=True, samesite="strict")
    return answer


def _homes(console: Console) -> "Homes":
    return console.members_db.homes(console.homes_open_for)


def _moved_in(request: Request, keys: HomeKeys) -> Response:
    answer = opened(request, keys.id, keys.open, RedirectResponse(f"/me/{keys.id}", 303))
    _keep(answer, request, PHONE_COOKIE, keys.phone, keys.id, KEPT_S)
    return answer


def opened(request: Request, home: str, key: str, answer: Response) -> Response:
    """The same with the key of a page that has just been opened."""
    _keep(answer, request, OPEN_COOKIE, key, home, None)
    answer.set_cookie(
        LAST_COOKIE,
        home,
        max_age=KEPT_S,
        path="/me",
        secure=by_tls(request),
        httponly=True,
        samesite="strict",
    )
    return answer


def _keep(answer: Response, request: Request, name: str, key: str, home: str, seconds: int | None) -> None:
    """For this page alone, and for no script; without `seconds` until the browser ends."""
    answer.set_cookie(
        name,
        key,
        max_age=seconds,
        path=f"/me/{home}",
        secure=by_tls(request),
        httponly=True,
        samesite="strict",
    )


def _enter(console: Console, key: str, text: str = "", status: int = 200) -> HTMLResponse:
    return HTMLResponse(console.assets.page("home_enter.html", key=key, said=text), status)


def _pin(
    console: Console, home: str, text: str = "", status: int = 200, *, lock: bool = False
) -> HTMLResponse:
    return HTMLResponse(console.assets.page("home_pin.html", home=home, said=text, lock=lock), status)


def _here(request: Request, host: str) -> bool:
    """Was the phone's lock made for the name by which it asks now?"""
    return bool(host) and by_tls(request) and request.url.hostname == host


def _over(console: Console, text: str, status: int) -> HTMLResponse:
    return HTMLResponse(console.assets.page("home_over.html", said=text), status)


def _no_phone(console: Console) -> HTMLResponse:
    answer = _over(console, said.no_phone(), 404)
    answer.headers[KEPT] = WIPE
    return answer
