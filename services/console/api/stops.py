"""Stops over REST: they need no token and no body."""

from fastapi.routing import APIRouter

from services.console.api.answers import Stopped
from services.console.api.responses import RefusedHere, problems
from services.console.api.treadmills import TreadmillPath
from services.console.context import Console
from services.console.session_answers import AskCause
from services.console.stop_answers import OVER_REST, StopAnswer, stop


def stops(console: Console) -> APIRouter:
    """Routes that stop belts."""
    router = APIRouter(tags=["treadmills"])

    @router.post("/stop", responses=problems(503))
    async def stop_all() -> Stopped:
        """Stop every belt. Needs no token: a stop is always taken. In danger use the red button or the cord."""
        return _stopped(await stop(console, "API", OVER_REST))

    @router.post("/treadmills/{treadmill}/stop", responses=problems(404, 422, 503))
    async def stop_one(treadmill: TreadmillPath) -> Stopped:
        """Stop one belt. Needs no token: a stop is always taken and sent, also (404) to a treadmill that is not known
        here. In danger use the red button or the cord."""
        return _stopped(await stop(console, "API", OVER_REST, treadmill))

    return router


def _stopped(answer: StopAnswer) -> Stopped:
    if not answer.ok:
        cause = AskCause.UNKNOWN if answer.delivered else AskCause.NOT_SENT
        raise RefusedHere(answer.status, cause, answer.text)
    return Stopped(alarm=answer.alarm, text=answer.text, out_of_reach=answer.out_of_reach)
