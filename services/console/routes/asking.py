"""A request to the session service and its answer as a web page hears it."""

from fastapi.responses import JSONResponse

from device_adapters.contract.messages import SessionRequest
from device_adapters.errors import BusError
from services.console import words
from services.console.context import Console
from services.console.desk import Cause, LateError, reply_max_s
from services.console.hearsay import tell


async def ask(console: Console, request: SessionRequest) -> JSONResponse:
    """Ask, wait, and say the answer: 200, 404 unknown treadmill, 409 refused or too late, 503 not sent, 504 no
    answer."""
    known = console.floor.treadmill_ids()
    if request.treadmill not in known:
        return _answer(404, request.id, Cause.UNKNOWN, words.unknown_treadmill(request.treadmill, known))
    try:
        reply = await console.desk.ask(request)
    except LateError:
        return _answer(409, request.id, Cause.LATE, words.too_late())
    except BusError:
        return _answer(503, request.id, Cause.NOT_SENT, words.not_sent())
    except TimeoutError:
        text = words.no_session_service(request.verb, reply_max_s(request.verb))
        return _answer(504, request.id, Cause.NO_ANSWER, text)
    text = tell(reply.text or (words.DONE[request.verb] if reply.ok else reply.cause))
    body = {"ok": reply.ok, "id": reply.id, "session": reply.session, "cause": reply.cause, "text": text}
    return JSONResponse(body, status_code=200 if reply.ok else 409)


def _answer(status: int, id_: str, cause: Cause, text: str) -> JSONResponse:
    body = {"ok": False, "id": id_, "session": "", "cause": cause, "text": text}
    return JSONResponse(body, status_code=status)
