"""The members store as staff's pages ask it: who is there, and what each may start. In a thread, never in the loop."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec
import structlog

from device_adapters.clock import Clock
from device_adapters.errors import BackstrideError
from device_adapters.safety.limits import Goal, Level
from services.members.admission import Allowance, StartWish, may_start, training_on
from services.members.growth import Demand
from services.members.model import Dossier
from services.members.opening import ANSWER_MAX_S, MembersDb
from services.members.progression import standing
from services.programme import plan
from services.programme.library import find
from services.texts.telling import tell

if TYPE_CHECKING:
    from services.members.store import Members

MENDED_BY_SCREENING = frozenset(
    {
        "no_consent", "screening_missing", "screening_old", "screened_out", "clinician_first",
        "backward_walk_missing", "backward_walk_too_slow",
    }
)  # fmt: skip
"""Refusals of `admission` after which staff ask the questions again."""

SHOWN_MAX = 8

log = structlog.get_logger("console")

T = TypeVar("T")


class MemberFound(msgspec.Struct, frozen=True, kw_only=True):
    """A member in the search: nothing of their health."""

    id: str
    name: str
    alias: str


class LevelGate(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a goal. `why`: the gate that is shut, in words; with `reason` staff's own reason opens it.

    `arms_reach`: a person within arm's reach or a harness has to be declared. `held`: what keeps the session below its
    programme, in words. `screen`: a screening or a consent opens it.
    """

    allowed: bool
    why: str = ""
    reason: bool = False
    arms_reach: bool = False
    held: str = ""
    screen: bool = False


class LastTime(msgspec.Struct, frozen=True, kw_only=True):
    """How the member trained last: what the start panel begins with."""

    goal: Goal
    level: Level
    programme: str
    strap: str


class Starts(msgspec.Struct, frozen=True, kw_only=True):
    """What a member may start now, by `goal/level`, and how they trained last."""

    starts: dict[str, LevelGate]
    last: LastTime | None = None


class MembersReader:
    """One console's view of the store, opened ahead of the first question or with it. Raises BackstrideError,
    TimeoutError."""

    def __init__(self, members_db: MembersDb, clock: Clock) -> None:
        self._db = members_db
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def warm_up(self) -> None:
        """Open the store; one that is away is tried again with the next question."""
        try:
            async with self._one_at_a_time:
                await asyncio.to_thread(self._db.members)
        except BackstrideError as e:
            log.warning("members_unavailable", why=str(e))

    async def search(self, text: str) -> tuple[MemberFound, ...]:
        """Members by name, alias or id, who was here last first; the latest for an empty text."""
        cards = await self._ask(lambda store: store.search(text))
        return tuple(MemberFound(id=c.id, name=c.name, alias=c.alias) for c in cards[:SHOWN_MAX])

    async def starts(self, member: str, training: str = "", *, by: str) -> Starts:
        """What the member may start now; that somebody looked is in the audit. `training`: on this treadmill, now."""
        portrait = await self._ask(lambda store: store.portrait(member, by=by, what="judged"))
        now_ms = self._clock.wall_ms()
        if training:
            busy = LevelGate(allowed=False, why=tell(training_on(training).said))
            return Starts(starts={f"{goal}/{level}": busy for goal in Goal for level in Level})
        starts = {
            f"{goal}/{level}": judged(portrait.dossier, goal, level, now_ms)
            for goal in Goal
            for level in Level
        }
        return Starts(
            starts=starts, last=prescribed_now(portrait.dossier, now_ms) or last_time(portrait.dossier)
        )

    async def _ask(self, work: Callable[["Members"], T]) -> T:
        async with asyncio.timeout(ANSWER_MAX_S), self._one_at_a_time:
            return await asyncio.to_thread(lambda: work(self._db.members()))


def judged(dossier: Dossier, goal: Goal, level: Level, now_ms: int) -> LevelGate:
    """The goal's own programme at this level, with arm's reach declared, then with a reason as well."""
    demand = Demand(**plan.retro_demand(find(goal, level)))
    plain = may_start(
        dossier, StartWish(goal=goal, level=level, demand=demand, arms_reach=True, harness=True), now_ms
    )
    if isinstance(plain, Allowance):
        reach = plain.arms_reach or plain.mobility_only
        return LevelGate(allowed=True, arms_reach=reach, held=_held(plain))
    wish = StartWish(
        goal=goal, level=level, demand=demand, by="staff", why="a reason", arms_reach=True, harness=True
    )
    reasoned = may_start(dossier, wish, now_ms)
    if isinstance(reasoned, Allowance):
        return LevelGate(
            allowed=True,
            why=tell(plain.said),
            reason=True,
            arms_reach=reasoned.arms_reach or reasoned.mobility_only,
            held=_held(reasoned),
        )
    return LevelGate(allowed=False, why=tell(plain.said), screen=plain.cause in MENDED_BY_SCREENING)


def prescribed_now(dossier: Dossier, now_ms: int) -> LastTime | None:
    """What the member's prescription says, so that the panel begins with it; the strap is the usual one."""
    newest = dossier.prescription
    if newest is None or not newest.holds(now_ms):
        return None
    before = last_time(dossier)
    return LastTime(
        goal=newest.goal,
        level=standing(dossier, newest.goal, now_ms).level,
        programme=newest.programme,
        strap=before.strap if before is not None else "",
    )


def last_time(dossier: Dossier) -> LastTime | None:
    """The newest session that was admitted."""
    done = [record for record in dossier.history if record.outcome != "refused"]
    if not done:
        return None
    last = done[-1]
    return LastTime(goal=last.goal, level=last.level, programme=last.programme, strap=last.strap)


def _held(allowance: Allowance) -> str:
    return " · ".join(tell(what) for what in allowance.caps.held)
