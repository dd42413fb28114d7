"""What pages over the stores have in common: asked in a thread and within bounds, and a page in words for what is not
there or cannot be told now. What nobody catches is told by `failures`."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Path
from fastapi.responses import HTMLResponse

from services.console.auth.model import SignedInUser
from services.console.bodies.fields import ID_PATTERN
from services.console.context import Console
from services.console.languages import say

T = TypeVar("T")
ANSWER_MAX_S = 20.0
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]


async def asked(work: Callable[[], T]) -> T:
    """What comes of `work` in a thread. TimeoutError, BackstrideError."""
    async with asyncio.timeout(ANSWER_MAX_S):
        return await asyncio.to_thread(work)


def not_there(console: Console, user: SignedInUser | None, status: int, text: str) -> HTMLResponse:
    """For staff: nothing is there of what they asked for, or not now."""
    title = say("Not now") if status == 503 else say("Not here")
    shown = console.assets.page(
        "not_there.html", site=console.floor.site, person=user, title=title, text=text
    )
    return HTMLResponse(shown, status)
