"""The REST API as an application of its own, mounted under /api/v1: its document, its refusals, its routes."""

from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from device_adapters.errors import BackstrideError, ConfigError, ProgrammeError, StorageError
from services.console import field_words, words
from services.console.api import words as api_words
from services.console.api.access import ROLES, Door
from services.console.api.answers import Problem
from services.console.api.documents import documents
from services.console.api.members import members
from services.console.api.programmes import programmes
from services.console.api.records import records
from services.console.api.refusals import RefusedHere
from services.console.api.sessions import sessions
from services.console.api.treadmills import treadmills
from services.console.context import Console
from services.members.errors import MembersError, RuleRefusedError, TakenError, UnknownMemberError

ABOUT = """
For booking systems and other programs of the gym. A token (`backstride token create NAME --role ROLE`) goes into
`Authorization: Bearer`; stops need none. Starting a session moves a belt: somebody must be with the member.
A page to read is at `docs`, the topics of the bus are at `asyncapi.json`.
"""


def make_api(console: Console) -> FastAPI:
    """The API of one console."""
    api = FastAPI(
        title="Backstride",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,  # what a generated client calls it
    )
    api.router.redirect_slashes = False
    door = Door(console.storeroom, console.clock)
    for router in (
        treadmills(console, door),
        sessions(console, door),
        records(console, door),
        members(console, door),
        programmes(console, door),
        documents(console, door),
    ):
        api.include_router(router)
    api.add_exception_handler(RequestValidationError, _misfit)
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(BackstrideError, _failed)
    return api


async def _misfit(_request: Request, error: Exception) -> JSONResponse:
    first = cast("RequestValidationError", error).errors()[0]
    place = [str(part) for part in first["loc"][1:]]
    if not place or first["type"] == "json_invalid":
        return _answer(422, Problem(field="body", text=field_words.bad_body(str(first["msg"]))))
    field = ".".join(place)
    return _answer(422, Problem(field=field, text=api_words.misfit(field, str(first["msg"]))))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    refused = cast("HTTPException", error)
    if refused.status_code == 405:
        allowed = ", ".join(_methods_there(request))
        text = f"{request.method} does nothing here; this address takes {allowed}."
        return _answer(405, Problem(text=text), {"Allow": allowed})
    if refused.status_code == 400:  # FastAPI's word for a body that is no text
        return _answer(422, Problem(field="body", text=field_words.bad_body("it is no UTF-8")))
    cause = refused.cause if isinstance(refused, RefusedHere) else ""
    return _answer(
        refused.status_code, Problem(cause=cause, text=refused.detail), dict(refused.headers or {})
    )


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    match error:
        case RuleRefusedError():
            return _answer(409, Problem(cause=error.refusal.cause, text=error.refusal.text))
        case ProgrammeError():
            return _answer(409, Problem(cause="no_programme", text=str(error)))
        case UnknownMemberError():
            return _answer(404, Problem(text=str(error)))
        case TakenError():
            field = str(error).partition(":")[0]
            return _answer(409, Problem(cause=f"{field}_taken", field=field, text=str(error)))
        case MembersError():
            field, colon, _ = str(error).partition(":")
            return _answer(422, Problem(field=field if colon else "", text=str(error)))
        case StorageError() | ConfigError():
            return _answer(503, Problem(text=words.store_away()))
        case _:
            raise error


def _methods_there(request: Request) -> list[str]:
    """What an address takes. The router names only the methods of the first route that it found."""
    address = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return sorted(method for method, path in ROLES if compile_path(path)[0].match(address))


def _answer(status: int, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status, headers)
