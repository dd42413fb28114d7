"""A request to the session service and what became of it, the same for pages and REST. The console decides nothing:
it passes on, waits, and says the answer."""

from dataclasses import dataclass
from enum import StrEnum

from device_adapters.contract.messages import ClassRequest, SessionReply, SessionRequest
from device_adapters.contract.request_ids import Asked
from device_adapters.errors import BusError
from services.console import hearing, words
from services.console.context import Console
from services.session_client import LateError, reply_max_s


class AskCause(StrEnum):
    """Stable words for what the console itself says to a request, beside those of the session service."""

    UNKNOWN = "unknown_treadmill"
    OUT_OF_USE = "out_of_use"
    LABEL = "label"
    ROLL_OUT = "roll_out"
    LATE = "too_late"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAnswer:
    """`status` of HTTP: 200, 404 unknown treadmill, 409 refused or too late, 503 not sent, 504 no answer."""

    status: int
    id: str
    text: str
    cause: str = ""
    session: str = ""
    class_id: str = ""

    @property
    def ok(self) -> bool:
        """Did the session service agree?"""
        return self.status == 200


async def ask(console: Console, request: SessionRequest) -> SessionAnswer:
    """Ask, wait, and say the answer in words. A console that is new leaves it to the session service which treadmills
    there are."""
    if hearing.strange(console, request.treadmill):
        text = words.unknown_treadmill(request.treadmill, console.floor.treadmill_ids(), new=False)
        return _not(404, request, AskCause.UNKNOWN, text)
    if request.verb == "start" and (mark := console.out_of_use.told(request.treadmill)):
        return _not(409, request, AskCause.OUT_OF_USE, mark)
    answer = await _reply(console, request)
    if isinstance(answer, SessionAnswer):
        return answer
    return _told(answer, words.answer(answer, request.verb))


async def ask_of_class(console: Console, request: ClassRequest) -> SessionAnswer:
    """The same of the site's class."""
    answer = await _reply(console, request)
    if isinstance(answer, SessionAnswer):
        return answer
    return _told(answer, words.class_answer(answer, request.verb))


async def _reply(console: Console, request: Asked) -> SessionReply | SessionAnswer:
    """The session service's answer, or why there is none."""
    try:
        return await console.session_client.ask(request)
    except LateError:
        return _not(409, request, AskCause.LATE, words.too_late())
    except BusError:
        return _not(503, request, AskCause.NOT_SENT, words.not_sent())
    except TimeoutError:
        text = words.no_session_service(request.verb, reply_max_s(request.verb))
        return _not(504, request, AskCause.NO_ANSWER, text)


def _told(reply: SessionReply, text: str) -> SessionAnswer:
    return SessionAnswer(
        status=200 if reply.ok else 409,
        id=reply.id,
        text=text,
        cause=reply.cause,
        session=reply.session,
        class_id=reply.class_id,
    )


def _not(status: int, request: Asked, cause: AskCause, text: str) -> SessionAnswer:
    return SessionAnswer(status=status, id=request.id, text=text, cause=cause)
