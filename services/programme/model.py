"""What a programme is: frozen values. The words are those of FIT workouts (intensity, duration type)."""

from dataclasses import dataclass
from enum import StrEnum

from device_adapters.safety.limits import Goal, Level


class Kind(StrEnum):
    """FIT `intensity` of a step."""

    WARMUP = "warmup"
    ACTIVE = "active"
    INTERVAL = "interval"
    RECOVERY = "recovery"
    REST = "rest"
    COOLDOWN = "cooldown"


class Facing(StrEnum):
    """Which way the member walks. It changes only on a still belt, after a person confirms."""

    FORWARD = "forward"
    RETRO = "retro"


@dataclass(frozen=True, slots=True)
class ForTime:
    """The step lasts `time_s` seconds of movement, its ramp included."""

    time_s: int


@dataclass(frozen=True, slots=True)
class ForDistance:
    """The step lasts `distance_m` metres, counted from reaching 95 % of its speed (domain.md §5)."""

    distance_m: int


@dataclass(frozen=True, slots=True)
class UntilHeartRateBelow:
    """The step lasts until the heart rate is below `hr_dpct` (0.1 % of HRmax), at most `time_max_s` seconds."""

    hr_dpct: int
    time_max_s: int


Until = ForTime | ForDistance | UntilHeartRateBelow


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as it is run. `place` is where the author wrote it ("3.1": first step of the third entry).

    `set_number` of `sets` counts the rounds of the repeat that it came from; 0 of 0 outside a repeat.
    """

    place: str
    kind: Kind
    facing: Facing
    until: Until
    speed_ckmh: int
    incline_dpct: int = 0
    cue: str = ""
    set_number: int = 0
    sets: int = 0

    @property
    def said(self) -> str:
        """The cue with its set: "Set 2 of 5. Short quick steps"."""
        return ". ".join(
            part for part in (f"Set {self.set_number} of {self.sets}" if self.sets else "", self.cue) if part
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A plan for one goal at one level: its steps in the order they are run, repeats unrolled."""

    name: str
    goal: Goal
    level: Level
    steps: tuple[Step, ...]
