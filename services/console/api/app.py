"""The REST API as an application of its own, mounted under /api/v1: its document, its refusals, its routes."""

from typing import Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from device_adapters.contract.keys import fields, rest
from device_adapters.errors import BackstrideError, ConfigError, StorageError
from services.console import words
from services.console.api.answers import Problem
from services.console.api.classes import classes
from services.console.api.documents import documents
from services.console.api.examples import REQUESTS
from services.console.api.machine_book import machine_book
from services.console.api.members import members
from services.console.api.programmes import programmes
from services.console.api.records import records
from services.console.api.releases import releases
from services.console.api.responses import RefusedHere, problems
from services.console.api.sessions import sessions
from services.console.api.stops import stops
from services.console.api.treadmills import treadmills
from services.console.auth.bearer import REFUSALS, BearerAuth
from services.console.auth.permissions import API, OPEN, ROWS, rows_of
from services.console.bodies.complaint import complaint_to_programs
from services.console.context import Console
from services.members.errors import MembersError, RuleRefusedError, TakenError, UnknownMemberError
from services.programme.faults import ProgrammeFaultsError
from services.programme.unsuited import UnsuitedError
from services.texts.telling import tell

ABOUT = """
For booking systems and other programs of the gym. A token (`backstride token create NAME --role ROLE`) goes into
`Authorization: Bearer`; stops need none. Starting a session moves a belt: somebody must be with the member.
A page to read is at `docs`, the topics of the bus are at `asyncapi.json`.
"""


class Api(FastAPI):
    """Whose document has an example for each body."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        for (method, path), example in REQUESTS.items():
            told = document["paths"][path][method.lower()]
            told["requestBody"]["content"]["application/json"]["example"] = example
        return document


def make_api(console: Console) -> FastAPI:
    """The API of one console."""
    api = Api(
        title="Backstride",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,  # what a generated client calls it
    )
    api.router.redirect_slashes = False
    bearer = api.state.bearer = BearerAuth(console.members_db, console.clock)
    for make in (
        treadmills,
        machine_book,
        releases,
        stops,
        sessions,
        classes,
        records,
        members,
        programmes,
        documents,
    ):
        include(api, make(console), bearer)
    api.add_exception_handler(RequestValidationError, _misfit)
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(BackstrideError, _failed)
    return api


CAUSES = {
    401: "unknown_token",
    403: "role",
    404: "not_found",
    405: "method",
    413: "too_long",
    422: "invalid",
    429: "too_many",
    503: "store_away",
}
"""The stable word of a refusal that has none of its own."""


def include(api: FastAPI, router: APIRouter, bearer: BearerAuth) -> None:
    """Serve these routes, behind a token unless their rows are open to all. KeyError: one has no row."""
    kinds = {ROWS[row] is OPEN for row in rows_of([router], API)}
    if len(kinds) > 1:
        raise ValueError("routes that are open to all belong into a router of their own")
    if True in kinds:
        api.include_router(router)
    else:
        api.include_router(router, dependencies=[Depends(bearer)], responses=problems(*REFUSALS))


async def _misfit(request: Request, error: Exception) -> JSONResponse:
    if (unasked := await _unasked(request)) is not None:
        return unasked
    field, said = complaint_to_programs(cast("RequestValidationError", error).errors())
    return _answer(422, Problem(cause=CAUSES[422], field=field, text=tell(said)))


async def _unasked(request: Request) -> JSONResponse | None:
    """The refusal to who may not ask at all, where FastAPI complains of the body first."""
    bearer: BearerAuth = request.app.state.bearer
    try:
        await bearer.first(request)
    except HTTPException as e:
        return await _refused(request, e)
    return None


async def _refused(request: Request, error: Exception) -> JSONResponse:
    refused = cast("HTTPException", error)
    if refused.status_code == 405:
        allowed = ", ".join(_methods_there(request))
        text = tell(rest.method_does_nothing(request.method, allowed))
        return _answer(405, Problem(cause=CAUSES[405], text=text), {"Allow": allowed})
    if refused.status_code == 400:  # FastAPI's word for a body that is no text
        if (unasked := await _unasked(request)) is not None:
            return unasked
        said = tell(fields.body_unusable(fields.no_utf8()))
        return _answer(422, Problem(cause=CAUSES[422], field="body", text=said))
    cause = refused.cause if isinstance(refused, RefusedHere) else CAUSES.get(refused.status_code, "")
    return _answer(
        refused.status_code, Problem(cause=cause, text=refused.detail), dict(refused.headers or {})
    )


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    match error:
        case RuleRefusedError():
            return _answer(409, Problem(cause=error.refusal.cause, text=tell(error.refusal.said)))
        case UnsuitedError() | ProgrammeFaultsError():
            return _answer(409, Problem(cause="no_programme", text=tell(error.said)))
        case UnknownMemberError():
            return _answer(404, Problem(cause=CAUSES[404], text=tell(error.said)))
        case TakenError():
            taken = f"{error.field}_taken"
            return _answer(409, Problem(cause=taken, field=error.field, text=tell(error.said)))
        case MembersError():
            return _answer(422, Problem(cause=CAUSES[422], field=error.field, text=tell(error.said)))
        case StorageError() | ConfigError():
            return _answer(503, Problem(cause=CAUSES[503], text=words.store_away()))
        case _:
            raise error


def _methods_there(request: Request) -> list[str]:
    """What an address takes. The router names only the methods of the first route that it found."""
    address = request.url.path
    return sorted(method for method, path in ROWS if compile_path(path)[0].match(address))


def _answer(status: int, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status, headers)
