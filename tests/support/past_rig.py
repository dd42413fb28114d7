"""A past for pages of the past: a session walked by the rig, stored as a hub stores it, of a member who is known."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from console_members import wall_ms
from console_rig import Rig, rig
from members_rig import WREN, screening
from recorded_session import EPOCH_MS, recorded
from session_rig import programme, step

from device_adapters.contract.messages import Event
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.members.model import Answers, Purpose, SessionRecord
from services.members.store import Members
from services.metrics import points
from services.metrics.sqlite import SqliteSink
from services.programme.model import ForTime, Programme
from services.provisioning.history import day
from services.provisioning.visits import SeededGym


@dataclass(frozen=True)
class PastSite:
    """`session` is the walked one, of `member`; `invented` members come from a seeded past."""

    member: str
    session: str
    invented: str


SHORT_WALK = programme(step(200, ForTime(60)), step(300, ForTime(90)))


def enter_walk(folder: Path, built: Programme = SHORT_WALK) -> tuple[str, str]:
    """Wren, and a session of hers, in the stores of the hub whose data folder this is; their ids."""
    store = Members(f"sqlite:///{folder / 'members.db'}", wall_ms)
    try:
        wren = store.create(WREN, by="Anna")
        store.screen(wren, screening(at_ms=wall_ms()))
        store.consent(wren, Purpose.HEART_RATE, text_version="1", by="Anna")
        walk = recorded(folder, built, member=wren)
        done = walk.gym.session
        session, moved_s = done.wanted.session, done.retro_ms // 1000
        record = SessionRecord(
            session=session, goal=Goal.CONDITIONING, level=Level.INTERMEDIATE, programme=built.name, treadmill="tm-01",
            began_ms=EPOCH_MS, ended_ms=EPOCH_MS + walk.gym.now, outcome="completed", done=True, hr_over_s=0,
            planned_s=moved_s, actual_s=moved_s, answers=Answers(rpe=11, pain=1),
        )  # fmt: skip
        store.record(wren, record)
        lately = wall_ms() - DAY_MS
        store.record(wren, replace(record, session="s-yesterday", began_ms=lately - 170_000, ended_ms=lately))
    finally:
        store.close()
    said = Event(
        id="e-note", at_ms=EPOCH_MS + 60_000, source="session", kind="near_miss", cause="person", severity="warning",
        text="Heel on the frame", treadmill="tm-01", session=session, after={"by": "Anna", "member": wren},
    )  # fmt: skip
    sink = SqliteSink(folder / "metrics.db")
    sink.write(list(points.event("", said)))
    sink.close()
    return wren, session


def enter_past(folder: Path) -> PastSite:
    """The same, and two weeks of invented people whom the members store does not know."""
    member, session = enter_walk(folder)
    midnight_ms = wall_ms() // DAY_MS * DAY_MS
    gym = SeededGym(end_ms=midnight_ms, days=14, members=6)
    past = [p for nth in range(gym.days) for p in day(gym, nth)]
    sink = SqliteSink(folder / "metrics.db")
    sink.write(sorted(past, key=lambda p: p.measurement.name))
    sink.close()
    return PastSite(member, session, next(p.tags["member"] for p in past if "member" in p.tags))


@dataclass(frozen=True)
class PastRig:
    """A running console whose stores hold a past."""

    rig: Rig
    past: PastSite

    @property
    def url(self) -> str:
        """The console's address."""
        return self.rig.console.url


@contextlib.asynccontextmanager
async def past_rig(folder: Path) -> AsyncIterator[PastRig]:
    """Both, in `folder`."""
    past = enter_past(folder)
    async with rig(folder) as running:
        yield PastRig(running, past)
