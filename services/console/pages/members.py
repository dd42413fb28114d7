"""Members for the start panel: names and aliases for staff, and which levels are open. Never a measurement."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from device_adapters.errors import BackstrideError
from services.console import words
from services.console.auth.page_access import Signature
from services.console.bodies.fields import ID_PATTERN
from services.console.context import Console
from services.members.errors import UnknownMemberError
from services.texts.telling import tell


def members(console: Console) -> APIRouter:
    """Routes of members, for staff."""
    router = APIRouter()

    @router.get("/api/members")
    async def search(text: Annotated[str, Query(max_length=200)] = "") -> JSONResponse:
        try:
            found = await console.members.search(text)
        except (BackstrideError, TimeoutError):
            return _away()
        return _told(members=found)

    @router.get("/api/members/{member}/starts")
    async def starts(member: Annotated[str, Path(pattern=ID_PATTERN)], by: Signature) -> JSONResponse:
        try:
            found = await console.members.starts(member, console.floor.training(member), by=by)
        except UnknownMemberError as e:
            return JSONResponse({"ok": False, "text": tell(e.said)}, status_code=404)
        except (BackstrideError, TimeoutError):
            return _away()
        return _told(starts=found.starts, last=found.last)

    return router


def _told(**values: Any) -> JSONResponse:
    """Nothing of members stays in a browser's cache."""
    body = {"ok": True, **msgspec.to_builtins(values)}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _away() -> JSONResponse:
    return JSONResponse({"ok": False, "text": words.members_away()}, status_code=503)
