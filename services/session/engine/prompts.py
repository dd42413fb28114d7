"""Questions that people must answer while the belt moves, and what an unanswered one does to it. Pure.

Two of them: how hard is it (RPE, where the heart rate was waived) and are staff with the member (domain.md §2.2, §3).
Times are moving time of the session, ms; speeds 0.01 km/h. Nothing here rises; an answer ends the ladder, and what it
took off stays off until the step is over.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

RPE_EVERY_MS = 120_000
HOLD_MS, SLOW_MS, PAUSE_MS = 30_000, 60_000, 120_000
"""Without an answer for so long: nothing rises, recovery speed, a controlled stop that a person resumes."""


class Stage(IntEnum):
    """How far the ladder has come."""

    QUIET = 0
    ASKED = 1
    HOLD = 2
    SLOW = 3
    PAUSE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question: asked each `every_ms`, next at `due_ms`. `cap_ckmh`: the belt may not be asked to go faster."""

    every_ms: int
    due_ms: int
    stage: Stage = Stage.QUIET
    cap_ckmh: int | None = None


def begun(every_ms: int, elapsed_ms: int) -> Prompt:
    """A question that is first asked after `every_ms`; a person has just been there."""
    return Prompt(every_ms=every_ms, due_ms=elapsed_ms + every_ms)


def looked(prompt: Prompt, *, elapsed_ms: int, going_ckmh: int, recovery_ckmh: int) -> Prompt:
    """The ladder at `elapsed_ms`. A cap is never above what the belt does when it begins."""
    stage = _stage(elapsed_ms - prompt.due_ms)
    if stage <= prompt.stage:
        return prompt
    cap = prompt.cap_ckmh
    if stage >= Stage.HOLD:
        cap = going_ckmh if cap is None else min(cap, going_ckmh)
    if stage >= Stage.SLOW and cap is not None:
        cap = min(cap, recovery_ckmh)
    return replace(prompt, stage=stage, cap_ckmh=cap)


def _stage(late_ms: int) -> Stage:
    if late_ms < 0:
        return Stage.QUIET
    if late_ms < HOLD_MS:
        return Stage.ASKED
    if late_ms < SLOW_MS:
        return Stage.HOLD
    return Stage.SLOW if late_ms < PAUSE_MS else Stage.PAUSE
