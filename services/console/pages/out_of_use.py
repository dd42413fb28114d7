"""Taking a treadmill out of use, and back."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.errors import StorageError
from services.console import hearing, words
from services.console.auth.page_access import User
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.session import SessionAction, TakenOut
from services.console.context import Console

Treadmill = Annotated[str, Path(pattern=ID_PATTERN)]


def out_of_use(console: Console) -> APIRouter:
    """Routes that take a treadmill out of use, and back."""
    router = APIRouter()

    @router.post("/api/treadmills/{treadmill}/out-of-use")
    async def take_out(treadmill: Treadmill, body: TakenOut, user: User) -> JSONResponse:
        if not await hearing.machine(console, treadmill):
            known, new = console.floor.machine_ids(), hearing.is_new(console)
            return _answer(404, body.id, words.unknown_treadmill(treadmill, known, new=new))
        now_ms = console.clock.wall_ms()
        console.out_of_use.known({user.signature: user.name})
        why = body.why.strip()
        try:
            await asyncio.to_thread(console.out_of_use.mark, treadmill, why, user.signature, now_ms)
        except StorageError as e:
            return _answer(503, body.id, str(e))
        return _answer(200, body.id, words.taken_out(treadmill))

    @router.post("/api/treadmills/{treadmill}/in-use")
    async def bring_back(treadmill: Treadmill, body: SessionAction) -> JSONResponse:
        try:
            await asyncio.to_thread(console.out_of_use.unmark, treadmill)
        except StorageError as e:
            return _answer(503, body.id, str(e))
        return _answer(200, body.id, words.brought_back(treadmill))

    return router


def _answer(status: int, id_: str, text: str) -> JSONResponse:
    return JSONResponse({"ok": status == 200, "id": id_, "text": text}, status)
