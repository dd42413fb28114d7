"""Records of sessions that ended: the files, and what the member says of a session, also on the next day.

What blocks is a plain function: the web server runs it in a thread.
"""

from typing import Annotated

from fastapi import HTTPException, Path, Request
from fastapi.responses import Response
from fastapi.routing import APIRouter

from services.console.api.answers import SessionId
from services.console.api.responses import files, problems
from services.console.auth.bearer import TokenUser, signed
from services.console.bodies.members import AnswersEntry
from services.console.context import Console
from services.console.past.downloads import MEDIA_TYPES, Form, file_for

SessionPath = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,60}$")]


def records(console: Console) -> APIRouter:
    """Routes of records."""
    router = APIRouter(tags=["records"])

    @router.get(
        "/sessions/{session}/record.{form}",
        response_class=Response,
        responses=files(MEDIA_TYPES.values(), 404, 422, 503),
    )
    async def record(session: SessionPath, form: Form, request: Request, token: TokenUser) -> Response:
        """The session as a file. It holds heart rates, if those are kept; that it was asked for is in the audit. It
        may take a minute; close the connection to cancel it."""
        by = signed(token)
        answer = await file_for(console, request, session, form, lambda: console.past.given_out(session, by))
        if isinstance(answer, Response):
            return answer
        raise HTTPException(answer.status, answer.text)

    @router.post("/sessions/{session}/answers", responses=problems(404, 422))
    def answers(session: SessionPath, body: AnswersEntry, token: TokenUser) -> SessionId:
        """Keep what the member said of a session: exertion, pain at its end and on the next day."""
        console.members_db.members().answer(session, body.answers(), by=signed(token, body.by))
        return SessionId(id=session)

    return router
