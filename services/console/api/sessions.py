"""Sessions: what runs, and every verb of the session service. The API decides nothing; it asks and tells the answer."""

import secrets
from typing import cast

import structlog
from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRouter
from starlette.concurrency import run_in_threadpool

from device_adapters.contract.messages import Outcome, SessionVerb, SessionView
from device_adapters.errors import BackstrideError, BusError
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.api import words as api_words
from services.console.api.access import Door, signed, token_of
from services.console.api.answers import Done, Problem, Session, SessionAccount, Sessions
from services.console.api.bodies import Adjust, Ask, Clear, Exertion, Feedback, Note, Start
from services.console.api.records import SessionPath
from services.console.api.refusals import RefusedHere
from services.console.api.routing import Routes
from services.console.api.treadmills import TreadmillPath, known
from services.console.context import Console
from services.console.desk import Cause, LateError, reply_max_s
from services.console.languages import say
from services.history.model import Ended

REFUSALS = (404, 409, 422, 503, 504)
PLAIN: tuple[tuple[str, SessionVerb], ...] = (
    ("pause", "pause"),
    ("resume", "resume"),
    ("end", "stop"),
    ("skip", "skip"),
    ("repeat", "repeat"),
    ("done", "done"),
    ("slower", "slower"),
    ("present", "present"),
)
"""Verbs that need no more than who asks, by their words in the path."""

log = structlog.get_logger("console")


def sessions(console: Console, door: Door) -> APIRouter:
    """Routes of sessions."""
    routes = Routes(door, "sessions")
    session = "/treadmills/{treadmill}/session"

    @routes.add("GET", "/sessions", Sessions)
    async def running() -> Sessions:
        """Sessions under way."""
        views = [f.active_session() for f in map(console.floor.facts, console.floor.treadmill_ids()) if f]
        return Sessions(sessions=[Session.model_validate(view) for view in views if view is not None])

    @routes.add("GET", "/sessions/{session}", SessionAccount, 404, 422)
    def by_id(session: SessionPath) -> SessionAccount:
        """A session by its id: one that runs, or how it ended."""
        views = (facts.session for facts in map(console.floor.facts, console.floor.treadmill_ids()) if facts)
        found = next((view for view in views if view is not None and view.session == session), None)
        if found is not None and found.phase != "ended":
            return _under_way(found)
        if (ended := console.past.ended(session)) is not None:
            return _ended(ended)
        if found is not None:  # it has just ended, and is not stored yet
            return _under_way(found)
        raise HTTPException(404, api_words.unknown_session(session))

    @routes.add("GET", session, Session, 404, 422)
    async def last(treadmill: TreadmillPath) -> Session:
        """The treadmill's session, or the last one that ended on it."""
        known(console, treadmill)
        facts = console.floor.facts(treadmill)
        if facts is None or facts.session is None:
            raise HTTPException(404, words.no_session(treadmill))
        return Session.model_validate(facts.session)

    @routes.add("POST", session, Done, *REFUSALS)
    async def start(treadmill: TreadmillPath, body: Start, request: Request) -> JSONResponse:
        """Start a session: the belt moves. Somebody must be there."""
        return await _ask(console, treadmill, "start", body, request)

    @routes.add("POST", f"{session}/adjust", Done, *REFUSALS)
    async def adjust(treadmill: TreadmillPath, body: Adjust, request: Request) -> JSONResponse:
        """Set the running session's speed limit."""
        return await _ask(console, treadmill, "adjust", body, request)

    @routes.add("POST", f"{session}/note", Done, *REFUSALS)
    async def note(treadmill: TreadmillPath, body: Note, request: Request) -> JSONResponse:
        """Write something into the session's record."""
        return await _ask(console, treadmill, "note", body, request)

    @routes.add("POST", f"{session}/near-miss", Done, *REFUSALS)
    async def near_miss(treadmill: TreadmillPath, body: Note, request: Request) -> JSONResponse:
        """Record a near miss."""
        return await _ask(console, treadmill, "near_miss", body, request)

    @routes.add("POST", f"{session}/rpe", Done, *REFUSALS)
    async def rpe(treadmill: TreadmillPath, body: Exertion, request: Request) -> JSONResponse:
        """How hard it is now, as the member says: the answer to the question `rpe` of `asks`."""
        return await _ask(console, treadmill, "rpe", body, request)

    @routes.add("POST", f"{session}/feedback", Done, *REFUSALS)
    async def feedback(treadmill: TreadmillPath, body: Feedback, request: Request) -> JSONResponse:
        """What the member says of the session."""
        return await _ask(console, treadmill, "feedback", body, request)

    @routes.add("POST", "/treadmills/{treadmill}/clear", Done, *REFUSALS)
    async def clear(treadmill: TreadmillPath, body: Clear, request: Request) -> JSONResponse:
        """Unlock a stopped treadmill whose belt stands still; nothing starts by it."""
        return await _ask(console, treadmill, "clear", body, request)

    for word, verb in PLAIN:
        _plain(console, routes, f"{session}/{word}", word, verb)
    return routes.router


def _under_way(view: SessionView) -> SessionAccount:
    return SessionAccount(
        session=view.session,
        treadmill=view.treadmill,
        phase=view.phase,
        goal=view.goal,
        level=view.level,
        programme=view.programme,
        member=view.member,
        steps_done=max(0, view.step - 1),
        steps=view.steps,
        elapsed_s=view.elapsed_s,
        total_s=view.total_s,
        outcome=view.outcome,
        why=view.why,
        ended_ms=view.at_ms if view.phase == "ended" else None,
    )


def _ended(past: Ended) -> SessionAccount:
    return SessionAccount(
        session=past.session,
        treadmill=past.treadmill,
        phase="ended",
        goal=Goal(past.goal),
        level=Level(past.level),
        programme=past.programme,
        member=past.member,
        steps_done=past.steps_done,
        steps=past.steps,
        elapsed_s=round(past.minutes * 60, 1),
        total_s=round(past.planned_minutes * 60, 1),
        outcome=cast("Outcome", past.outcome),
        why=past.why,
        ended_ms=past.at_ms,
    )


def _plain(console: Console, routes: Routes, path: str, word: str, verb: SessionVerb) -> None:
    async def plain(treadmill: TreadmillPath, body: Ask, request: Request) -> JSONResponse:
        return await _ask(console, treadmill, verb, body, request)

    plain.__name__ = word
    plain.__doc__ = api_words.ASKED[word]
    routes.add("POST", path, Done, *REFUSALS)(plain)


async def _ask(
    console: Console, treadmill: str, verb: SessionVerb, body: Ask, request: Request
) -> JSONResponse:
    """Ask for the person named in `body`, whose name goes into the audit and not on the bus."""
    known(console, treadmill)
    token, id_ = token_of(request), body.id or f"api-{secrets.token_hex(8)}"
    asked = body.request(
        verb,
        id=id_,
        client=console.desk.client,
        asker=f"token {token.name}",
        treadmill=treadmill,
        by=token.name,
    )
    outcome = ": no answer"
    try:
        reply = await console.desk.ask(asked)
        outcome = "" if reply.ok else ": refused"
    except LateError:
        late = Problem(id=id_, cause=Cause.LATE, text=words.too_late())
        return JSONResponse(late.model_dump(), 409)
    except BusError:
        raise RefusedHere(503, Cause.NOT_SENT, words.not_sent()) from None
    except TimeoutError:
        text = words.no_session_service(verb, reply_max_s(verb))
        raise RefusedHere(504, Cause.NO_ANSWER, text) from None
    finally:
        if body.by:
            await _note_name(console, treadmill, signed(request, body.by), f"asked {verb}{outcome}")
    if not reply.ok:
        refused = Problem(id=id_, cause=reply.cause, text=reply.text or reply.cause)
        return JSONResponse(refused.model_dump(), 409)
    text = reply.text or say(words.DONE.get(verb, api_words.NOTED))
    return JSONResponse(Done(id=id_, session=reply.session, text=text).model_dump())


async def _note_name(console: Console, treadmill: str, by: str, what: str) -> None:
    """Into the audit; what was asked stands, whatever becomes of that."""
    try:
        await run_in_threadpool(lambda: console.storeroom.members().note(treadmill, by=by, what=what))
    except BackstrideError as e:
        log.warning("name_not_kept", code=e.code, treadmill=treadmill, what=what)
