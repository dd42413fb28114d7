"""Releases for the units, for a program that plans updates."""

from fastapi.routing import APIRouter

from services.console.api.answers import ReleaseAnswer, ReleasesAnswer, RollOutAnswer, UnitUpdateAnswer
from services.console.api.responses import RefusedHere, problems
from services.console.auth.bearer import TokenUser, signed
from services.console.bodies.releases import RollOutBody
from services.console.context import Console
from services.console.operator import releases as told
from services.console.release_orders import UNANSWERED, ordered
from services.console.session_answers import AskCause


def releases(console: Console) -> APIRouter:
    """Routes of releases and their rollout."""
    router = APIRouter(tags=["releases"])

    @router.get("/releases")
    async def every_release() -> ReleasesAnswer:
        """What the hub holds for its units, what changed, and where the newest roll-out is."""
        return _answer(console)

    @router.post("/releases/roll-out", responses=problems(409, 422, 503))
    async def roll_out(body: RollOutBody, token: TokenUser) -> ReleasesAnswer:
        """Let a release go to one unit, and to the others once that is well."""
        return await _done(console, signed(token), body)

    @router.post("/releases/stop", responses=problems(409, 503))
    async def stop_roll_out(token: TokenUser) -> ReleasesAnswer:
        """Send no further unit off."""
        return await _done(console, signed(token), None)

    return router


async def _done(console: Console, by: str, body: RollOutBody | None) -> ReleasesAnswer:
    if refused := await ordered(console, by, body):
        raise RefusedHere(503 if refused in UNANSWERED else 409, AskCause.ROLL_OUT, told.refused(refused))
    return _answer(console)


def _answer(console: Console) -> ReleasesAnswer:
    status = console.releases.status
    if status is None:
        return ReleasesAnswer(hub="", online=False, units=[], releases=[], roll_out=None)
    rollout = status.rollout
    return ReleasesAnswer(
        hub=status.version,
        online=status.online,
        units=list(status.units),
        releases=[
            ReleaseAnswer(version=one.version, archs=list(one.archs), changes=one.changes)
            for one in status.releases
        ],
        roll_out=None
        if rollout is None
        else RollOutAnswer(
            version=rollout.version,
            canary=rollout.canary,
            begin=rollout.begin,
            end=rollout.end,
            done=rollout.done,
            stopped=rollout.stopped,
            text=told.course(rollout),
            units=[
                UnitUpdateAnswer(unit=one.unit, stage=one.stage, version=one.version, why=told.why(one))
                for one in rollout.units
            ],
        ),
    )
