"""What each route of the API is, and the door in front of them.

The door comes before the body is read: who may not ask learns nothing of what a body should hold.
"""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from device_adapters.clock import Clock
from device_adapters.contract.permissions import Deed
from services.console.accounts.table import ANYONE as ANYONE
from services.console.accounts.table import OPEN as OPEN
from services.console.accounts.table import Row, roles_of
from services.console.api import words as api_words
from services.console.api.failures import FAILURES_WINDOW_S, Failures
from services.console.api.storeroom import Storeroom
from services.console.roles import Role, Token

DEEDS: dict[Row, Deed] = {
    ("GET", "/openapi.json"): Deed.OPEN,
    ("GET", "/docs"): Deed.OPEN,
    ("GET", "/asyncapi.json"): Deed.OPEN,
    ("GET", "/schemas/record.json"): Deed.OPEN,
    ("POST", "/stop"): Deed.OPEN,
    ("POST", "/treadmills/{treadmill}/stop"): Deed.OPEN,
    ("GET", "/treadmills"): Deed.SEE_MACHINES,
    ("GET", "/treadmills/{treadmill}"): Deed.SEE_MACHINES,
    ("POST", "/treadmills/{treadmill}/clear"): Deed.CLEAR,
    ("GET", "/programmes"): Deed.TRAIN,
    ("GET", "/sessions"): Deed.HEAR_HEARTS,
    ("GET", "/sessions/{session}"): Deed.HEAR_HEARTS,
    ("GET", "/treadmills/{treadmill}/session"): Deed.HEAR_HEARTS,
    ("POST", "/treadmills/{treadmill}/session"): Deed.RAISE,
    ("POST", "/treadmills/{treadmill}/session/pause"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/resume"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/end"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/skip"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/repeat"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/done"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/slower"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/present"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/rpe"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/adjust"): Deed.RAISE,
    ("POST", "/treadmills/{treadmill}/session/note"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/near-miss"): Deed.TRAIN,
    ("POST", "/treadmills/{treadmill}/session/feedback"): Deed.TRAIN,
    ("GET", "/sessions/{session}/record.{form}"): Deed.KNOW_MEMBERS,
    ("POST", "/sessions/{session}/answers"): Deed.KNOW_MEMBERS,
    ("GET", "/members"): Deed.KNOW_MEMBERS,
    ("POST", "/members"): Deed.KEEP_MEMBERS,
    ("GET", "/members/{member}"): Deed.KNOW_MEMBERS,
    ("PUT", "/members/{member}"): Deed.KEEP_MEMBERS,
    ("GET", "/members/{member}/health"): Deed.KNOW_MEMBERS,
    ("POST", "/members/{member}/screenings"): Deed.KNOW_MEMBERS,
    ("PUT", "/members/{member}/consents/{purpose}"): Deed.KEEP_MEMBERS,
    ("DELETE", "/members/{member}/consents/{purpose}"): Deed.KEEP_MEMBERS,
    ("POST", "/members/{member}/sign-offs"): Deed.RAISE,
    ("POST", "/members/{member}/may-start"): Deed.KNOW_MEMBERS,
    ("GET", "/members/{member}/history"): Deed.KNOW_MEMBERS,
}
"""Method and path below /api/v1 → what it is; who may that is in `permissions.MAY`. No route without a row."""

ROLES: dict[Row, frozenset[Role]] = {row: roles_of(deed) for row, deed in DEEDS.items()}

BEARER = {"WWW-Authenticate": "Bearer"}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def needs_token(method: str, path: str) -> bool:
    """Is a token needed for this route?"""
    return bool(ROLES[method, path])


class Door:
    """Lets a request in, or says why not: 401, 403 or 429."""

    def __init__(self, storeroom: Storeroom, clock: Clock) -> None:
        self._storeroom = storeroom
        self._clock = clock
        self._failures = Failures()

    async def enter(self, request: Request, roles: frozenset[Role]) -> Token:
        """The token of the request, whose role is one of `roles`. HTTPException otherwise."""
        client = request.client.host if request.client is not None else ""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise HTTPException(401, api_words.BEARER_MISSING, BEARER)
        token = await run_in_threadpool(self._storeroom.token, secret.strip())
        if token is None:
            # Who has a token that holds is let in whatever comes from the same address: it may be everybody's proxy.
            if self._failures.too_many(client, self._clock.now_ms()):
                raise HTTPException(429, api_words.BEARERS_TOO_MANY, {"Retry-After": str(FAILURES_WINDOW_S)})
            self._failures.failed(client, self._clock.now_ms())
            raise HTTPException(401, api_words.BEARER_UNKNOWN, BEARER)
        if token.role not in roles:
            raise HTTPException(403, api_words.role_refused(token.role, sorted(roles)))
        return token


def behind(door: Door) -> type[APIRoute]:
    """Routes that only the roles of their rows get through; the token is then `request.state.token`."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            answer = super().get_route_handler()
            roles = [ROLES[method, self.path] for method in sorted(self.methods or ())]

            async def guarded(request: Request) -> Response:
                if all(roles):
                    request.state.token = await door.enter(request, frozenset.intersection(*roles))
                return await answer(request)

            return guarded

    return GuardedRoute


def token_of(request: Request) -> Token:
    """The token that came through the door."""
    return cast("Token", request.state.token)


def signed(request: Request, by: str | None = None) -> str:
    """Who did it, for records: the person named, and the token that spoke for them."""
    token = token_of(request)
    return f"{by} ({token.name})" if by else token.name
