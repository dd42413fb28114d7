"""The engine: `step(state, event, now_ms) -> (state, effects)`. Pure.

Here is who handles which event. What people ask is in `requests`, what units, hearts and the journal tell in `inputs`,
what time does in `timers`, what a class does in `class_lane`; every change of a session's phase is in `lifecycle`.
"""

from typing import assert_never

from device_adapters.contract.keys import sessions as keys
from services.session.engine import class_lane, inputs, lifecycle, requests, timers
from services.session.engine.actions import with_session
from services.session.engine.events import (
    Adjust,
    Answered,
    Ask,
    BeltMeasured,
    ClassGoes,
    ClassOver,
    ClassRuns,
    Event,
    HeartRate,
    Seen,
    ServiceStopping,
    SessionTick,
    Start,
    StartKept,
    StopSeen,
    Tell,
)
from services.session.engine.lifecycle import Steps
from services.session.engine.state import EngineState


def step(state: EngineState, event: Event, now_ms: int) -> Steps:
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
        case BeltMeasured():
            return inputs.measured(state, event, now_ms)
        case HeartRate():
            return inputs.heart_rate(state, event, now_ms)
        case Answered():
            return inputs.answered(state, event, now_ms)
        case StartKept():
            return inputs.kept(state, event, now_ms)
        case StopSeen(by):
            why = keys.stop_pressed_by(by) if by else keys.stop_pressed()
            return lifecycle.lost(state, "stopped", "stop_pressed", why, now_ms)
        case ServiceStopping():
            session = state.live
            if session is None:
                return state, ()
            why = keys.service_shut_down()
            return with_session(state, lifecycle.stop(session, "stopped", "service_stopping", why, now_ms))
        case ClassGoes():
            return class_lane.goes(state, now_ms)
        case ClassRuns():
            return class_lane.runs(state, event)
        case ClassOver():
            return class_lane.over(state, event, now_ms)
        case SessionTick():
            return timers.tick(state, now_ms)
    assert_never(event)
