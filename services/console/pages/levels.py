"""Levels: where a member stands in a goal, and the sign-off of the next one by a named person."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from device_adapters.errors import BackstrideError, StorageError
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.auth.page_access import Signature, User
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.members import LevelSignOff
from services.console.context import Console
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import asked, not_there
from services.members.errors import MembersError
from services.texts.telling import tell

LEVELS = tuple(Level)
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]


def levels(console: Console) -> APIRouter:
    """Routes of levels. Plain functions: the store blocks, so they run in threads."""
    router = APIRouter()

    @router.get("/api/members/{member}/levels/{goal}")
    def level(member: MemberId, goal: Goal, by: Signature) -> JSONResponse:
        """The level in force, and the next one: ready to be signed off, or what is missing for it."""
        try:
            found = console.members_db.members().progress(member, goal, by=by)
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
    def sign_off(member: MemberId, body: LevelSignOff, by: Signature, user: User) -> JSONResponse:
        """Set the level; refused while the clean sessions for it are not there."""
        try:
            console.members_db.members().sign_off(member, body.goal, body.level, by=by)
        except BackstrideError as e:
            return refused(e)
        text = words.signed_off(body.goal, body.level, user.name)
        return JSONResponse({"ok": True, "id": body.id, "text": text})

    @router.post("/api/members/{member}/sign-offs/take-back")
    def take_back(member: MemberId, body: LevelSignOff, by: Signature) -> JSONResponse:
        """End a sign-off of the last day that was a mistake."""
        try:
            console.members_db.members().take_back(member, body.goal, body.level, by=by)
        except BackstrideError as e:
            return refused(e)
        return JSONResponse({"ok": True, "id": body.id, "text": words.taken_back(body.goal, body.level)})

    @router.post("/history/{member}/sign-off")
    async def sign_off_there(member: MemberId, request: Request, user: User, by: Signature) -> Response:
        """The same from the page of a member's progress, which is shown again; a refusal is a page in words."""
        form = await form_of(request)
        goal, level = form.get("goal", ""), form.get("level", "")
        if goal not in set(Goal) or level not in set(Level):
            return not_there(console, user, 422, words.sign_off_unknown())
        try:
            await asked(
                lambda: console.members_db.members().sign_off(member, Goal(goal), Level(level), by=by)
            )
        except MembersError as e:
            return not_there(console, user, 409, tell(e.said))
        return RedirectResponse(f"/history/{member}", 303)

    return router


def refused(error: BackstrideError) -> JSONResponse:
    """What the store did not do: 503 if it is away, else 409 with its own words."""
    if isinstance(error, StorageError):
        return JSONResponse({"ok": False, "text": words.store_away()}, 503)
    return JSONResponse({"ok": False, "text": _why(error)}, 409)


def _why(error: BackstrideError) -> str:
    return tell(error.said) if isinstance(error, MembersError) else str(error)
