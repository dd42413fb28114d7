"""Tokens in front of the REST API: the dependency of all its routes that are not open to all."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from device_adapters.clock import Clock
from device_adapters.contract.keys import rest
from services.console.auth.auth_db import AuthDb
from services.console.auth.permissions import API, OPEN, ROWS
from services.console.auth.roles import Role, Token
from services.console.auth.throttle import FAILURES_WINDOW_S, Failures
from services.texts.telling import tell

BEARER = {"WWW-Authenticate": "Bearer"}
SCHEME = HTTPBearer(auto_error=False, description="Made with: backstride token create NAME --role ROLE")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(SCHEME)]
REFUSALS = (401, 403, 429, 503)


class BearerAuth:
    """Lets a request in by its row and token, or raises HTTPException: 401, 403 or 429."""

    def __init__(self, auth_db: AuthDb, clock: Clock) -> None:
        self._auth_db = auth_db
        self._clock = clock
        self._failures = Failures()

    async def __call__(self, request: Request, credentials: Credentials) -> None:
        """From here on the token is known of the request."""
        roles = _roles(request)
        client = request.client.host if request.client is not None else ""
        if credentials is None or not credentials.credentials.strip():
            raise HTTPException(401, tell(rest.bearer_missing()), BEARER)
        token = await run_in_threadpool(self._auth_db.token, credentials.credentials.strip())
        if token is None:
            # Who has a token that holds is let in whatever comes from the same address: it may be everybody's proxy.
            if self._failures.too_many(client, self._clock.now_ms()):
                raise HTTPException(
                    429, tell(rest.bearers_too_many()), {"Retry-After": str(FAILURES_WINDOW_S)}
                )
            self._failures.failed(client, self._clock.now_ms())
            raise HTTPException(401, tell(rest.bearer_unknown()), BEARER)
        if token.role not in roles:
            raise HTTPException(403, tell(rest.role_may_not(token.role, ", ".join(sorted(roles)))))
        request.state.token = token

    async def first(self, request: Request) -> None:
        """FastAPI reads a body before it asks who is there: nobody learns what is wrong with theirs who may not send
        one."""
        if not hasattr(request.state, "token") and _roles(request) is not OPEN:
            await self(request, await SCHEME(request))


def _roles(request: Request) -> frozenset[Role]:
    return ROWS[request.method, f"{API}{request.scope['route'].path}"]


async def _token(request: Request) -> Token:
    token: Token = request.state.token
    return token


TokenUser = Annotated[Token, Depends(_token)]
"""The token that speaks; of rows that need one."""


def signed(token: Token, by: str | None = None) -> str:
    """Who did it, for records: the person named, and the token that spoke for them."""
    return f"{by} ({token.name})" if by else token.name
