"""Treadmills as they are now, and the stops, which need no token and no body."""

from typing import Annotated

from fastapi import Path, Request
from fastapi.routing import APIRouter

from device_adapters.contract.permissions import MAY, Deed
from services.console import words
from services.console.api.access import Door, token_of
from services.console.api.answers import Stopped, Treadmill, Treadmills
from services.console.api.refusals import RefusedHere
from services.console.api.routing import Routes
from services.console.bodies import ID_PATTERN
from services.console.context import Console
from services.console.desk import OVER_REST, Cause

TreadmillPath = Annotated[str, Path(pattern=ID_PATTERN)]


def treadmills(console: Console, door: Door) -> APIRouter:
    """Routes of treadmills."""
    routes = Routes(door, "treadmills")

    @routes.add("GET", "/treadmills", Treadmills)
    async def every_treadmill(request: Request) -> Treadmills:
        """Every treadmill of the site."""
        found = [_treadmill(console, id_, request) for id_ in console.floor.treadmill_ids()]
        return Treadmills(site=console.floor.site, bus=console.floor.bus, treadmills=found)

    @routes.add("GET", "/treadmills/{treadmill}", Treadmill, 404, 422)
    async def one_treadmill(treadmill: TreadmillPath, request: Request) -> Treadmill:
        """One treadmill."""
        return _treadmill(console, treadmill, request)

    @routes.add("POST", "/stop", Stopped, 503)
    async def stop_all() -> Stopped:
        """Stop every belt. Needs no token: a stop is always taken. In danger use the red button or the cord."""
        delivered = await console.desk.stop_all("API", OVER_REST)
        return _stopped(console, delivered, console.floor.treadmill_ids(), words.stop_sent())

    @routes.add("POST", "/treadmills/{treadmill}/stop", Stopped, 404, 422, 503)
    async def stop_one(treadmill: TreadmillPath) -> Stopped:
        """Stop one belt. Needs no token: a stop is always taken and sent, also (404) to a treadmill that is not known
        here. In danger use the red button or the cord."""
        delivered = await console.desk.stop_one(treadmill, "API", OVER_REST)
        return _stopped(console, delivered, [treadmill], words.stop_sent(treadmill))

    return routes.router


def known(console: Console, treadmill: str) -> None:
    """HTTPException 404 for a treadmill that has never been heard of."""
    ids = console.floor.treadmill_ids()
    if treadmill not in ids:
        raise RefusedHere(404, Cause.UNKNOWN, words.unknown_treadmill(treadmill, ids))


def _treadmill(console: Console, id_: str, request: Request) -> Treadmill:
    """`why` may be about a heart: who may not hear one is told what the unit says of the machine."""
    known(console, id_)
    now_ms = console.clock.now_ms()
    facts, tile = console.floor.facts(id_), console.floor.tile(id_, now_ms)
    if facts is None or tile is None:
        raise RefusedHere(404, Cause.UNKNOWN, words.unknown_treadmill(id_, []))
    session = facts.active_session()
    hears = token_of(request).role in MAY[Deed.HEAR_HEARTS]
    of_machine = "" if facts.state is None else facts.state.why
    return Treadmill(
        id=id_,
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


def _stopped(console: Console, delivered: bool, ids: list[str], sent: str) -> Stopped:
    if not delivered:
        raise RefusedHere(503, Cause.NOT_SENT, f"{words.NOT_DELIVERED}.")
    if unknown := words.unknown_stop(ids, console.floor.treadmill_ids()):
        raise RefusedHere(404, Cause.UNKNOWN, f"{sent} {unknown}")
    beyond = console.floor.out_of_reach(ids, console.clock.now_ms())
    text = f"{sent} {words.out_of_reach(beyond)}" if beyond else sent
    return Stopped(alarm=bool(beyond), text=text, out_of_reach=beyond)
