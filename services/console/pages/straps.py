"""Which straps are near a treadmill: for the start panel, while somebody puts one on."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from device_adapters.contract import bounds
from services.console import hearing, words
from services.console.bodies.fields import ID_PATTERN
from services.console.context import Console


def straps(console: Console) -> APIRouter:
    """Routes of straps."""
    router = APIRouter()

    @router.get("/api/treadmills/{treadmill}/straps")
    async def near(
        treadmill: Annotated[str, Path(pattern=ID_PATTERN)],
        asked_s_ago: Annotated[float, Query(ge=0, le=bounds.ASKED_S_AGO_MAX)] = 0,
    ) -> JSONResponse:
        """Free straps that the treadmill's unit hears; `asked_s_ago` tells since when a strap counts as new."""
        if not await hearing.treadmill(console, treadmill):
            known, new = console.floor.treadmill_ids(), hearing.is_new(console)
            text = words.unknown_treadmill(treadmill, known, new=new)
            return JSONResponse({"ok": False, "text": text}, 404)
        now_ms = console.clock.now_ms()
        found = console.floor.straps_near(treadmill, now_ms - round(asked_s_ago * 1000), now_ms)
        return JSONResponse({"ok": True, **msgspec.to_builtins(found)})

    return router
