"""How somebody walked, out of what a treadmill told: cadence, and the length of a step from it. Pure.

Belt speed divided by cadence, at a steady speed alone: a cadence is a mean of the seconds before. Of left against right
nothing is known here: no Running Speed and Cadence pod tells it, nor does a treadmill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from services.history.model import TreadmillFrame

SPEED_LEAST_KMH = 0.5
STEADY_KMH = 0.1
"""A stretch is at a steady speed while it stays within this of where it began."""

SETTLES_MS = 10_000
"""So long a pod's cadence still holds seconds of the speed before."""

SPEAKS_MS = 5_000
"""For so long a frame speaks: after that nobody knows."""

ENOUGH_MS = 60_000
STRETCH_MS = 30_000
"""So long a stretch must be for a machine's own count of steps to say a cadence."""

CADENCE_SPM = (20, 300)
CM_PER_MIN_PER_KMH = 100_000 / 60

Source = Literal["pod", "machine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait:
    """Of one session. Medians over `minutes` at a steady speed; `low_cm` and `high_cm` hold the middle half of all step
    lengths. `cadence_off_spm`: what the counting alone leaves open. `pod_cm`: the step length that the pod tells.
    """

    source: Source
    cadence_spm: int
    step_cm: int
    low_cm: int
    high_cm: int
    minutes: float
    cadence_off_spm: float
    pod_cm: int | None = None

    @property
    def step_off_cm(self) -> float:
        """What the counting leaves open of the step length, cm; the belt's own error comes on top."""
        return self.step_cm * self.cadence_off_spm / self.cadence_spm


@dataclass(frozen=True, slots=True)
class _Walked:
    cadence_spm: float
    speed_kmh: float
    lasts_ms: int
    pod_cm: int | None = None

    @property
    def step_cm(self) -> float:
        return self.speed_kmh * CM_PER_MIN_PER_KMH / self.cadence_spm


def gait(frames: Sequence[TreadmillFrame]) -> Gait | None:
    """By the foot pod where one was worn, else by the machine's count of steps. None: less than ENOUGH_MS of it."""
    stretches = list(_stretches(frames))
    told = [one for stretch in stretches for one in _by_pod(stretch)]
    if sum(one.lasts_ms for one in told) >= ENOUGH_MS:
        return _summed("pod", told, 1.0)
    counted = [one for stretch in stretches for one in _by_machine(stretch)]
    lasted_ms = sum(one.lasts_ms for one in counted)
    if lasted_ms < ENOUGH_MS:
        return None
    return _summed("machine", counted, max(60_000 / one.lasts_ms for one in counted))


def _stretches(frames: Sequence[TreadmillFrame]) -> Iterator[list[TreadmillFrame]]:
    """Frames at one steady speed, without gaps, as long as the machine counts from one zero."""
    stretch = list[TreadmillFrame]()
    for frame in frames:
        if stretch and not _goes_on(stretch, frame):
            yield stretch
            stretch = []
        if (frame.speed_kmh or 0) >= SPEED_LEAST_KMH:
            stretch.append(frame)
    if stretch:
        yield stretch


def _goes_on(stretch: Sequence[TreadmillFrame], frame: TreadmillFrame) -> bool:
    began, last = stretch[0], stretch[-1]
    steady = abs((frame.speed_kmh or 0) - (began.speed_kmh or 0)) <= STEADY_KMH
    return steady and frame.boot == last.boot and 0 <= frame.at_ms - last.at_ms <= SPEAKS_MS


def _by_pod(stretch: Sequence[TreadmillFrame]) -> Iterator[_Walked]:
    for frame, after in pairwise(stretch):
        spm = frame.cadence_spm
        if frame.at_ms - stretch[0].at_ms >= SETTLES_MS and spm and CADENCE_SPM[0] <= spm <= CADENCE_SPM[1]:
            yield _Walked(spm, frame.speed_kmh or 0, after.at_ms - frame.at_ms, frame.step_cm)


def _by_machine(stretch: Sequence[TreadmillFrame]) -> Iterator[_Walked]:
    counted = [frame for frame in stretch if frame.steps is not None]
    if len(counted) < 2:
        return
    first, last = counted[0], counted[-1]
    lasts_ms, steps = last.at_ms - first.at_ms, (last.steps or 0) - (first.steps or 0)
    if lasts_ms < STRETCH_MS or steps <= 0:
        return
    spm = steps * 60_000 / lasts_ms
    if CADENCE_SPM[0] <= spm <= CADENCE_SPM[1]:
        yield _Walked(spm, first.speed_kmh or 0, lasts_ms)


def _summed(source: Source, walked: Sequence[_Walked], off_spm: float) -> Gait:
    lengths = sorted(one.step_cm for one in walked)
    pods = [one.pod_cm for one in walked if one.pod_cm]
    return Gait(
        source=source,
        cadence_spm=round(median(one.cadence_spm for one in walked)),
        step_cm=round(median(lengths)),
        low_cm=round(lengths[len(lengths) // 4]),
        high_cm=round(lengths[(3 * len(lengths)) // 4]),
        minutes=sum(one.lasts_ms for one in walked) / 60_000,
        cadence_off_spm=off_spm,
        pod_cm=round(median(pods)) if pods else None,
    )
