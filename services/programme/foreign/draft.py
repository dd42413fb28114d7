"""What a workout of another program becomes: retro steps as a programme file, and what could not be carried over. Pure.

Nothing is clamped. A step without a usable speed is a fault, and the finished file goes through the check of its goal
and level like any other.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import tomli_w

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Goal, Level
from services.programme.faults import ProgrammeFaultsError, in_file
from services.programme.model import StepKind
from services.programme.parse import CUE_MAX, SCHEMA, parse

NAME_MAX = 60
LONG_BOUTS = ("bout_too_long", "running_too_long")
EASIER = 0.8
"""Within a repeat, a step below this share of its fastest one is a recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftStep:
    """One step. Its length is `time_s`, or `distance_m`; `lap`: until a person says so, `time_s` at most."""

    kind: StepKind
    speed_kmh: float
    time_s: int | None = None
    distance_m: int | None = None
    lap: bool = False
    cue: str = ""
    cadence_spm: int | None = None


@dataclass(slots=True)
class Draft:
    """A workout as far as it was understood. `left_out` names what could not be carried over, `faults` what must be
    mended in the file before anything can be."""

    name: str = ""
    groups: list[tuple[int, list[DraftStep]]] = field(default_factory=list)
    left_out: list[Phrase] = field(default_factory=list)
    faults: list[Phrase] = field(default_factory=list)


def programme_text(draft: Draft, goal: Goal, level: Level, file: str) -> str:
    """The programme file. ProgrammeFaultsError with every fault, or with each limit that it breaks."""
    steps = [step for _, steps in draft.groups for step in steps]
    if not steps and not draft.faults:
        draft.faults.append(keys.no_step_found())
    if draft.faults:
        raise in_file(file, draft.faults)
    head = {
        "schema": SCHEMA,
        "name": _short(draft, keys.name_shortened, draft.name, NAME_MAX) or "Imported",
        "goal": goal.value,
        "level": level.value,
        "step": [_group(draft, times, group) for times, group in draft.groups if group],
    }
    text = f"# Imported from {re.sub(r'[^ -~]', '?', file)}\n{tomli_w.dumps(head)}"
    try:
        parse(text, file)
    except ProgrammeFaultsError as e:
        slow = min(step.speed_kmh for step in steps)
        if not any(_without_recovery(e.faults)) or slow == max(step.speed_kmh for step in steps):
            raise
        raise ProgrammeFaultsError(*e.faults, keys.in_file(file, keys.say_recoveries(f"{slow:.1f}"))) from e
    return text


def _without_recovery(faults: Iterable[object]) -> Iterator[bool]:
    """Is it a bout that is too long, whatever place it is told with?"""
    for fault in faults:
        if isinstance(fault, Phrase):
            yield fault.key in LONG_BOUTS
            yield from _without_recovery(fault.args.values())


def with_recoveries(draft: Draft, below_kmh: float) -> None:
    """A person says that plain steps slower than `below_kmh` are recoveries."""
    draft.groups = [(times, [_recovery(step, below_kmh) for step in steps]) for times, steps in draft.groups]


def _recovery(step: DraftStep, below_kmh: float) -> DraftStep:
    slow = step.kind is StepKind.ACTIVE and step.speed_kmh < below_kmh
    return replace(step, kind=StepKind.RECOVERY) if slow else step


def rested(steps: list[DraftStep]) -> list[DraftStep]:
    """The steps of a repeat: work at the fast ones, recovery at the slow ones."""
    fastest = max(step.speed_kmh for step in steps)
    return [
        replace(step, kind=StepKind.RECOVERY if step.speed_kmh < fastest * EASIER else StepKind.INTERVAL)
        if step.kind is StepKind.ACTIVE
        else step
        for step in steps
    ]


def _short(draft: Draft, shortened: Callable[[int, str], Phrase], text: str, longest: int) -> str:
    if len(text) > longest:
        draft.left_out.append(shortened(longest, repr(text[longest:])))
    return text[:longest]


def _group(draft: Draft, times: int, steps: list[DraftStep]) -> dict[str, object]:
    if times == 1 and len(steps) == 1:
        return _table(draft, steps[0])
    return {"kind": "repeat", "times": times, "step": [_table(draft, step) for step in rested(steps)]}


def _table(draft: Draft, step: DraftStep) -> dict[str, object]:
    table: dict[str, object] = {"kind": step.kind.value, "facing": "retro"}
    if step.lap:
        table |= {"until": "staff", "time_max_s": step.time_s}
    elif step.distance_m is not None:
        table["distance_m"] = step.distance_m
    else:
        table["time_s"] = step.time_s
    table["speed_kmh"] = round(step.speed_kmh, 1)
    if step.cadence_spm is not None:
        table["cadence_spm"] = step.cadence_spm
    if step.cue:
        table["cue"] = _short(draft, keys.cue_shortened, step.cue, CUE_MAX)
    return table
