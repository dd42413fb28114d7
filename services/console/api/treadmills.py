"""Treadmills as they are now."""

import asyncio
from typing import Annotated

from fastapi import Path
from fastapi.routing import APIRouter

from device_adapters.contract.permissions import MAY, Deed
from services.console import hearing, tile_words, words
from services.console.api.answers import TreadmillAnswer, Treadmills
from services.console.api.responses import RefusedHere, problems
from services.console.auth.bearer import TokenUser, signed
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.treadmills import LabelGiven, OutOfUseGiven
from services.console.context import Console
from services.console.labels import LabelError
from services.console.session_answers import AskCause

TreadmillPath = Annotated[str, Path(pattern=ID_PATTERN)]


def treadmills(console: Console) -> APIRouter:
    """Routes of treadmills."""
    router = APIRouter(tags=["treadmills"])

    @router.get("/treadmills")
    async def every_treadmill(token: TokenUser) -> Treadmills:
        """Every treadmill of the site."""
        found = [_treadmill(console, id_, token) for id_ in console.floor.machine_ids()]
        return Treadmills(site=console.floor.site, bus=console.floor.bus, treadmills=found)

    @router.get("/treadmills/{treadmill}", responses=problems(404, 422))
    async def one_treadmill(treadmill: TreadmillPath, token: TokenUser) -> TreadmillAnswer:
        """One treadmill."""
        await known(console, treadmill)
        return _treadmill(console, treadmill, token)

    @router.put("/treadmills/{treadmill}/label", responses=problems(404, 422, 503))
    async def label_treadmill(
        treadmill: TreadmillPath, body: LabelGiven, token: TokenUser
    ) -> TreadmillAnswer:
        """What staff call it, and where it stands; empty takes it back."""
        await known(console, treadmill)
        try:
            await asyncio.to_thread(console.labels.give, treadmill, body.name, body.place)
        except LabelError as e:
            raise RefusedHere(422, AskCause.LABEL, str(e)) from e
        return _treadmill(console, treadmill, token)

    @router.put("/treadmills/{treadmill}/out-of-use", responses=problems(404, 422, 503))
    async def take_out_of_use(
        treadmill: TreadmillPath, body: OutOfUseGiven, token: TokenUser
    ) -> TreadmillAnswer:
        """Nobody can start it, over clears and restarts, until it is back in use."""
        await known(console, treadmill)
        by, now_ms = signed(token), console.clock.wall_ms()
        console.out_of_use.known({by: signed(token, body.by)})
        await asyncio.to_thread(console.out_of_use.mark, treadmill, body.why.strip(), by, now_ms)
        return _treadmill(console, treadmill, token)

    @router.delete("/treadmills/{treadmill}/out-of-use", responses=problems(404, 422, 503))
    async def back_in_use(treadmill: TreadmillPath, token: TokenUser) -> TreadmillAnswer:
        """It may be started again."""
        await known(console, treadmill)
        await asyncio.to_thread(console.out_of_use.unmark, treadmill)
        return _treadmill(console, treadmill, token)

    return router


async def known(console: Console, treadmill: str) -> None:
    """HTTPException 404 for a treadmill that has never been heard of."""
    if not await hearing.machine(console, treadmill):
        raise unknown(console, treadmill)


def unknown(console: Console, treadmill: str) -> RefusedHere:
    """The refusal of a treadmill that has never been heard of."""
    ids, new = console.floor.machine_ids(), hearing.is_new(console)
    return RefusedHere(404, AskCause.UNKNOWN, words.unknown_treadmill(treadmill, ids, new=new))


def _treadmill(console: Console, id_: str, token: TokenUser) -> TreadmillAnswer:
    """`why` may be about a heart: who may not hear one is told what the unit says of the machine."""
    now_ms = console.clock.now_ms()
    facts, tile = console.floor.facts(id_), console.floor.tile(id_, now_ms)
    if facts is None or tile is None:
        raise unknown(console, id_)
    session = facts.active_session()
    hears = token.role in MAY[Deed.HEAR_HEARTS]
    of_machine = "" if facts.state is None else tile_words.why(facts.state)
    return TreadmillAnswer(
        id=id_,
        name=tile.name,
        place=tile.place,
        out_of_use=tile.out_of_use,
        unit=facts.unit,
        state=tile.state,
        moving=tile.may_move,
        speed_kmh=facts.speed_kmh if tile.fresh else None,
        incline_pct=facts.incline_pct if tile.fresh else None,
        age_s=tile.age_s,
        latched="" if facts.state is None else facts.state.latched,
        why=tile.note if hears else of_machine,
        session="" if session is None else session.session,
    )
