"""The class, for staff: open it, see who stands ready, let it begin, end or stop it. Lanes start on the floor page."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse

from device_adapters.contract.messages import ClassVerb
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.auth.page_access import Signature, User
from services.console.bodies.session import ClassAction, ClassOpening
from services.console.context import Console
from services.console.live.class_board import for_staff
from services.console.session_answers import SessionAnswer, ask_of_class
from services.programme import library
from services.texts.programmes import in_words

VERBS: tuple[ClassVerb, ...] = ("go", "end", "stop")


def classes(console: Console) -> APIRouter:
    """Routes of the class."""
    router = APIRouter()

    @router.get("/class", response_class=HTMLResponse)
    async def page(user: User) -> str:
        now_ms, floor = console.clock.now_ms(), console.floor
        view, heard = floor.view(now_ms), floor.heard_class
        return console.assets.page(
            "class.html",
            person=user,
            site=view.site,
            bus=view.bus,
            shown=for_staff(
                heard.now(now_ms), view.machines, floor.sessions(), service=heard.spoken_of(now_ms)
            ),
            programmes=_programmes(console),
            words=words,
            page_words=words.page(),
        )

    @router.post("/api/class/open", name="open")
    async def open_(body: ClassOpening, by: Signature) -> JSONResponse:
        return _answered(await ask_of_class(console, body.message("open", id=body.id, asker=by, by=by)))

    for verb in VERBS:
        _act(console, router, verb)
    return router


def _act(console: Console, router: APIRouter, verb: ClassVerb) -> None:
    @router.post(f"/api/class/{verb}", name=verb)
    async def act(body: ClassAction, by: Signature) -> JSONResponse:
        return _answered(await ask_of_class(console, body.message(verb, id=body.id, asker=by, by=by)))


def _answered(answer: SessionAnswer) -> JSONResponse:
    body = {
        "ok": answer.ok,
        "id": answer.id,
        "class_id": answer.class_id,
        "cause": answer.cause,
        "text": answer.text,
    }
    return JSONResponse(body, status_code=answer.status)


def _programmes(console: Console) -> dict[str, list[tuple[str, str]]]:
    """By `goal/level`: id and name of each programme."""
    own = console.own_programmes()
    return {
        f"{goal}/{level}": [
            (id_, in_words(one.name)) for id_, one in library.programmes_for(goal, level, own).items()
        ]
        for goal in Goal
        for level in Level
    }
