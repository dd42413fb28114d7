"""The programme file format `retro-session/1` (TOML; domain.md §5) → `Programme`. Pure.

Repeats are unrolled. Every step is checked against the limits of the file's goal and level and refused with the
limit named; nothing is clamped.
"""

import tomllib
from dataclasses import replace
from enum import StrEnum

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import SITE_CEILING, Goal, Level, Limits, limits_for, tighter
from device_adapters.units import ckmh_from_kmh, dpct_from_pct
from services.programme.check import faults, step_faults
from services.programme.faults import ProgrammeFaultsError, in_file
from services.programme.model import (
    Facing,
    ForDistance,
    ForTime,
    Programme,
    Step,
    StepKind,
    Until,
    UntilHeartRateBelow,
    UntilStaff,
)
from services.programme.table import Table

SCHEMA = "retro-session/1"
STEPS_MAX = 200
"""Steps of a programme, repeats unrolled."""

SPEED_MIN_KMH = 0.3
"""Slower than any treadmill's minimum is a mistake; a standstill comes only with a pause or a change of facing."""

STEP_MAX_S = 3600
OFF_BELT_MAX_S = 1800
CADENCE_SPM = (40, 240)
CUE_MAX = 120
"""Characters of a cue."""


class Ending(StrEnum):
    """The words of `until`."""

    HR_BELOW = "hr_below"
    STAFF = "staff"


def parse(text: str, file: str) -> Programme:
    """The programme in `text`. ProgrammeFaultsError names `file`, the step, the limit and the value of every fault."""
    programme = read(text, file)
    found = faults(programme, limits_of(programme))
    if found:
        raise in_file(file, found)
    return programme


def limits_of(programme: Programme) -> Limits:
    """The limits of its goal and level."""
    return tighter(limits_for(programme.goal, programme.level), SITE_CEILING)


def read(text: str, file: str) -> Programme:
    """As `parse`, but not yet held against limits, unless there are other faults: then all are told at once."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as e:  # a number of thousands of digits, nested too deeply
        raise in_file(file, [keys.not_toml(str(e))]) from e
    head = Table(raw, file)
    schema = head.text("schema", 40)
    if schema != SCHEMA:
        raise head.error(keys.schema_unknown(repr(schema), repr(SCHEMA)))
    name = head.text("name", 60)
    goal, level = head.choice("goal", Goal), head.choice("level", Level)
    per_week = head.span("per_week", 1, 7) if head.has("per_week") else None
    entries = head.tables("step")
    wrong: list[Phrase] = []
    try:
        head.end()
    except ProgrammeFaultsError as e:
        wrong += e.faults
    steps = _steps(entries, file, wrong)
    programme = Programme(name=name, goal=goal, level=level, steps=tuple(steps), per_week=per_week)
    if wrong:
        known = raw.get("goal") in list(Goal) and raw.get("level") in list(Level)
        beyond = step_faults(programme, limits_of(programme)) if known else []
        raise ProgrammeFaultsError(*wrong, *in_file(file, beyond).faults)
    return programme


def _steps(entries: list[object], file: str, wrong: list[Phrase]) -> list[Step]:
    """The steps that can be read; what is wrong with the others goes into `wrong`."""
    steps: list[Step] = []
    for number, raw in enumerate(entries, 1):
        try:
            steps += _entry(Table(raw, file, str(number)), str(number))
        except ProgrammeFaultsError as e:
            wrong += e.faults
        if len(steps) > STEPS_MAX:
            wrong.append(keys.in_file(file, keys.in_step(str(number), keys.too_many_steps(STEPS_MAX))))
            break
    return steps


def _entry(table: Table, place: str) -> list[Step]:
    if table.says("kind", "repeat"):
        return _repeat(table, place)
    return [_step(table, place, 0, 0)]


def _repeat(table: Table, place: str) -> list[Step]:
    table.text("kind", 20)
    times = table.whole("times", 1, STEPS_MAX)
    entries = table.tables("step")
    table.end()
    once: list[Step] = []
    wrong: list[Phrase] = []
    for inner, raw in enumerate(entries, 1):
        inner_table = Table(raw, table.file, f"{place}.{inner}")
        try:
            if inner_table.says("kind", "repeat"):
                raise inner_table.error(keys.repeat_in_repeat())
            once.append(_step(inner_table, f"{place}.{inner}", 1, times))
        except ProgrammeFaultsError as e:
            wrong += e.faults
    if wrong:
        raise ProgrammeFaultsError(*wrong)
    return [replace(step, set_number=number) for number in range(1, times + 1) for step in once]


def _step(table: Table, place: str, set_number: int, sets: int) -> Step:
    kind = table.choice("kind", StepKind)
    table.sound()
    if kind is StepKind.OPEN:
        step = _off_belt(table, place, set_number, sets)
    else:
        step = Step(
            place=place,
            kind=kind,
            facing=table.choice("facing", Facing),
            until=_until(table),
            speed_ckmh=ckmh_from_kmh(table.number("speed_kmh", SPEED_MIN_KMH, 30)),
            incline_dpct=dpct_from_pct(table.number("incline_pct", -30, 40, default=0.0)),
            cue=table.text("cue", CUE_MAX, default=""),
            set_number=set_number,
            sets=sets,
            cadence_spm=table.whole("cadence_spm", *CADENCE_SPM) if table.has("cadence_spm") else None,
        )
    table.end()
    return step


def _off_belt(table: Table, place: str, set_number: int, sets: int) -> Step:
    belt_keys = [k for k in ("facing", "speed_kmh", "incline_pct", "cadence_spm") if table.has(k)]
    if belt_keys:
        raise table.error(keys.not_off_belt(belt_keys[0]))
    if not table.says("until", "staff"):
        raise table.error(keys.open_needs_staff())
    table.text("until", 20)
    return Step(
        place=place,
        kind=StepKind.OPEN,
        facing=None,
        until=UntilStaff(table.whole("time_max_s", 1, OFF_BELT_MAX_S)),
        speed_ckmh=0,
        cue=table.text("cue", CUE_MAX),
        set_number=set_number,
        sets=sets,
    )


def _until(table: Table) -> Until:
    given = [key for key in ("time_s", "distance_m", "until") if table.has(key)]
    match given:
        case ["time_s"]:
            return ForTime(table.whole("time_s", 1, STEP_MAX_S))
        case ["distance_m"]:
            return ForDistance(table.whole("distance_m", 1, 20_000))
        case ["until"]:
            until = table.choice("until", Ending)
            if until is Ending.STAFF:
                return UntilStaff(table.whole("time_max_s", 1, STEP_MAX_S))
            hr_pct = table.number("hr_pct_max", 30, 100)
            return UntilHeartRateBelow(dpct_from_pct(hr_pct), table.whole("time_max_s", 1, STEP_MAX_S))
        case [one, other, *_]:
            raise table.error(keys.two_endings(one, other))
        case _:
            raise table.error(keys.no_ending())
