"""A member and a member of staff who take a programme to its end in the rig's virtual time."""

from dataclasses import dataclass, field

from session_rig import EngineGym

from services.programme.model import Programme
from services.session.engine.events import EventNote

HR_MAX_BPM = 180
REST_BPM = 75
LAG_S = 30
"""A heart follows the speed like this (first order)."""


@dataclass
class Walk:
    """One session of `built`, begun at construction. The heart is a simulated one, 10 bpm for each km/h."""

    built: Programme
    gym: EngineGym = field(default_factory=EngineGym)
    member: str = ""
    turns: int = 0
    _heart_bpm: float = REST_BPM

    def __post_init__(self) -> None:
        self.gym.bpm = REST_BPM
        assert self.gym.start(
            self.built, spotter=True, harness=True, hr_max_bpm=HR_MAX_BPM, member=self.member
        ).ok

    def to_the_end(self, within_s: int = 3_600) -> None:
        """Until the session has ended; staff end a drill beside the belt, and resume after it and after each turn."""
        for _ in range(within_s):
            if self.gym.session.phase == "ended":
                return
            self._second()
            if self.gym.session.phase == "paused":
                self._resume()
        raise AssertionError(f"still {self.gym.session.phase} after {within_s} s: {self.gym.session}")

    def go(self, seconds: int) -> None:
        """For so long."""
        for _ in range(seconds):
            self._second()

    def _second(self) -> None:
        self.gym.run(1_000)
        wants = REST_BPM + self.gym.unit.belt.speed_ckmh / 10
        self._heart_bpm += (wants - self._heart_bpm) / LAG_S
        self.gym.bpm = round(self._heart_bpm)

    def _resume(self) -> None:
        self.gym.run(5_000)
        if self.gym.view.waits_for == "done":
            assert self.gym.ask("done").ok
        assert self.gym.ask("resume").ok
        self.turns += 1

    def noted(self, kind: str) -> list[tuple[int, EventNote]]:
        """What was recorded, and when."""
        return [(at_ms, e) for at_ms, e in self.gym.sent if isinstance(e, EventNote) and e.kind == kind]
