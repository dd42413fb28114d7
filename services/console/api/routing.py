"""How a route of the API is declared: behind the door, with every refusal that it may give documented."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from services.console.api.access import Door, behind, needs_token
from services.console.api.answers import problems

Function = TypeVar("Function", bound=Callable[..., Any])

BEARER = HTTPBearer(auto_error=False, description="Made with: backstride token create NAME --role ROLE")
DOOR = (401, 403, 429, 503)


class Routes:
    """A router whose routes are rows of the table of roles."""

    def __init__(self, door: Door, tag: str) -> None:
        self.router = APIRouter(route_class=behind(door), tags=[tag])

    def add(
        self, method: str, path: str, answer: type[BaseModel], *refusals: int, status: int = 200
    ) -> Callable[[Function], Function]:
        """Declare a route. KeyError: it has no row in the table of roles."""
        guarded = needs_token(method, path)
        return self.router.api_route(
            path,
            methods=[method],
            response_model=answer,
            status_code=status,
            responses=problems(*{*refusals, *(DOOR if guarded else ())}),
            dependencies=[Security(BEARER)] if guarded else [],
        )
