"""Sessions: what runs, and every verb of the session service. The API decides nothing; it asks and tells the answer."""

import secrets
from typing import cast

import structlog
from fastapi import HTTPException
from fastapi.responses import JSONResponse
from fastapi.routing import APIRouter
from starlette.concurrency import run_in_threadpool

from device_adapters.contract.keys import rest
from device_adapters.contract.messages import Outcome, SessionVerb, SessionView
from device_adapters.errors import BackstrideError
from device_adapters.safety.limits import Goal, Level
from services.console import hearing, words
from services.console.api import words as api_words
from services.console.api.answers import Done, Problem, SessionAccount, Sessions, SessionShown
from services.console.api.records import SessionPath
from services.console.api.responses import problems
from services.console.api.treadmills import TreadmillPath, known, unknown
from services.console.auth.bearer import TokenUser, signed
from services.console.bodies.session import (
    AdjustBody,
    ClearBody,
    ExertionBody,
    FeedbackBody,
    NoteBody,
    RequestBody,
    StartBody,
)
from services.console.context import Console
from services.console.session_answers import ask
from services.history.model import Ended
from services.texts.telling import tell

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


def sessions(console: Console) -> APIRouter:
    """Routes of sessions."""
    router = APIRouter(tags=["sessions"])
    session = "/treadmills/{treadmill}/session"

    @router.get("/sessions")
    async def running() -> Sessions:
        """Sessions under way."""
        views = [f.active_session() for f in map(console.floor.facts, console.floor.machine_ids()) if f]
        return Sessions(sessions=[SessionShown.model_validate(view) for view in views if view is not None])

    @router.get("/sessions/{session}", responses=problems(404, 422))
    def by_id(session: SessionPath) -> SessionAccount:
        """A session by its id: one that runs, or how it ended."""
        views = (facts.session for facts in map(console.floor.facts, console.floor.machine_ids()) if facts)
        found = next((view for view in views if view is not None and view.session == session), None)
        if found is not None and found.phase != "ended":
            return _under_way(found)
        if (ended := console.past.ended(session)) is not None:
            return _ended(ended)
        if found is not None:  # it has just ended, and is not stored yet
            return _under_way(found)
        raise HTTPException(404, tell(rest.session_not_here(repr(session))))

    @router.get(session, responses=problems(404, 422))
    async def last(treadmill: TreadmillPath) -> SessionShown:
        """The treadmill's session, or the last one that ended on it."""
        await known(console, treadmill)
        facts = console.floor.facts(treadmill)
        if facts is None or facts.session is None:
            raise HTTPException(404, words.no_session(treadmill))
        return SessionShown.model_validate(facts.session)

    @router.post(session, response_model=Done, responses=problems(*REFUSALS))
    async def start(treadmill: TreadmillPath, body: StartBody, token: TokenUser) -> JSONResponse:
        """Start a session: the belt moves. Somebody must be there."""
        return await _ask(console, treadmill, "start", body, token)

    @router.post(f"{session}/adjust", response_model=Done, responses=problems(*REFUSALS))
    async def adjust(treadmill: TreadmillPath, body: AdjustBody, token: TokenUser) -> JSONResponse:
        """Set the running session's speed limit."""
        return await _ask(console, treadmill, "adjust", body, token)

    @router.post(f"{session}/note", response_model=Done, responses=problems(*REFUSALS))
    async def note(treadmill: TreadmillPath, body: NoteBody, token: TokenUser) -> JSONResponse:
        """Write something into the session's record."""
        return await _ask(console, treadmill, "note", body, token)

    @router.post(f"{session}/near-miss", response_model=Done, responses=problems(*REFUSALS))
    async def near_miss(treadmill: TreadmillPath, body: NoteBody, token: TokenUser) -> JSONResponse:
        """Record a near miss."""
        return await _ask(console, treadmill, "near_miss", body, token)

    @router.post(f"{session}/rpe", response_model=Done, responses=problems(*REFUSALS))
    async def rpe(treadmill: TreadmillPath, body: ExertionBody, token: TokenUser) -> JSONResponse:
        """How hard it is now, as the member says: the answer to the question `rpe` of `asks`."""
        return await _ask(console, treadmill, "rpe", body, token)

    @router.post(f"{session}/feedback", response_model=Done, responses=problems(*REFUSALS))
    async def feedback(treadmill: TreadmillPath, body: FeedbackBody, token: TokenUser) -> JSONResponse:
        """What the member says of the session."""
        return await _ask(console, treadmill, "feedback", body, token)

    @router.post("/treadmills/{treadmill}/clear", response_model=Done, responses=problems(*REFUSALS))
    async def clear(treadmill: TreadmillPath, body: ClearBody, token: TokenUser) -> JSONResponse:
        """Unlock a stopped treadmill whose belt stands still; nothing starts by it."""
        return await _ask(console, treadmill, "clear", body, token)

    for word, verb in PLAIN:
        _plain(console, router, f"{session}/{word}", word, verb)
    return router


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
        why=tell(view.why),
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
        why=tell(past.told),
        ended_ms=past.at_ms,
    )


def _plain(console: Console, router: APIRouter, path: str, word: str, verb: SessionVerb) -> None:
    async def plain(treadmill: TreadmillPath, body: RequestBody, token: TokenUser) -> JSONResponse:
        return await _ask(console, treadmill, verb, body, token)

    plain.__name__ = word
    plain.__doc__ = api_words.ASKED[word]
    router.post(path, response_model=Done, responses=problems(*REFUSALS))(plain)


async def _ask(
    console: Console, treadmill: str, verb: SessionVerb, body: RequestBody, token: TokenUser
) -> JSONResponse:
    """Ask for the person named in `body`, whose name goes into the audit and not on the bus."""
    if hearing.strange(console, treadmill):
        raise unknown(console, treadmill)
    id_ = body.id or f"api-{secrets.token_hex(8)}"
    asked = body.message(verb, treadmill, id=id_, asker=f"token {token.name}", by=token.name)
    outcome = ": no answer"
    try:
        answer = await ask(console, asked)
        outcome = {200: "", 409: ": refused"}.get(answer.status, outcome)
    finally:
        if body.by:
            await note_name(console, treadmill, signed(token, body.by), f"asked {verb}{outcome}")
    if answer.ok:
        return JSONResponse(Done(id=answer.id, session=answer.session, text=answer.text).model_dump())
    refused = Problem(id=answer.id, cause=answer.cause, text=answer.text)
    return JSONResponse(refused.model_dump(), answer.status)


async def note_name(console: Console, treadmill: str, by: str, what: str) -> None:
    """Into the audit; what was asked stands, whatever becomes of that."""
    try:
        await run_in_threadpool(lambda: console.members_db.members().note(treadmill, by=by, what=what))
    except BackstrideError as e:
        log.warning("name_not_kept", code=e.code, treadmill=treadmill, what=what)
