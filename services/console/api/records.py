"""Records of sessions that ended: the files, and what the member says of a session, also on the next day.

What blocks is a plain function: the web server runs it in a thread.
"""

from typing import Annotated

from fastapi import HTTPException, Path, Request
from fastapi.responses import Response
from fastapi.routing import APIRouter

from services.console.api.access import Door, signed
from services.console.api.answers import SessionId
from services.console.api.bodies import AnswersEntry
from services.console.api.routing import Routes
from services.console.context import Console
from services.console.downloads import MEDIA_TYPES, Form, file_for
from services.members.model import Answers

SessionPath = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,60}$")]


def records(console: Console, door: Door) -> APIRouter:
    """Routes of records."""
    routes = Routes(door, "records")

    @routes.add_file("GET", "/sessions/{session}/record.{form}", MEDIA_TYPES.values(), 404, 422, 503)
    async def record(session: SessionPath, form: Form, request: Request) -> Response:
        """The session as a file. It holds heart rates, if those are kept; that it was asked for is in the audit. It
        may take a minute; close the connection to cancel it."""
        by = signed(request)
        answer = await file_for(console, request, session, form, lambda: console.past.given_out(session, by))
        if isinstance(answer, Response):
            return answer
        raise HTTPException(answer.status, answer.text)

    @routes.add("POST", "/sessions/{session}/answers", SessionId, 404, 422)
    def answers(session: SessionPath, body: AnswersEntry, request: Request) -> SessionId:
        """Keep what the member said of a session: exertion, pain at its end and on the next day."""
        said = Answers(
            rpe=body.rpe, pain=body.pain, pain_next_day=body.pain_next_day, balance_lost=body.balance_lost
        )
        console.storeroom.members().answer(session, said, by=signed(request, body.by))
        return SessionId(id=session)

    return routes.router
