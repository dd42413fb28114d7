"""Levels: where a member stands in a goal, and the sign-off of the next one by a named person."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.errors import BackstrideError, StorageError
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.accounts.acting import acting, signature
from services.console.bodies import ID_PATTERN, LevelSignOff
from services.console.context import Console
from services.console.hearsay import tell

LEVELS = tuple(Level)
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]


def levels(console: Console) -> APIRouter:
    """Routes of levels. Plain functions: the store blocks, so they run in threads."""
    router = APIRouter()

    @router.get("/api/members/{member}/levels/{goal}")
    def level(member: MemberId, goal: Goal) -> JSONResponse:
        """The level in force, and the next one: ready to be signed off, or what is missing for it."""
        try:
            found = console.storeroom.members().progress(member, goal, by=signature())
        except BackstrideError as e:
            return refused(e)
        at = found.at.level
        above = None if at is LEVELS[-1] else LEVELS[LEVELS.index(at) + 1]
        ready = above is not None and not found.missing
        body = {
            "ok": True,
            "ready": ready,
            "next": above or "",
            "text": words.level_text(goal, at, above, found.missing),
            "offer": words.sign_off_offer(above) if above is not None else "",
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    @router.post("/api/members/{member}/sign-offs")
    def sign_off(member: MemberId, body: LevelSignOff) -> JSONResponse:
        """Set the level; refused while the clean sessions for it are not there."""
        try:
            console.storeroom.members().sign_off(member, body.goal, body.level, by=signature())
        except BackstrideError as e:
            return refused(e)
        text = words.signed_off(body.goal, body.level, _name())
        return JSONResponse({"ok": True, "id": body.id, "text": text})

    return router


def _name() -> str:
    person = acting()
    return "" if person is None else person.name


def refused(error: BackstrideError) -> JSONResponse:
    """What the store did not do: 503 if it is away, else 409 with its own words."""
    if isinstance(error, StorageError):
        return JSONResponse({"ok": False, "text": words.store_away()}, 503)
    return JSONResponse({"ok": False, "text": tell(str(error))}, 409)
