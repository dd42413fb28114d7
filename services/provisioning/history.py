"""A plausible past of a gym, for demos, screenshots and tests: invented people, points of the schema. No I/O.

The same `SeededGym` gives the same points, so that writing them twice changes nothing in any store.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping

from device_adapters.units import DAY_MS, HOUR_MS, SECOND_MS
from services.metrics import schema
from services.metrics.points import Point, Value
from services.provisioning.roll import commissioned_ms, roll, unit_of
from services.provisioning.visits import SeededGym, SeededMoment, Visit, lives

HEALTH_MS = 900 * SECOND_MS
CLEARED_MS = 900 * SECOND_MS
ANSWERED_MS = 60 * SECOND_MS
HAZARDS = ("link_lost", "data_silent", "console_stop", "safety_key", "hr_high", "hr_lost", "stop_pressed")
REFUSALS = {
    "minimum_gap": "The next session was not due yet.",
    "latched": "A stop had not been cleared.",
    "link_lost": "The treadmill was out of reach.",
    "not_still": "The belt was not still.",
}


def day(gym: SeededGym, nth: int) -> Iterator[Point]:
    """The points of the `nth` day (0 is the first)."""
    chance = random.Random(f"{gym.seed}/{nth}")  # noqa: S311  invented people, no secrets
    yield from _health(gym, nth, gym.begin_ms(nth), chance)
    visits = [visit for life in lives(gym) for visit in life.visits if visit.day == nth]
    for at_ms in range(gym.begin_ms(nth), gym.begin_ms(nth) + DAY_MS, HEALTH_MS):
        yield from roll(gym, at_ms, running_at(visits, at_ms), locked_at(visits, at_ms))
    for visit in visits:
        yield from _points(visit)


def running_at(visits: Iterable[Visit], at_ms: int) -> dict[str, Visit]:
    """Who of them has which treadmill at a moment."""
    return {visit.treadmill: visit for visit in visits if visit.start_ms <= at_ms < visit.end_ms}


def locked_at(visits: Iterable[Visit], at_ms: int) -> dict[str, str]:
    """Which treadmills a hazard has locked a while ago, and nobody has cleared yet: the cause of each."""
    return {
        visit.treadmill: _hazard(visit)
        for visit in visits
        if visit.outcome == "interrupted" and visit.end_ms <= at_ms < visit.end_ms + CLEARED_MS
    }


def _hazard(visit: Visit) -> str:
    return random.Random(f"{visit.session}/hazard").choice(HAZARDS)  # noqa: S311


def _points(visit: Visit) -> Iterator[Point]:
    for moment in visit.moments():
        yield from _rows(visit, moment)
    yield _end(visit)
    yield from _events(visit)


def _tags(visit: Visit) -> dict[str, str]:
    person = visit.person
    return {
        "treadmill": visit.treadmill,
        "goal": person.goal.value,
        "level": visit.level.value,
        "member": person.member,
    }


def _rows(visit: Visit, moment: SeededMoment) -> Iterator[Point]:
    at_ms = visit.start_ms + moment.second * SECOND_MS
    frame: dict[str, Value] = {"boot": f"b-{visit.day}", "seq": at_ms // SECOND_MS}
    belt = {
        "speed_kmh": moment.measured_kmh,
        "incline_pct": moment.target_pct,
        "distance_m": int(moment.second * moment.measured_kmh / 3.6),
        "elapsed_s": moment.second,
    }
    yield _point(schema.TREADMILL, {"treadmill": visit.treadmill}, {**frame, **belt}, at_ms)
    heart: dict[str, Value] = {"hr_bpm": moment.hr_bpm, "contact": True}
    yield _point(schema.STRAP, {"strap": visit.strap}, {**frame, **heart}, at_ms)
    fields: dict[str, Value] = {
        "session": visit.session,
        "phase": "running",
        "step": moment.step,
        "steps": len(visit.programme.steps),
        "elapsed_s": float(moment.second),
        "target_kmh": moment.target_kmh,
        "target_pct": moment.target_pct,
        "measured_kmh": moment.measured_kmh,
        "hr_bpm": moment.hr_bpm,
        "hr_limit_bpm": visit.ceiling_bpm,
        "speed_limit_kmh": visit.limits.speed_max_ckmh / 100,
        "grade_limit_pct": visit.limits.grade_max_dpct / 10,
        "off_plan_kmh": 0.1,
        "left_s": float(visit.planned_s - moment.second),
        "hr_max_bpm": visit.hr_max_bpm,
    }
    yield _point(schema.SESSION, _tags(visit), fields, at_ms)


def _end(visit: Visit) -> Point:
    steps, completed = len(visit.programme.steps), visit.outcome == "completed"
    last = max(moment.step for moment in visit.moments())
    fields: dict[str, Value] = {
        "session": visit.session,
        "programme": visit.programme.name,
        "why": "The programme is done." if completed else "Ended early.",
        "minutes": visit.done_s / 60,
        "planned_minutes": visit.planned_s / 60,
        "steps_done": steps if completed else last - 1,
        "steps": steps,
        "off_plan_kmh": 0.1,
        "began_ms": visit.start_ms,
    }
    return _point(schema.SESSION_END, {**_tags(visit), "outcome": visit.outcome}, fields, visit.end_ms)


def _events(visit: Visit) -> Iterator[Point]:
    chance = random.Random(f"{visit.session}/events")  # noqa: S311
    start_ms, end_ms = visit.start_ms, visit.end_ms
    said = [(start_ms, "session_phase", "running", "info", "Session started.", 0)]
    if chance.random() < 0.15:
        cause = chance.choice(tuple(REFUSALS))
        said.append((start_ms - SECOND_MS, "refused", cause, "warning", REFUSALS[cause], 0))
    if chance.random() < 0.2:
        said.append((start_ms + 60_000, "clamped", "session_limit", "info", "Held at the limit.", 0))
    if chance.random() < 0.03:
        said.append((end_ms, "near_miss", "person", "warning", "Stumbled, caught the rail.", 0))
    if visit.outcome == "interrupted":
        cause = _hazard(visit)
        took_ms = chance.randrange(900, 4200)
        said.append((end_ms, "hazard", cause, "alarm", "Stopped by a hazard.", 0))
        said.append((end_ms + took_ms, "stopped", cause, "info", "The belt is at rest.", took_ms))
    answered = {name: getattr(visit.answers, name) for name in ("rpe", "pain")}
    if visit.answers.rpe is not None:
        said.append((end_ms + ANSWERED_MS, "feedback", "person", "info", "", 0))
    for nth, (at_ms, kind, cause, severity, text, took_ms) in enumerate(said):
        tags = {"kind": kind, "cause": cause, "severity": severity, "treadmill": visit.treadmill}
        fields: dict[str, Value] = {"id": f"{visit.session}-{nth}", "text": text, "session": visit.session}
        if took_ms:
            fields["took_ms"] = took_ms
        if kind == "feedback":
            fields["after"] = json.dumps(answered)
        yield _point(schema.EVENT, {**tags, "source": "unit-01"}, fields, at_ms)


def _health(gym: SeededGym, nth: int, begin_ms: int, chance: random.Random) -> Iterator[Point]:
    boot = f"b-{nth}"
    for machine in range(gym.treadmills):
        made_ms = commissioned_ms(gym, machine)
        tags = {"device": f"tm-{machine + 1:02}", "kind": "treadmill", "unit": unit_of(machine)}
        yield _link(tags, boot, begin_ms, lost=False, made_ms=made_ms)
        if chance.random() < 0.1:
            lost_ms = begin_ms + chance.randrange(8, 20) * HOUR_MS
            yield _link(tags, boot, lost_ms, lost=True, made_ms=made_ms)
            yield _link(tags, boot, lost_ms + 8 * SECOND_MS, lost=False, made_ms=made_ms)
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


def _link(tags: Mapping[str, str], boot: str, at_ms: int, *, lost: bool, made_ms: int) -> Point:
    fields: dict[str, Value] = {
        "boot": boot,
        "link": "lost" if lost else "connected",
        "connected": not lost,
        "lost": lost,
        "radio": "hci0",
        "rssi_dbm": -62,
        "commissioned_ms": made_ms,
    }
    return _point(schema.LINK, tags, fields, at_ms)


def _point(
    measurement: schema.Measurement, tags: Mapping[str, str], fields: Mapping[str, Value], at_ms: int
) -> Point:
    return Point(measurement, tags, fields, at_ms * 1_000_000)
