"""A plausible past of a gym, for demos, screenshots and tests: invented people, points of the schema. No I/O.

The same `Gym` gives the same points, so that writing them twice changes nothing in any store.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_adapters.safety.limits import Goal, Level
from services.members.doses import per_week
from services.metrics import schema
from services.metrics.points import Point, Value

SECOND_MS = 1000
HOUR_MS = 3600 * SECOND_MS
DAY_MS = 24 * HOUR_MS
ROW_S = 15
"""Telemetry and session rows come this far apart; a live gym has them each second."""

HEALTH_MS = 900 * SECOND_MS
OPEN_H, LAST_START_H = 8, 20
SPEED_KMH = {Goal.KNEE_STRENGTH: 2.0, Goal.MOBILITY: 1.6, Goal.CONDITIONING: 2.8, Goal.ATHLETIC: 3.6}
SPEED_MAX_KMH = {Level.NOVICE: 4.0, Level.INTERMEDIATE: 6.0, Level.ADVANCED: 8.0}
MINUTES = {Level.NOVICE: 10, Level.INTERMEDIATE: 15, Level.ADVANCED: 20}
HR_LIMIT_BPM = 165
GRADE_MAX_PCT = 5.0
HAZARDS = ("link_lost", "data_silent", "console_stop", "safety_key", "hr_high", "hr_lost", "stop_pressed")
REFUSALS = ("not_due", "latched", "link_lost", "not_still")


@dataclass(frozen=True, slots=True)
class Gym:
    """Which past: `days` up to `end_ms` (midnight UTC, ms since 1970), and by whose chance."""

    end_ms: int
    days: int
    members: int
    treadmills: int = 6
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Person:
    member: str
    goal: Goal
    level: Level
    rest_bpm: int


def day(gym: Gym, nth: int) -> Iterator[Point]:
    """The points of the `nth` day (0 is the first)."""
    begin_ms = gym.end_ms - (gym.days - nth) * DAY_MS
    chance = random.Random(f"{gym.seed}/{nth}")  # noqa: S311  invented people, no secrets
    yield from _health(gym, nth, begin_ms, chance)
    free_ms = [begin_ms + OPEN_H * HOUR_MS + number * 60_000 for number in range(gym.treadmills)]
    for person in _people(gym):
        if chance.random() > per_week(person.goal, person.level) / 7:
            continue
        machine = min(range(gym.treadmills), key=lambda i: free_ms[i])
        start_ms = free_ms[machine] + chance.randrange(60, 1800) * SECOND_MS
        if start_ms > begin_ms + LAST_START_H * HOUR_MS:
            continue
        walk = _Walk(gym, person, f"tm-{machine + 1:02}", f"hr-{machine + 1:02}", start_ms, nth)
        yield from walk.points(chance)
        free_ms[machine] = start_ms + (MINUTES[person.level] + 5) * 60 * SECOND_MS


def _people(gym: Gym) -> list[_Person]:
    chance = random.Random(f"{gym.seed}/people")  # noqa: S311
    goals, levels = tuple(Goal), tuple(Level)
    return [
        _Person(
            f"m-{chance.getrandbits(40):010x}", goals[n % 4], levels[n // 4 % 3], chance.randrange(58, 80)
        )
        for n in range(gym.members)
    ]


@dataclass(frozen=True, slots=True)
class _Walk:
    """One session of one person."""

    gym: Gym
    person: _Person
    treadmill: str
    strap: str
    start_ms: int
    day: int

    def points(self, chance: random.Random) -> Iterator[Point]:
        name = f"s-{self.gym.seed}-{self.start_ms}-{self.treadmill}"
        minutes = MINUTES[self.person.level]
        cut = chance.random()
        done_s = int(minutes * 60 * (1 if cut > 0.12 else chance.uniform(0.2, 0.9))) // ROW_S * ROW_S
        outcome = "completed" if cut > 0.12 else "stopped" if cut > 0.06 else "interrupted"
        for second in range(0, done_s, ROW_S):
            yield from self._row(name, second, minutes * 60, chance)
        yield from self._end(name, done_s, minutes, outcome)
        yield from self._events(name, done_s, outcome, chance)

    @property
    def _tags(self) -> dict[str, str]:
        person = self.person
        return {
            "treadmill": self.treadmill,
            "goal": person.goal.value,
            "level": person.level.value,
            "member": person.member,
        }

    def _row(self, session: str, second: int, whole_s: int, chance: random.Random) -> Iterator[Point]:
        at_ms = self.start_ms + second * SECOND_MS
        limit = SPEED_MAX_KMH[self.person.level]
        growth = 1 + 0.35 * self.day / max(1, self.gym.days)
        work = second // 120 % 2 == 0
        target = min(limit, SPEED_KMH[self.person.goal] * growth) * min(1.0, (second + ROW_S) / 90)
        target = round(target if work else target * 0.6, 1)
        measured = round(max(0.0, target + chance.gauss(0, 0.04)), 2)
        tired = 18 * second / whole_s
        hr = round(self.person.rest_bpm + 14 * measured / growth + tired + chance.gauss(0, 2))
        boot, seq = f"b-{self.day}", at_ms // SECOND_MS
        frame: dict[str, Value] = {"boot": boot, "seq": seq}
        belt = {"speed_kmh": measured, "incline_pct": 1.0, "distance_m": int(second * measured / 3.6)}
        yield _point(
            schema.TREADMILL, {"treadmill": self.treadmill}, {**frame, **belt, "elapsed_s": second}, at_ms
        )
        yield _point(schema.STRAP, {"strap": self.strap}, {**frame, "hr_bpm": hr, "contact": True}, at_ms)
        fields: dict[str, Value] = {
            "session": session,
            "phase": "running",
            "step": second // 120 + 1,
            "steps": whole_s // 120,
            "elapsed_s": float(second),
            "target_kmh": target,
            "target_pct": 1.0,
            "measured_kmh": measured,
            "hr_bpm": hr,
            "hr_limit_bpm": HR_LIMIT_BPM,
            "speed_limit_kmh": limit,
            "grade_limit_pct": GRADE_MAX_PCT,
            "off_plan_kmh": 0.1,
        }
        yield _point(schema.SESSION, self._tags, fields, at_ms)

    def _end(self, session: str, done_s: int, minutes: int, outcome: str) -> Iterator[Point]:
        fields: dict[str, Value] = {
            "session": session,
            "programme": f"{self.person.goal.value} {self.person.level.value}".replace("_", " ").capitalize(),
            "why": "The programme is done." if outcome == "completed" else "Ended early.",
            "minutes": done_s / 60,
            "planned_minutes": float(minutes),
            "steps_done": done_s // 120,
            "steps": minutes // 2,
            "off_plan_kmh": 0.1,
        }
        yield _point(
            schema.SESSION_END, {**self._tags, "outcome": outcome}, fields, self.start_ms + done_s * SECOND_MS
        )

    def _events(self, session: str, done_s: int, outcome: str, chance: random.Random) -> Iterator[Point]:
        end_ms = self.start_ms + done_s * SECOND_MS
        said = [(self.start_ms, "session_phase", "running", "info", "Session started.", 0)]
        if chance.random() < 0.15:
            said.append(
                (self.start_ms - SECOND_MS, "refused", chance.choice(REFUSALS), "warning", "Refused.", 0)
            )
        if chance.random() < 0.2:
            said.append((self.start_ms + 60_000, "clamped", "session_limit", "info", "Held at the limit.", 0))
        if chance.random() < 0.03:
            said.append((end_ms, "near_miss", "person", "warning", "Stumbled, caught the rail.", 0))
        if outcome == "interrupted":
            cause = chance.choice(HAZARDS)
            took_ms = chance.randrange(900, 4200)
            said.append((end_ms, "hazard", cause, "alarm", "Stopped by a hazard.", 0))
            said.append((end_ms + took_ms, "stopped", cause, "info", "The belt is at rest.", took_ms))
        for nth, (at_ms, kind, cause, severity, text, took_ms) in enumerate(said):
            tags = {"kind": kind, "cause": cause, "severity": severity, "treadmill": self.treadmill}
            fields: dict[str, Value] = {"id": f"{session}-{nth}", "text": text, "session": session}
            if took_ms:
                fields["took_ms"] = took_ms
            yield _point(schema.EVENT, {**tags, "source": "unit-01"}, fields, at_ms)


def _health(gym: Gym, nth: int, begin_ms: int, chance: random.Random) -> Iterator[Point]:
    boot = f"b-{nth}"
    for machine in range(gym.treadmills):
        months_ago = 7 if machine == gym.treadmills - 1 else 2
        commissioned_ms = gym.end_ms - months_ago * 30 * DAY_MS
        tags = {"device": f"tm-{machine + 1:02}", "kind": "treadmill", "unit": _unit(machine)}
        yield _link(tags, boot, begin_ms, lost=False, commissioned_ms=commissioned_ms)
        if chance.random() < 0.1:
            lost_ms = begin_ms + chance.randrange(8, 20) * HOUR_MS
            yield _link(tags, boot, lost_ms, lost=True, commissioned_ms=commissioned_ms)
            yield _link(tags, boot, lost_ms + 8 * SECOND_MS, lost=False, commissioned_ms=commissioned_ms)
    missing = 0
    for at_ms in range(begin_ms, begin_ms + DAY_MS, HEALTH_MS):
        slow = chance.expovariate(1 / 4)
        missing += chance.random() < 0.01
        waits = chance.choice((0, 0, 0, chance.randrange(40)))
        for number in range((gym.treadmills + 2) // 3):
            fields: dict[str, Value] = {
                "boot": boot,
                "online": True,
                "version": "0.1.0",
                "radio_used": 5,
                "radio_slots": 5,
                "outbox_depth": waits,
                "outbox_dropped": 0,
                "clock_offset_ms": round(chance.gauss(0, 4)),
            }
            yield _point(schema.UNIT, {"unit": f"unit-{number + 1:02}"}, fields, at_ms)
        fields = {
            "stored": (at_ms - begin_ms) // 100,
            "duplicates": 0,
            "malformed": 0,
            "dropped": 0,
            "missing": missing,
            "spooled": waits * 3,
            "quarantined": 0,
            "failing": False,
            "latency_p50_ms": 8 + slow,
            "latency_p99_ms": 25 + 6 * slow,
        }
        yield _point(schema.PIPELINE, {"writer": "metrics"}, fields, at_ms)


def _unit(machine: int) -> str:
    return f"unit-{machine // 3 + 1:02}"


def _link(tags: Mapping[str, str], boot: str, at_ms: int, *, lost: bool, commissioned_ms: int) -> Point:
    fields: dict[str, Value] = {
        "boot": boot,
        "link": "lost" if lost else "connected",
        "connected": not lost,
        "lost": lost,
        "radio": "hci0",
        "rssi_dbm": -62,
        "commissioned_ms": commissioned_ms,
    }
    return _point(schema.LINK, tags, fields, at_ms)


def _point(
    measurement: schema.Measurement, tags: Mapping[str, str], fields: Mapping[str, Value], at_ms: int
) -> Point:
    return Point(measurement, tags, fields, at_ms * 1_000_000)
