"""The stop line: a contact in a treadmill's own stop or safety-key circuit, held closed only while all is well. Pure.

`wish` is what a gate wants of it, said with every beat of the loop that judges; `heard` and `unheard` are what becomes
of the line. It opens by itself and closes only for a belt that is free, unlocked and not seen to move.
"""

from dataclasses import dataclass
from enum import StrEnum

from device_adapters.safety.envelope_state import Phase, State, speed_now

SILENT_MS = 850
"""A unit whose loop beats 4 times a second and is not heard for so long stands still or is dead."""

BEAT_S = 0.25
DISOBEYED = 2
"""Turns of a stop that were not obeyed: Stop, and then what some machines take in its place (halts.py)."""


class LineWish(StrEnum):
    """What a gate wants of its line."""

    CLOSE = "close"
    KEEP = "keep"
    LOST = "lost"
    OPEN = "open"


class Why(StrEnum):
    """What holds a line open."""

    STARTING = "starting"
    NOT_ARMED = "not_armed"
    AT_REST = "at_rest"
    UNIT_GONE = "unit_gone"
    UNIT_SILENT = "unit_silent"
    STOP_NOT_OBEYED = "stop_not_obeyed"
    LINK_LOST = "link_lost"
    NO_ANSWER = "no_answer"


HARMLESS = (Why.STARTING, Why.NOT_ARMED, Why.AT_REST)
"""No belt ran when it opened."""


@dataclass(frozen=True, slots=True)
class StopLine:
    """One line. `why` it is open, empty while it is closed. `rests`: the last beat told of a free, still belt.
    `lost_ms`: since when the gate has not known its belt.
    """

    why: Why | None = Why.STARTING
    rests: bool = True
    lost_ms: int | None = None

    @property
    def closed(self) -> bool:
        """Is the contact held closed?"""
        return self.why is None


def wish(state: State, now_ms: int) -> LineWish:
    """What the gate of this belt wants now."""
    if state.phase is Phase.STOPPING:
        if state.disobeyed >= DISOBEYED:
            return LineWish.OPEN
        return LineWish.LOST if state.latched and speed_now(state, now_ms) is None else LineWish.KEEP
    if state.latched or state.phase is Phase.MOVING or state.measured_ckmh:
        return LineWish.KEEP
    return LineWish.CLOSE


def heard(line: StopLine, said: LineWish, now_ms: int, *, delay_ms: int, armed: bool) -> StopLine:
    """The line after a beat. `armed`: its commissioning record holds; it is asked before a line closes, not after."""
    match said:
        case LineWish.OPEN:
            return _opened(line, Why.STOP_NOT_OBEYED)
        case LineWish.LOST:
            since_ms = now_ms if line.lost_ms is None else line.lost_ms
            if now_ms - since_ms >= delay_ms:
                return _opened(line, Why.LINK_LOST)
            return StopLine(line.why, rests=False, lost_ms=since_ms)
        case LineWish.KEEP:
            return StopLine(line.why, rests=False)
        case LineWish.CLOSE:
            return StopLine(None if line.closed or armed else Why.NOT_ARMED)


def unheard(line: StopLine, why: Why) -> StopLine:
    """The line of a unit that is gone, or not heard for SILENT_MS."""
    return _opened(line, Why.AT_REST if line.rests else why)


def _opened(line: StopLine, why: Why) -> StopLine:
    """What opened it first is what is told."""
    return StopLine(why if line.closed else line.why, rests=line.rests)
