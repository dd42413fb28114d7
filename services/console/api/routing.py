"""How a route of the API is declared: behind the door, with every refusal that it may give documented."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from fastapi import APIRouter, Security
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from services.console.api.access import Door, behind, needs_token
from services.console.api.answers import problems
from services.console.api.examples import of_request

Function = TypeVar("Function", bound=Callable[..., Any])

BEARER = HTTPBearer(auto_error=False, description="Made with: backstride token create NAME --role ROLE")
DOOR = (401, 403, 429, 503)
BYTES = {"type": "string", "format": "binary"}
FILES = {"application/json": {"type": "object"}}
"""How the document tells what is in a file; of all others, that it is bytes."""


class Routes:
    """A router whose routes are rows of the table of roles."""

    def __init__(self, door: Door, tag: str) -> None:
        self.router = APIRouter(route_class=behind(door), tags=[tag])

    def add(
        self, method: str, path: str, answer: type[BaseModel], *refusals: int, status: int = 200
    ) -> Callable[[Function], Function]:
        """Declare a route. KeyError: it has no row in the table of roles."""
        return self._route(method, path, problems(*self._refusals(method, path, refusals)), answer, status)

    def add_file(
        self, method: str, path: str, media_types: Iterable[str], *refusals: int
    ) -> Callable[[Function], Function]:
        """Declare a route that answers with a file of one of these types."""
        content = {media_type: {"schema": FILES.get(media_type, BYTES)} for media_type in media_types}
        told = problems(*self._refusals(method, path, refusals))
        return self._route(method, path, {200: {"content": content}, **told}, None, 200)

    @staticmethod
    def _refusals(method: str, path: str, refusals: Iterable[int]) -> set[int]:
        return {*refusals, *(DOOR if needs_token(method, path) else ())}

    def _route(
        self, method: str, path: str, told: dict[int | str, Any], answer: type[BaseModel] | None, status: int
    ) -> Callable[[Function], Function]:
        guarded = needs_token(method, path)
        return self.router.api_route(
            path,
            methods=[method],
            response_model=answer,
            response_class=Response if answer is None else JSONResponse,
            status_code=status,
            responses=told,
            dependencies=[Security(BEARER)] if guarded else [],
            openapi_extra=of_request(method, path),
        )
