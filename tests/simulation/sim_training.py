"""A member who trains: real programmes, the real engine and gate in virtual time, the members store's own gates."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from members_rig import BEGIN_MS, WREN, at, screening
from session_rig import EngineGym

from device_adapters.contract import messages as m
from device_adapters.contract.phrase import Refusal
from device_adapters.safety.limits import Goal, Level
from services.members.model import Answers, Purpose, SessionRecord
from services.members.store import Members
from services.session import membership
from services.session.engine.events import Effect, Event, KeepEnd, Start
from services.session.engine.tally import Tally, counted, summary
from services.session.request_parsing import StrapChoice, event_for

SESSION_MAX_MS = 3_600_000


@dataclass
class CountedGym(EngineGym):
    """A gym that counts as the session service does. `wall_ms`: when it begins."""

    wall_ms: int = BEGIN_MS
    tally: Tally | None = None
    told: SessionRecord | None = None

    def feed(self, event: Event) -> tuple[Effect, ...]:
        effects = super().feed(event)
        wall = self.wall_ms + self.now - 1_000_000
        self.tally = counted(self.tally, self.state, effects, now_ms=self.now, wall_ms=wall)
        for effect in effects:
            if isinstance(effect, KeepEnd) and self.tally is not None:
                self.told = summary(effect.session, self.tally, "tm-01", wall)
        return effects


@dataclass
class Trainee:
    """One member and a store on disk, whose time is that of the session."""

    folder: Path
    now: int = BEGIN_MS
    store: Members = field(init=False)
    member: str = field(init=False)
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.store = Members(f"sqlite:///{self.folder / 'members.db'}", lambda: self.now)
        self.member = self.store.create(WREN, by="Anna")
        self.store.screen(self.member, screening())
        self.store.consent(self.member, Purpose.SESSION_RECORDS, text_version="1", by="Anna")

    def train(
        self, day: float, goal: Goal, level: Level, *, answers: Answers | None = None, stop_after_s: int = 0,
        skip_step: int = 0, bpm: int = 100, **request: Any,
    ) -> SessionRecord | Refusal:  # fmt: skip
        """One visit: refused at the door, or a session to its end with its answers given."""
        self.now = at(day)
        number = next(self.ids)
        asked = m.SessionRequest(
            id=f"r{number}", client="desk", verb="start", treadmill="tm-01", by="Anna", goal=goal, level=level,
            member=self.member, **request,
        )  # fmt: skip
        start = event_for(asked, f"s-{number}", StrapChoice("hr-01", busy=False))
        assert isinstance(start, Start), start
        answer = self.store.may_start(self.member, membership.wish_for(start, asked))
        begun = membership.admitted(start, membership.Face("Wren"), answer, asked.why)
        if isinstance(begun, Refusal):
            return begun
        gym = CountedGym(wall_ms=self.now, bpm=bpm)
        gym.feed(begun)
        self._walk(gym, stop_after_s, skip_step)
        assert gym.told is not None
        self.now = gym.told.ended_ms
        self.store.record(self.member, gym.told)
        self.store.answer(gym.told.session, answers or Answers(rpe=11, pain=1, pain_next_day=1), by="Anna")
        return gym.told

    def _walk(self, gym: CountedGym, stop_after_s: int, skip_step: int) -> None:
        """Turn, stand ready and say done when asked; staff are there."""
        end = gym.now + SESSION_MAX_MS
        while gym.session.phase != "ended":
            assert gym.now < end, f"still {gym.session.phase}"
            gym.run(1_000)
            waits = gym.view.waits_for
            if waits in ("resume", "turn"):
                gym.ask("resume")
            elif waits == "done":
                gym.ask("done")
            if skip_step and gym.view.phase == "running" and gym.view.step == skip_step:
                skip_step = 0
                gym.ask("skip")
            if stop_after_s and gym.session.elapsed_ms >= stop_after_s * 1000:
                stop_after_s = 0
                gym.ask("stop")

    def level(self, goal: Goal) -> Level:
        return self.store.progress(self.member, goal, by="test").at.level
