"""A session of the rig as the services would have stored it: through the real journal and the real metrics sink."""

import uuid
from pathlib import Path

from programme_walk import Walk
from session_rig import EngineGym

from device_adapters.contract import messages as m
from services.metrics.points import Point, session_view, treadmill_frame
from services.metrics.sqlite import SqliteSink
from services.programme.model import Programme
from services.session import record, wire
from services.session.engine.events import Effect, EventNote, KeepEnd, KeepStart, SendCommand
from services.session.engine.view import view_of
from services.session.journal import Entry, Journal

EPOCH_MS = 1_790_000_000_000
"""The rig's clock is monotonic; this is its zero as wall time."""

KCAL_PER_KM = 400.0
KCAL_BEFORE = 37.0
"""What the treadmill's own count of kilocalories had come to before the session."""

STEPS_PER_KMH = 28
"""Steps a minute for each km/h, for the treadmill's count."""


class RecordedGym(EngineGym):
    """The rig, remembering each second's view of the session, and the grades that the belt had."""

    def __post_init__(self) -> None:
        self.views: list[m.SessionView] = []
        self.grades: dict[int, int] = {}
        super().__post_init__()

    def run(self, ms: int) -> None:
        end = self.now + ms
        while self.now < end:
            super().run(min(200, end - self.now))
            self.grades[self.now] = self.unit.belt.incline_dpct
            if self.state.session is not None and self.now % 1000 == 0:
                self.views.append(view_of(self.state, self.session, self.now, EPOCH_MS + self.now))


def recorded(data: Path, built: Programme, *, counts_steps: bool = True, member: str = "") -> Walk:
    """Take `built` to its end and store it in `data` as a hub does."""
    walk = Walk(built, RecordedGym(), member)
    walk.to_the_end()
    walk.go(1)  # its end is seen
    store(data, walk, counts_steps=counts_steps)
    return walk


def store(data: Path, walk: Walk, *, counts_steps: bool = True, until_ms: int | None = None) -> None:
    """What the hub's services keep of it; `until_ms`: the session service vanished then."""
    entries = [
        e
        for at_ms, effect in walk.gym.sent
        if until_ms is None or at_ms <= until_ms
        for e in _entries(at_ms, effect)
    ]
    journal = Journal(data / "sessions.db")
    journal.append(entries)
    journal.close()
    sink = SqliteSink(data / "metrics.db")
    sink.write(points_of(walk, counts_steps=counts_steps))
    sink.close()


def points_of(walk: Walk, *, counts_steps: bool) -> list[Point]:
    """What was measured."""
    assert isinstance(walk.gym, RecordedGym)
    frames = [p for frame in _frames(walk.gym, counts_steps) for p in treadmill_frame("tm-01", frame)]
    return frames + [p for view in walk.gym.views for p in session_view("tm-01", view)]


def _entries(at_ms: int, effect: Effect) -> list[Entry]:
    wall_ms = EPOCH_MS + at_ms
    match effect:
        case KeepStart(session, by):
            return [record.start(session, "tm-01", by, wall_ms)]
        case KeepEnd(session):
            return [record.end(session, "tm-01", wall_ms)]
        case EventNote() if effect.session:
            return [record.event(wire.event_message(effect, "tm-01", uuid.uuid4().hex, wall_ms))]
        case SendCommand() if effect.session:
            return [record.command(wire.command_message(effect), effect.session, "tm-01", wall_ms)]
        case _:
            return []


def _frames(gym: EngineGym, counts_steps: bool) -> list[m.TreadmillTelemetry]:
    assert isinstance(gym, RecordedGym)
    frames, steps, kcal = [], 0.0, KCAL_BEFORE
    for seq, (at_ms, speed_ckmh) in enumerate(gym.speeds, 1):
        kcal += KCAL_PER_KM * speed_ckmh / 100 / 3_600 / 5
        steps += speed_ckmh / 100 * STEPS_PER_KMH / 300
        frames.append(
            m.TreadmillTelemetry(
                treadmill="tm-01",
                boot=gym.unit.boot,
                seq=seq,
                at_ms=EPOCH_MS + at_ms,
                speed_kmh=speed_ckmh / 100,
                incline_pct=gym.grades.get(at_ms, 0) / 10,
                energy_kcal=int(kcal),
                steps=int(steps) if counts_steps else None,
            )
        )
    return frames
