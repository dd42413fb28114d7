"""The members store as staff's pages ask it: who is there, and what each may start. In a thread, never in the loop."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import structlog

from device_adapters.clock import Clock
from device_adapters.config import HubConfig
from device_adapters.errors import BackstrideError
from device_adapters.safety.limits import Goal, Level
from services.console.accounts.acting import signature
from services.console.hearsay import tell
from services.members.admission import Allowance, Wish, may_start, training_on
from services.members.growth import Demand
from services.members.model import Dossier
from services.programme import plan
from services.programme.library import find

if TYPE_CHECKING:
    from services.members.store import Members

ANSWER_MAX_S = 3.0
SHOWN_MAX = 8

log = structlog.get_logger("console")

T = TypeVar("T")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A member in the search: nothing of their health."""

    id: str
    name: str
    alias: str


class MayStart(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a goal. `why`: the gate that is shut, in words; with `reason` staff's own reason opens it.

    `arms_reach`: a person within arm's reach or a harness has to be declared.
    """

    allowed: bool
    why: str = ""
    reason: bool = False
    arms_reach: bool = False


class MembersReader:
    """One console's view of the store, opened ahead of the first question or with it. Raises BackstrideError,
    TimeoutError."""

    def __init__(self, config: HubConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._store: Members | None = None

    async def warm_up(self) -> None:
        """Open the store; one that is away is tried again with the next question."""
        try:
            async with self._one_at_a_time:
                await asyncio.to_thread(self._with_store, lambda _: None)
        except BackstrideError as e:
            log.warning("members_unavailable", why=str(e))

    async def search(self, text: str) -> tuple[Found, ...]:
        """Members by name, alias or id, who was here last first; the latest for an empty text."""
        cards = await self._ask(lambda store: store.search(text))
        return tuple(Found(id=c.id, name=c.name, alias=c.alias) for c in cards[:SHOWN_MAX])

    async def starts(self, member: str, training: str = "") -> dict[str, MayStart]:
        """What the member may start now, by `goal/level`; that somebody looked is in the audit. `training`: on this
        treadmill, now."""
        portrait = await self._ask(lambda store: store.portrait(member, by=signature(), what="judged"))
        now_ms = self._clock.wall_ms()
        if training:
            busy = MayStart(allowed=False, why=tell(training_on(training).text))
            return {f"{goal}/{level}": busy for goal in Goal for level in Level}
        return {
            f"{goal}/{level}": judged(portrait.dossier, goal, level, now_ms)
            for goal in Goal
            for level in Level
        }

    async def _ask(self, work: Callable[["Members"], T]) -> T:
        async with asyncio.timeout(ANSWER_MAX_S), self._one_at_a_time:
            return await asyncio.to_thread(self._with_store, work)

    def _with_store(self, work: Callable[["Members"], T]) -> T:
        """SQLAlchemy takes 0.6 s to import: here, not before the first page."""
        from services.members.database import url_for
        from services.members.store import Members

        if self._store is None:
            url = url_for(self._config.members, Path(self._config.data))
            self._store = Members(url, self._clock.wall_ms)
        return work(self._store)


def judged(dossier: Dossier, goal: Goal, level: Level, now_ms: int) -> MayStart:
    """The goal's own programme at this level, with arm's reach declared, then with a reason as well."""
    demand = Demand(**plan.retro_demand(find(goal, level)))
    plain = may_start(dossier, Wish(goal=goal, level=level, demand=demand, arms_reach=True), now_ms)
    if isinstance(plain, Allowance):
        return MayStart(allowed=True, arms_reach=plain.arms_reach)
    wish = Wish(goal=goal, level=level, demand=demand, by="staff", why="a reason", arms_reach=True)
    reasoned = may_start(dossier, wish, now_ms)
    if isinstance(reasoned, Allowance):
        return MayStart(allowed=True, why=tell(plain.text), reason=True, arms_reach=reasoned.arms_reach)
    return MayStart(allowed=False, why=tell(plain.text))
