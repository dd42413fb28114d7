"""The class: how it stands, and what is asked of it. Its lanes are started as sessions, with its id."""

import secrets

from fastapi.responses import JSONResponse
from fastapi.routing import APIRouter

from device_adapters.contract.messages import ClassVerb
from services.console.api import words as api_words
from services.console.api.answers import ClassShown, Done, LaneShown, Problem
from services.console.api.responses import problems
from services.console.api.sessions import note_name
from services.console.auth.bearer import TokenUser, signed
from services.console.bodies.session import ClassBody, ClassOpenBody
from services.console.context import Console
from services.console.session_answers import ask_of_class
from services.texts.programmes import in_words

REFUSALS = (409, 422, 503, 504)
PLAIN: tuple[tuple[str, ClassVerb], ...] = (
    ("let_class_go", "go"),
    ("end_class", "end"),
    ("stop_class", "stop"),
)
CLASS = "class"
"""What an audit line of a class is about."""


def classes(console: Console) -> APIRouter:
    """Routes of the class."""
    router = APIRouter(tags=["class"])

    @router.get("/class")
    async def class_shown() -> ClassShown:
        """The class under way: its clock, its step and its lanes; `phase` is ended while there is none."""
        view = console.floor.heard_class.now(console.clock.now_ms())
        if view is None:
            return ClassShown(phase="ended", can=["open"])
        return ClassShown(
            class_id=view.class_id,
            phase=view.phase,
            goal=view.goal,
            level=view.level,
            programme=in_words(view.programme),
            clock_s=view.clock_s,
            starts_in_s=view.starts_in_s,
            total_s=view.total_s,
            step=view.step,
            steps=view.steps,
            step_left_s=view.step_left_s,
            lanes=[LaneShown.model_validate(lane) for lane in view.lanes],
            can=list(view.can),
        )

    @router.post("/class/open", response_model=Done, responses=problems(*REFUSALS))
    async def open_class(body: ClassOpenBody, token: TokenUser) -> JSONResponse:
        """Open a class; then start a session at each belt with its `class_id`. The belts wait for `go`."""
        return await _ask(console, "open", body, token)

    for name, verb in PLAIN:
        _plain(console, router, name, verb)
    return router


def _plain(console: Console, router: APIRouter, name: str, verb: ClassVerb) -> None:
    async def plain(body: ClassBody, token: TokenUser) -> JSONResponse:
        return await _ask(console, verb, body, token)

    plain.__name__, plain.__doc__ = name, api_words.CLASS_ASKED[verb]
    router.post(f"/class/{verb}", response_model=Done, responses=problems(*REFUSALS))(plain)


async def _ask(
    console: Console, verb: ClassVerb, body: ClassBody | ClassOpenBody, token: TokenUser
) -> JSONResponse:
    """Ask for the person named in `body`, whose name goes into the audit and not on the bus."""
    id_ = body.id or f"api-{secrets.token_hex(8)}"
    asked = body.message(verb, id=id_, asker=f"token {token.name}", by=token.name)
    outcome = ": no answer"
    try:
        answer = await ask_of_class(console, asked)
        outcome = {200: "", 409: ": refused"}.get(answer.status, outcome)
    finally:
        await note_name(console, CLASS, signed(token, body.by), f"asked {verb}{outcome}")
    if answer.ok:
        return JSONResponse(Done(id=answer.id, class_id=answer.class_id, text=answer.text).model_dump())
    refused = Problem(id=answer.id, cause=answer.cause, text=answer.text)
    return JSONResponse(refused.model_dump(), answer.status)
