"""The engine: `step(state, event, now_ms) -> (state, effects)`. Pure.

Here is who handles which event. What people ask is in `asking`, what units, hearts and the journal tell in `hearing`,
what time does in `ticking`; every change of a session's phase is in `transitions`.
"""

from typing import assert_never

from services.session.engine import inputs, lifecycle, requests, timers
from services.session.engine.actions import with_session
from services.session.engine.events import (
    Adjust,
    Answered,
    Ask,
    Event,
    HeartRate,
    Kept,
    Measured,
    Seen,
    ServiceStopping,
    Start,
    StopSeen,
    Tell,
    Tick,
)
from services.session.engine.lifecycle import Steps
from services.session.engine.state import State


def step(state: State, event: Event, now_ms: int) -> Steps:
    """The next state and what to do. Requests that do not fit change nothing; they are answered and recorded."""
    match event:
        case Start():
            return requests.start(state, event, now_ms)
        case Ask():
            return requests.ask(state, event, now_ms)
        case Adjust():
            return requests.adjust(state, event, now_ms)
        case Tell():
            return requests.tell(state, event, now_ms)
        case Seen(treadmill):
            return inputs.seen(state, treadmill, now_ms)
        case Measured():
            return inputs.measured(state, event, now_ms)
        case HeartRate():
            return inputs.heart_rate(state, event, now_ms)
        case Answered():
            return inputs.answered(state, event, now_ms)
        case Kept():
            return inputs.kept(state, event, now_ms)
        case StopSeen(by):
            why = f"Stop was pressed by {by}." if by else "Stop was pressed."
            return lifecycle.lost(state, "stopped", "stop_pressed", why, now_ms)
        case ServiceStopping():
            session = state.live
            if session is None:
                return state, ()
            why = "The session service was shut down."
            return with_session(state, lifecycle.stop(session, "stopped", "service_stopping", why, now_ms))
        case Tick():
            return timers.tick(state, now_ms)
    assert_never(event)
