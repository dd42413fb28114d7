"""Records of sessions that ended: the files, and what the member says of a session, also on the next day.

Plain functions: the web server runs them in threads, for the stores block.
"""

from typing import Annotated

from fastapi import HTTPException, Path, Request
from fastapi.responses import Response
from fastapi.routing import APIRouter

from device_adapters.errors import RecordError
from services.console.api.access import Door, signed
from services.console.api.answers import SessionId
from services.console.api.bodies import AnswersEntry
from services.console.api.routing import Routes
from services.console.context import Console
from services.console.routes.member import MEDIA_TYPES, Form
from services.console.routes.past import named, record_of
from services.members.model import Answers

SessionPath = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,60}$")]


def records(console: Console, door: Door) -> APIRouter:
    """Routes of records."""
    routes = Routes(door, "records")

    @routes.add_file("GET", "/sessions/{session}/record.{form}", MEDIA_TYPES.values(), 404, 422)
    def record(session: SessionPath, form: Form, request: Request) -> Response:
        """The session as a file. It holds heart rates, if those are kept; that it was taken is in the audit."""
        try:
            content = record_of(console, session, form, signed(request))
        except RecordError as e:
            raise HTTPException(404, str(e)) from None
        return Response(content, media_type=MEDIA_TYPES[form], headers=named(form))

    @routes.add("POST", "/sessions/{session}/answers", SessionId, 404, 422)
    def answers(session: SessionPath, body: AnswersEntry, request: Request) -> SessionId:
        """Keep what the member said of a session: exertion, pain at its end and on the next day."""
        said = Answers(
            rpe=body.rpe, pain=body.pain, pain_next_day=body.pain_next_day, balance_lost=body.balance_lost
        )
        console.storeroom.members().answer(session, said, by=signed(request, body.by))
        return SessionId(id=session)

    return routes.router
