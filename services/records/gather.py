"""From what the services stored to a `FullRecord`. Pure.

The journal tells the steps and phases, the telemetry what belt and heart did. The speed between two frames is that of
the first, for at most FRESH_MS. Times of journal and rows go on through a step of the hub's clock; those of frames are
the unit's own, so where that was set meanwhile, the session's rows say what the belt did.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import msgspec

from device_adapters.contract.messages import Event, StepBrief
from device_adapters.contract.phrase import Phrase, english
from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.units import MS_KMH_PER_M, SECOND_MS
from services.history.model import LONGEST_MS, HistoryRow, Key, TreadmillFrame
from services.records.model import FullRecord, Lap, Moment, Sample
from services.session.archive import Recorded

UNTOLD_MAX = 3
"""Rows with a measured speed, about one a second, for which no frame is there: more, and the frames are elsewhere."""


@dataclass(frozen=True, slots=True)
class JournalledSession:
    """What the journal has of one session; `events` in the order in which they were written."""

    recorded: Recorded
    events: tuple[Event, ...]

    @property
    def phases(self) -> list[tuple[int, str]]:
        """When the session entered which phase."""
        told = [(e.at_ms, str(e.after.get("phase", ""))) for e in self.events if e.kind == "session_phase"]
        return [(at_ms, phase) for at_ms, phase in told if phase]

    @property
    def key(self) -> Key:
        """Where the rows of its time are."""
        start = self.recorded.start
        return Key(
            session=self.recorded.session,
            treadmill=self.recorded.treadmill,
            goal=start.goal,
            level=start.level,
            member=start.member,
            from_ms=self.recorded.began_ms - FRESH_MS,
            to_ms=min(self.last_ms, self.recorded.began_ms + LONGEST_MS) + FRESH_MS,
        )

    @property
    def last_ms(self) -> int:
        """The last word of it."""
        ended_ms = self.recorded.ended_ms or self.recorded.began_ms
        return max(ended_ms, *(event.at_ms for event in self.events), self.recorded.began_ms)

    def step(self, number: int) -> StepBrief:
        """What was planned as step `number`, from 1."""
        plan = self.recorded.start.plan
        return plan[number - 1] if 0 < number <= len(plan) else StepBrief(kind="active", facing="retro")


def gather(
    journal: JournalledSession, frames: Sequence[TreadmillFrame], rows: Sequence[HistoryRow]
) -> FullRecord:
    """The session; `frames` and `rows` (for the heart rates that it went by) are of its time, oldest first."""
    recorded, start, end = journal.recorded, journal.recorded.start, journal.recorded.end
    journal = replace(journal, events=_forward(journal.events, recorded.began_ms))
    phases, belt = journal.phases, _Belt(_belt_frames(frames, rows))
    begin_ms = next((ms for ms, phase in phases if phase == "running"), recorded.began_ms)
    end_ms = min(max(begin_ms, _end_ms(journal, belt)), begin_ms + LONGEST_MS)
    laps = _laps(journal, belt, begin_ms, end_ms)
    return FullRecord(
        session=recorded.session,
        treadmill=recorded.treadmill,
        goal=start.goal,
        level=start.level,
        programme=start.programme,
        member=start.member,
        outcome=end.outcome if end else "",
        why=english(end.why) if end else "",
        said=end.why if end and isinstance(end.why, Phrase) else None,
        sets_done=end.sets_done if end else 0,
        requested_ms=recorded.began_ms,
        begin_ms=begin_ms,
        end_ms=end_ms,
        laps=laps,
        samples=_samples(laps, belt, rows, begin_ms, end_ms),
        moments=tuple(_moment(event) for event in journal.events),
        pauses=_pauses(phases, end_ms),
    )


def _forward(events: Sequence[Event], began_ms: int) -> tuple[Event, ...]:
    """With times that never go back, nor beyond what a session can last: older journals have the clock's steps."""
    at_ms, told = began_ms, []
    for event in events:
        at_ms = max(at_ms, min(event.at_ms, began_ms + LONGEST_MS))
        told.append(event if event.at_ms == at_ms else msgspec.structs.replace(event, at_ms=at_ms))
    return tuple(told)


def _belt_frames(frames: Sequence[TreadmillFrame], rows: Sequence[HistoryRow]) -> Sequence[TreadmillFrame]:
    """The treadmill's frames, oldest first; the rows' speeds where the unit's clock was set while they were told."""
    known = [frame for frame in frames if frame.speed_kmh is not None]
    back = any(after.boot == one.boot and after.seq < one.seq for one, after in pairwise(known))
    times = [frame.at_ms for frame in known]
    untold = 0
    for row in rows:
        index = bisect_right(times, row.at_ms + FRESH_MS) - 1
        near = index >= 0 and row.at_ms - times[index] <= FRESH_MS
        untold += row.measured_kmh is not None and not near
    if not back and untold <= UNTOLD_MAX:
        return frames
    return [TreadmillFrame(at_ms=row.at_ms, speed_kmh=row.measured_kmh) for row in rows]


def _end_ms(journal: JournalledSession, belt: "_Belt") -> int:
    """The end as told; of a session whose service vanished, when its belt came to rest after the last word of it."""
    ended = [at_ms for at_ms, phase in journal.phases if phase == "ended"]
    if ended:
        return ended[0]
    told = [event.at_ms for event in journal.events]
    return belt.still_from(max(told, default=journal.recorded.began_ms))


class _Belt:
    """The belt's travel and motion up to any moment."""

    def __init__(self, frames: Sequence[TreadmillFrame]) -> None:
        self._frames = [frame for frame in frames if frame.speed_kmh is not None]
        self._times = [frame.at_ms for frame in self._frames]
        self._metres = [0.0]
        self._moving_s = [0.0]
        self._kcal = list(_counted(self._frames))
        for frame, after in pairwise(self._frames):
            self._add(frame, after.at_ms)

    def _add(self, frame: TreadmillFrame, until_ms: int) -> None:
        ms = min(until_ms - frame.at_ms, FRESH_MS)
        self._metres.append(self._metres[-1] + (frame.speed_kmh or 0) * ms / MS_KMH_PER_M)
        self._moving_s.append(self._moving_s[-1] + (ms / 1000 if frame.speed_kmh else 0))

    def frame(self, at_ms: int) -> TreadmillFrame | None:
        """What the belt told last, if that is fresh."""
        index = bisect_right(self._times, at_ms) - 1
        if index < 0 or at_ms - self._times[index] > FRESH_MS:
            return None
        return self._frames[index]

    def still_from(self, at_ms: int) -> int:
        """When the motion that goes on at `at_ms` ended or was last heard of."""
        index = max(0, bisect_right(self._times, at_ms) - 1)
        for frame in self._frames[index:]:
            if frame.at_ms - at_ms > FRESH_MS or not frame.speed_kmh:
                break
            at_ms = max(at_ms, frame.at_ms)
        return at_ms

    def metres(self, at_ms: int) -> float:
        """Travel since the first frame."""
        index = bisect_right(self._times, at_ms) - 1
        if index < 0:
            return 0
        ms = min(at_ms - self._times[index], FRESH_MS)
        return self._metres[index] + (self._frames[index].speed_kmh or 0) * ms / MS_KMH_PER_M

    def moving_s(self, at_ms: int) -> float:
        """Time in motion since the first frame."""
        index = bisect_right(self._times, at_ms) - 1
        if index < 0:
            return 0
        ms = min(at_ms - self._times[index], FRESH_MS) if self._frames[index].speed_kmh else 0
        return self._moving_s[index] + ms / 1000

    def kcal(self, at_ms: int) -> int | None:
        """By the machine's own count since its first; None before that."""
        index = bisect_right(self._times, at_ms) - 1
        return self._kcal[index] if index >= 0 else None

    def cadence_spm(self, at_ms: int) -> int | None:
        """Steps per minute by the foot pod; else over the last ten seconds, where the treadmill counts steps."""
        now, before = self.frame(at_ms), self.frame(at_ms - 10_000)
        if now is not None and now.cadence_spm is not None:
            return now.cadence_spm
        if now is None or before is None or now.steps is None or before.steps is None:
            return None
        passed_ms, steps = now.at_ms - before.at_ms, now.steps - before.steps
        return round(steps * 60_000 / passed_ms) if passed_ms > 0 and steps >= 0 else None


def _counted(frames: Sequence[TreadmillFrame]) -> Iterator[int | None]:
    """The machine's count at each frame, from the first that has one; it may begin anew meanwhile."""
    total: int | None = None
    last = 0
    for frame in frames:
        now = frame.energy_kcal
        if now is not None:
            total = 0 if total is None else total + (now - last if now >= last else now)
            last = now
        yield total


def _laps(journal: JournalledSession, belt: _Belt, begin_ms: int, end_ms: int) -> tuple[Lap, ...]:
    laps: list[Lap] = []
    for (from_ms, step), (to_ms, _) in pairwise([*_changes(journal, begin_ms, end_ms), (end_ms, 0)]):
        what = journal.step(step)
        laps.append(
            Lap(
                step=step,
                kind=what.kind,
                retro=what.facing == "retro",
                begin_ms=from_ms,
                end_ms=to_ms,
                distance_m=belt.metres(to_ms) - belt.metres(from_ms),
                moving_s=belt.moving_s(to_ms) - belt.moving_s(from_ms),
                set_number=what.set_number,
                sets=what.sets,
                planned_m=what.distance_m,
                energy_kcal=_between(belt.kcal(from_ms), belt.kcal(to_ms)),
            )
        )
    return tuple(laps)


def _between(before: int | None, after: int | None) -> int | None:
    return None if after is None else after - (before or 0)


def _changes(journal: JournalledSession, begin_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """When which step began. One that faces another way than the belt runs begins once the belt stands still."""
    changes, phase = [(begin_ms, 1)], ""
    for event in journal.events:
        phase = str(event.after.get("phase") or phase) if event.kind == "session_phase" else phase
        if event.kind != "session_step" or event.at_ms > end_ms:
            continue
        at_ms, step = event.at_ms, int(event.after.get("step") or 0)
        turns = journal.step(step).facing != journal.step(changes[-1][1]).facing
        if turns and phase != "paused":
            stops = (ms for ms, entered in journal.phases if entered == "paused" and ms >= at_ms)
            at_ms = next(stops, at_ms)
        changes.append((at_ms, step))
    return changes


def _samples(
    laps: tuple[Lap, ...], belt: _Belt, rows: Sequence[HistoryRow], begin_ms: int, end_ms: int
) -> tuple[Sample, ...]:
    beat_times = [row.at_ms for row in rows]
    start_m = belt.metres(begin_ms)
    samples, lap = [], 0
    for at_ms in range(begin_ms, end_ms + 1, SECOND_MS):
        while lap + 1 < len(laps) and laps[lap + 1].begin_ms <= at_ms:
            lap += 1
        frame = belt.frame(at_ms)
        index = bisect_right(beat_times, at_ms) - 1
        heard = index >= 0 and at_ms - beat_times[index] <= FRESH_MS
        samples.append(
            Sample(
                at_ms=at_ms,
                retro=laps[lap].retro,
                distance_m=belt.metres(at_ms) - start_m,
                speed_kmh=frame.speed_kmh if frame else None,
                grade_pct=frame.incline_pct if frame else None,
                hr_bpm=rows[index].hr_bpm if heard else None,
                cadence_spm=belt.cadence_spm(at_ms),
            )
        )
    return tuple(samples)


def _pauses(phases: Sequence[tuple[int, str]], end_ms: int) -> tuple[tuple[int, int], ...]:
    """From each standstill to the next movement, or to the end."""
    pauses: list[tuple[int, int]] = []
    since_ms: int | None = None
    for at_ms, phase in phases:
        if phase == "paused":
            since_ms = at_ms
        elif phase == "running" and since_ms is not None:
            pauses.append((since_ms, at_ms))
            since_ms = None
    if since_ms is not None:
        pauses.append((since_ms, end_ms))
    return tuple(pauses)


def _moment(event: Event) -> Moment:
    return Moment(
        at_ms=event.at_ms,
        kind=event.kind,
        cause=event.cause,
        text=event.text,
        said=event.said,
        phase=str(event.after.get("phase", "")),
    )
