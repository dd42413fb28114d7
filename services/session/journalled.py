"""What stands in the journal of a session, for who writes it and who reads it. Pure, and nothing of the engine."""

from typing import Literal

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Goal, Level

Ending = Literal["done", "cut", "skipped", "repeated", "stopped"]
"""Of a step. cut: at the bout limit, before its metres or minutes were done."""


class StartRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What must be known of a session to close it after a crash, and its plan. `member` is a pseudonym.

    `strap`: one was worn; `waiver`: why not.
    """

    goal: Goal
    level: Level
    programme: str
    member: str
    by: str
    strap: bool = True
    waiver: str = ""
    limits: m.Limits | None = None
    plan: tuple[m.StepBrief, ...] = ()


class LapRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was done of step `step` (from 1): moving seconds, metres that count (at 95 % of the target), ramp metres."""

    step: int
    s: float
    m: float
    ramp_m: float
    ending: Ending


class EndRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a session ended, and how much of it was done. `why` is a text in records of earlier releases."""

    outcome: m.Outcome
    why: Phrase | str | None = None
    elapsed_s: float = 0
    steps_done: int = 0
    steps: int = 0
    retro_s: float = 0
    distance_m: float = 0
    retro_m: float = 0
    sets_done: int = 0
    sets: int = 0
    off_plan_kmh: float = 0
    laps: tuple[LapRecord, ...] = ()
