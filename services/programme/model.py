"""What a programme is: frozen values. The words are those of FIT workouts (intensity, duration type)."""

from dataclasses import dataclass
from enum import StrEnum

from device_adapters.contract.keys import programmes as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Goal, Level


class StepKind(StrEnum):
    """FIT `intensity` of a step; `open` is a step off the belt."""

    WARMUP = "warmup"
    ACTIVE = "active"
    INTERVAL = "interval"
    RECOVERY = "recovery"
    REST = "rest"
    COOLDOWN = "cooldown"
    OPEN = "open"


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


@dataclass(frozen=True, slots=True)
class UntilStaff:
    """The step lasts until staff press done (FIT duration `open`), at most `time_max_s` seconds.

    On the belt the next step begins after `time_max_s` of movement. Off the belt only staff go on.
    """

    time_max_s: int


Until = ForTime | ForDistance | UntilHeartRateBelow | UntilStaff


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as it is run. `place` is where the author wrote it ("3.1": first step of the third entry).

    `set_number` of `sets` counts the rounds of the repeat that it came from; 0 of 0 outside a repeat.
    Off the belt (kind `open`, until staff press done) `facing` is None and `speed_ckmh` 0: the belt stands still, and
    is started again as after a change of facing. `cadence_spm` is a target in steps (not strides) per minute.
    """

    place: str
    kind: StepKind
    facing: Facing | None
    until: Until
    speed_ckmh: int
    incline_dpct: int = 0
    cue: str = ""
    set_number: int = 0
    sets: int = 0
    cadence_spm: int | None = None

    @property
    def off_belt(self) -> bool:
        """Is it done beside a still belt?"""
        return self.kind is StepKind.OPEN

    @property
    def said(self) -> Phrase | str:
        """The cue with its set: "Set 2 of 5. Short quick steps"; the cue alone is as its author wrote it."""
        if not self.sets:
            return self.cue
        number, sets = self.set_number, self.sets
        return (
            keys.step_of_set_with_cue(number, sets, self.cue) if self.cue else keys.step_of_set(number, sets)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A plan for one goal at one level: its steps in the order they are run, repeats unrolled.

    `per_week`: it is meant to be done this often in a week, at least and at most; None where its author does not say.
    """

    name: str
    goal: Goal
    level: Level
    steps: tuple[Step, ...]
    per_week: tuple[int, int] | None = None

    @property
    def sets(self) -> int:
        """Rounds of its repeats, all together."""
        return len({(step.place.partition(".")[0], step.set_number) for step in self.steps if step.sets})
