"""Which straps are near a treadmill, for the start panel while somebody puts one on; and whose own one is."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from device_adapters.contract import bounds
from device_adapters.errors import BackstrideError
from services.console import hearing, words
from services.console.auth.page_access import Signature
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.members import OwnStrap
from services.console.context import Console
from services.console.pages.levels import refused
from services.console.pages.store_pages import asked

if TYPE_CHECKING:
    from services.members.people import Card


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
        whose = await _owner(console, found.offer)
        return JSONResponse(
            {"ok": True, **msgspec.to_builtins(found), "whose": whose}, headers={"Cache-Control": "no-store"}
        )

    @router.post("/api/treadmills/{treadmill}/own-strap")
    def keep(
        treadmill: Annotated[str, Path(pattern=ID_PATTERN)], body: OwnStrap, by: Signature
    ) -> JSONResponse:
        """The strap of the session there is its member's own, with their consent."""
        view = console.floor.sessions().get(treadmill)
        if view is None or view.session != body.session or not view.member or not view.strap:
            return JSONResponse({"ok": False, "text": words.strap_of_nobody()}, 409)
        try:
            store = console.members_db.members()
            from services.members import own_straps  # with the database's library

            own_straps.remember(store, view.member, view.strap, by=by)
            text = words.strap_kept(store.alias(view.member), view.strap)
        except BackstrideError as e:
            return refused(e)
        return JSONResponse({"ok": True, "id": body.id, "text": text})

    return router


def _owner_in_store(console: Console, strap: str) -> "Card | None":
    store = console.members_db.members()
    from services.members import own_straps  # with the database's library

    return own_straps.owner(store, strap)


async def _owner(console: Console, strap: str) -> dict[str, str] | None:
    """Whose own it is; nobody's while the store is away: no start waits for it."""
    if not strap:
        return None
    try:
        found = await asked(partial(_owner_in_store, console, strap))
    except (BackstrideError, TimeoutError):
        return None
    if found is None:
        return None
    return {
        "id": found.id,
        "name": found.name,
        "alias": found.alias,
        "offer": words.own_strap(found.name, strap),
    }
