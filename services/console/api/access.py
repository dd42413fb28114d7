"""Who may ask what: one table of every route, and the door in front of them.

The door comes before the body is read: who may not ask learns nothing of what a body should hold.
"""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from device_adapters.clock import Clock
from services.console.api import words as api_words
from services.console.api.failures import FAILURES_WINDOW_S, Failures
from services.console.api.storeroom import Storeroom
from services.console.roles import Role, Token

OPEN: frozenset[Role] = frozenset()
"""No token needed."""

ANYONE = frozenset(Role)
TRAINERS = frozenset({Role.STAFF, Role.COACH})
STAFF = frozenset({Role.STAFF})

ROLES: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/openapi.json"): OPEN,
    ("POST", "/stop"): OPEN,
    ("POST", "/treadmills/{treadmill}/stop"): OPEN,
    ("GET", "/treadmills"): ANYONE,
    ("GET", "/treadmills/{treadmill}"): ANYONE,
    ("POST", "/treadmills/{treadmill}/clear"): ANYONE,
    ("GET", "/sessions"): TRAINERS,
    ("GET", "/treadmills/{treadmill}/session"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/pause"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/resume"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/end"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/skip"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/repeat"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/done"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/slower"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/adjust"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/note"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/near-miss"): TRAINERS,
    ("POST", "/treadmills/{treadmill}/session/feedback"): TRAINERS,
    ("GET", "/sessions/{session}/record.{form}"): TRAINERS,
    ("POST", "/sessions/{session}/answers"): TRAINERS,
    ("GET", "/members"): TRAINERS,
    ("POST", "/members"): STAFF,
    ("GET", "/members/{member}"): TRAINERS,
    ("PUT", "/members/{member}"): STAFF,
    ("GET", "/members/{member}/health"): TRAINERS,
    ("POST", "/members/{member}/screenings"): TRAINERS,
    ("PUT", "/members/{member}/consents/{purpose}"): STAFF,
    ("DELETE", "/members/{member}/consents/{purpose}"): STAFF,
    ("POST", "/members/{member}/sign-offs"): TRAINERS,
    ("POST", "/members/{member}/may-start"): TRAINERS,
    ("GET", "/members/{member}/history"): TRAINERS,
}
"""Method and path below /api/v1 → the roles that may ask. A route without a row cannot be made."""

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
        if self._failures.too_many(client, self._clock.now_ms()):
            raise HTTPException(429, api_words.BEARERS_TOO_MANY, {"Retry-After": str(FAILURES_WINDOW_S)})
        token = await run_in_threadpool(self._storeroom.token, secret.strip())
        if token is None:
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


def signed(request: Request, by: str | None = None) -> str:
    """Who did it, for records: the person named, and the token that spoke for them."""
    token = cast("Token", request.state.token)
    return f"{by} ({token.name})" if by else token.name
