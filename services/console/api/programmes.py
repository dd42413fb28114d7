"""The programmes that a session may run. Plain functions: a gym's own are files."""

from fastapi.routing import APIRouter

from device_adapters.safety.limits import Goal, Level
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.console.api.answers import ProgrammeAnswer, Programmes
from services.console.api.responses import problems
from services.console.context import Console
from services.programme import library, model, plan
from services.programme.parse import limits_of


def programmes(console: Console) -> APIRouter:
    """Routes of programmes."""
    router = APIRouter(tags=["programmes"])

    @router.get("/programmes", responses=problems(422))
    def every_programme(goal: Goal | None = None, level: Level | None = None) -> Programmes:
        """The programmes, or those of one goal or level; the first of a goal and level is its default."""
        own = console.own_programmes()
        found = library.catalogue(own).items()
        wanted = [(i, p) for i, p in found if goal in (None, p.goal) and level in (None, p.level)]
        return Programmes(programmes=[_programme(id_, one, own=id_ in own) for id_, one in wanted])

    return router


def _programme(id_: str, programme: model.Programme, *, own: bool) -> ProgrammeAnswer:
    limits = limits_of(programme)
    legs = plan.timeline(programme, limits)
    return ProgrammeAnswer(
        id=id_,
        name=programme.name,
        goal=programme.goal,
        level=programme.level,
        own=own,
        steps=len(programme.steps),
        sets=programme.sets,
        total_s=plan.total_ms(legs) // 1000,
        retro_s=plan.retro_ms(legs, limits) // 1000,
        speed_max_kmh=kmh_from_ckmh(max(step.speed_ckmh for step in programme.steps)),
        grade_max_pct=pct_from_dpct(max(step.incline_dpct for step in programme.steps)),
    )
