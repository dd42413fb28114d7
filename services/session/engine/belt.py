"""What the belt of a session really does, against what was asked of it: slower, faster, at a run, at rest. Pure."""

from functools import lru_cache

from device_adapters.frozen import replace
from device_adapters.safety import bouts
from device_adapters.safety.limits import TRANSITION_CKMH, Goal, Level
from device_adapters.safety.watch import FALL_MS, off
from services.programme import plan
from services.programme.model import Step
from services.session.engine.start_rules import level_of
from services.session.engine.state import EngineState, Session, speed_now

FASTER_MS = 3_000
"""The unit, whose watch takes 2 s, acts before the session does."""

LOOK_MAX_MS = 1_000
"""A longer pause between two looks is neither running, recovery nor time over a ceiling: nobody knows what was."""


def going_ckmh(session: Session, now_ms: int) -> int:
    """What the belt does now: never more than was asked of it, than it is measured, or than the unit says it set.

    A belt that was slowed at its console is lowered from where it is, and so is one on its way up.
    """
    modelled = plan.expected_ckmh(session.ramp, session.limits, now_ms)
    known = (session.asked_ckmh, modelled, session.measured_ckmh, session.unit_ckmh)
    return min((speed for speed in known if speed), default=0)


def slowed(session: Session, now_ms: int) -> bool:
    """Does the belt run clearly slower than it should by now?"""
    modelled, going = plan.expected_ckmh(session.ramp, session.limits, now_ms), going_ckmh(session, now_ms)
    return off(modelled - going, going)


def followed(session: Session, speed_ckmh: int, now_ms: int) -> Session:
    """Take the measured speed of a running belt: is it faster than anything that was asked of it lately?"""
    fall = (now_ms - session.high_ms) // FALL_MS
    high = max(session.asked_ckmh, session.high_ckmh - fall)
    above = off(speed_ckmh - high, high)
    return replace(
        session,
        measured_ckmh=speed_ckmh,
        high_ckmh=high,
        high_ms=session.high_ms + fall * FALL_MS if high > session.asked_ckmh else now_ms,
        faster_since_ms=(session.faster_since_ms or now_ms) if above else None,
    )


def runs_faster(session: Session, now_ms: int) -> bool:
    """Has the belt run clearly faster than it was asked to for FASTER_MS?"""
    return session.faster_since_ms is not None and now_ms - session.faster_since_ms >= FASTER_MS


def rested(state: EngineState, session: Session, now_ms: int) -> Session:
    """Bring the running bout up to now; an unknown speed is neither running nor a recovery."""
    ms, speed = now_ms - session.bout_looked_ms, speed_now(state, now_ms)
    session = replace(session, bout_looked_ms=now_ms)
    if speed is None or not 0 < ms <= LOOK_MAX_MS:
        return session
    max_s, easy_max_ckmh = _bout_bounds(session.wanted.programme.goal, level_of(session.wanted))
    bout = bouts.passed(
        session.bout,
        ms,
        speed,
        fall_ms=plan.ramp_ms(speed, TRANSITION_CKMH, session.limits),
        max_s=max_s,
        easy_max_ckmh=easy_max_ckmh,
    )
    return session if bout is session.bout else replace(session, bout=bout)


@lru_cache(maxsize=64)  # asked in each tick of each session
def _bout_bounds(goal: Goal, level: Level) -> tuple[int, int]:
    return bouts.running_max_s(goal, level), bouts.easy_ckmh(goal, level)


def step_runs(step: Step) -> bool:
    """Is it run, not walked?"""
    return step.speed_ckmh > TRANSITION_CKMH
