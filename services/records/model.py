"""A session as it was, for people and for other programs: frozen values, times in ms of the epoch. Pure."""

from dataclasses import dataclass

from device_adapters.contract.phrase import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One second. What was not known is None. `distance_m` is the belt's travel since the session's first movement.

    `speed_kmh` is a magnitude; `retro` says which way. `grade_pct` is the treadmill's, + with its front raised.
    """

    at_ms: int
    retro: bool
    distance_m: float
    speed_kmh: float | None = None
    grade_pct: float | None = None
    hr_bpm: int | None = None
    cadence_spm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """A step of the programme as it was done; a repeated step is a lap each time. `step` counts from 1.

    `moving_s`: the belt moved. `planned_m`: the metres that the step asked for, counted from 95 % of its speed, so
    `distance_m`, which has the ramp as well, is more. `energy_kcal`: the machine's own estimate, None where unknown.
    """

    step: int
    kind: str
    retro: bool
    begin_ms: int
    end_ms: int
    distance_m: float
    moving_s: float
    set_number: int = 0
    sets: int = 0
    planned_m: int | None = None
    energy_kcal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A decision or a change of phase, with its cause. `text`: as a person wrote it, else `said` in English."""

    at_ms: int
    kind: str
    cause: str = ""
    text: str = ""
    phase: str = ""
    said: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullRecord:
    """The whole session. `member` is a pseudonym. `outcome` is '' for one that has not ended.

    `requested_ms`: it was asked for; `begin_ms` is the first movement, or the request if the belt never moved; `pauses`
    are times without the belt.
    """

    session: str
    treadmill: str
    goal: str
    level: str
    programme: str
    member: str
    outcome: str
    why: str
    sets_done: int
    requested_ms: int
    begin_ms: int
    end_ms: int
    laps: tuple[Lap, ...] = ()
    samples: tuple[Sample, ...] = ()
    moments: tuple[Moment, ...] = ()
    pauses: tuple[tuple[int, int], ...] = ()
    said: Phrase | None = None
    """Why it ended, with `why` in English; None where an earlier release wrote it."""

    @property
    def moving_s(self) -> float:
        """Time with the belt in motion."""
        return sum(lap.moving_s for lap in self.laps)

    @property
    def distance_m(self) -> float:
        """Belt metres, both ways."""
        return sum(lap.distance_m for lap in self.laps)

    @property
    def retro_m(self) -> float:
        """Belt metres walked retro."""
        return sum(lap.distance_m for lap in self.laps if lap.retro)

    @property
    def energy_kcal(self) -> int | None:
        """The machine's own estimate; None where it has none."""
        told = [lap.energy_kcal for lap in self.laps if lap.energy_kcal is not None]
        return sum(told) if told else None

    def timer_s(self, begin_ms: int, end_ms: int) -> float:
        """That time without the pauses in it."""
        paused_ms = sum(max(0, min(end_ms, to) - max(begin_ms, since)) for since, to in self.pauses)
        return (end_ms - begin_ms - paused_ms) / 1000
