"""A session's record as a file: made while who asked for it waits, and given up when they go away."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from fastapi import Request
from fastapi.responses import Response

from device_adapters.errors import BackstrideError, RecordError
from services.console import words
from services.console.context import Console
from services.records.busy import BusyError
from services.texts.telling import tell

T = TypeVar("T")
Form = Literal["fit", "tcx", "csv", "json"]
MEDIA_TYPES: dict[Form, str] = {
    "fit": "application/vnd.ant.fit",
    "tcx": "application/vnd.garmin.tcx+xml",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
LEFT = 499
"""The status of an answer that nobody is there to read."""

log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True)
class NoFile:
    """Why there is none."""

    status: int
    text: str


async def file_for(
    console: Console, request: Request, session: str, form: Form, allowed: Callable[[], bool]
) -> Response | NoFile:
    """The file as an attachment. `allowed` (blocking) notes that it is given out; False: there is none to give."""

    async def made() -> bytes:
        if not await asyncio.to_thread(allowed):
            raise RecordError(words.no_record())
        return await console.record_file(session, form)

    try:
        content = await _while_there(request, made())
    except BackstrideError as e:
        log.warning("record_not_given", code=e.code, session=session, why=str(e))
        return _none(e)
    if content is None:
        return Response(status_code=LEFT)
    named = {"Content-Disposition": f'attachment; filename="retro-{session}.{form}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=named)


async def forms_of(console: Console, session: str) -> list[Form]:
    """In which forms the session can be taken along; none where the journal has nothing of it. BackstrideError."""
    return list(MEDIA_TYPES) if await asyncio.to_thread(console.recorded, session) else []


def _none(error: BackstrideError) -> NoFile:
    match error:
        case RecordError():
            return NoFile(404, words.no_record())
        case BusyError():
            return NoFile(503, tell(error.said))
        case _:
            return NoFile(503, words.record_failed())


async def _while_there(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of `work`; None, and it is cancelled, if who asked has left before."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait((working, leaving))


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
