"""A class as screens show it. Pure."""

from collections.abc import Mapping
from typing import get_args

import msgspec

from device_adapters.contract.messages import ClassLane, ClassVerb, ClassView, LanePhase
from services.programme.model import ForTime
from services.session.engine import class_clock, conductor
from services.session.engine.conductor import Led
from services.session.engine.state import Session
from services.session.engine.view import brief, sets_done


def class_view(led: Led | None, sessions: Mapping[str, Session], now_ms: int, at_ms: int) -> ClassView:
    """The class at `at_ms` (wall time); `sessions` are the last of each treadmill."""
    if led is None:
        return ClassView(at_ms=at_ms, can=("open",))
    steps = led.programme.steps
    mine = {name: s for name, s in sessions.items() if s.wanted.class_id == led.class_id and not _comes(s)}
    view = ClassView(
        class_id=led.class_id,
        at_ms=at_ms,
        phase=led.phase,
        goal=led.programme.goal,
        level=led.programme.level,
        programme=led.programme.name,
        total_s=class_clock.begin_ms(steps, len(steps)) / 1000,
        steps=len(steps),
        lanes=tuple(_lane(name, session, now_ms) for name, session in mine.items()),
        can=can(led, mine),
    )
    if led.phase == "ended":
        return view
    reading = None if led.clock is None else class_clock.read(steps, led.clock, now_ms)
    index = min(led.at_index if reading is None else reading.index, len(steps) - 1)
    shown = {"now": brief(steps[index]), "next": brief(steps[index + 1]) if index + 1 < len(steps) else None}
    if reading is None or led.clock is None:
        return msgspec.structs.replace(
            view, step=index + 1, clock_s=class_clock.begin_ms(steps, index) / 1000, **shown
        )
    until = steps[index].until
    lasts_ms = until.time_s * 1000 if isinstance(until, ForTime) else 0
    before_ms = max(0, led.clock.began_ms - now_ms)
    return msgspec.structs.replace(
        view,
        step=index + 1,
        clock_s=(class_clock.begin_ms(steps, index) + reading.step_ms) / 1000,
        starts_in_s=before_ms / 1000 if before_ms else None,
        step_left_s=(lasts_ms - reading.step_ms) / 1000,
        **shown,
    )


def can(led: Led | None, sessions: Mapping[str, Session]) -> tuple[ClassVerb, ...]:
    """What may be asked of the class now."""
    lanes = {name: s for name, s in sessions.items() if s.live and s.lane is not None}
    verbs: tuple[ClassVerb, ...] = get_args(ClassVerb)
    if led is None or led.phase == "ended":
        return ("open",)
    late = conductor.go_refusal(led, lanes) is not None
    return tuple(verb for verb in verbs if verb != "open" and not (verb == "go" and late))


def _comes(session: Session) -> bool:
    """Is it not granted yet? It stands ready within a moment, or is refused."""
    return session.phase == "starting" and session.starts_ms is None and not session.start_sent


def _lane(treadmill: str, session: Session, now_ms: int) -> ClassLane:
    return ClassLane(
        treadmill=treadmill,
        session=session.wanted.session,
        phase=_phase(session, now_ms),
        sets_done=sets_done(session),
    )


def _phase(session: Session, now_ms: int) -> LanePhase:
    if not session.live:
        return "ended"
    if session.lane is None:
        return "alone"
    match session.phase:
        case "running":
            return "with" if session.lane.follows(now_ms) else "walks_in"
        case "starting" if session.starts_ms is not None or session.start_sent:
            return "starts"
        case _:
            return "ready" if session.lane.ready else "waits"
