"""What a commissioning found, and the judgements on it. Pure: samples and figures in, verdicts out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from device_adapters.commissioning import Record
from device_adapters.safety.watch import MPH_PERMIL
from device_adapters.units import kmh_from_ckmh

UNITS_PERMIL = range(900, 1_101)
UNITS_CKMH = 10
"""A belt runs in the right units if it is within 10 % or 0.1 km/h of what was asked."""

STEADY_MS = 1_000
STEADY_CKMH = 10
SLOPE_MS = 400
"""Slopes are taken over at least this long, since frames do not arrive like clockwork."""


@dataclass(frozen=True, slots=True)
class FrameSample:
    """One frame: monotonic ms, 0.01 km/h, 0.1 % (None: the machine does not tell)."""

    at_ms: int
    speed_ckmh: int
    incline_dpct: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing tried, with what was measured."""

    name: str
    good: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is proven so far. The initial value proves nothing. `counted`: its speed, by a person with a tachometer
    or by the belt's own sensor; `direction_right`: the way of a belt on a cable, by a person who looked.
    """

    model: str = ""
    firmware: str = ""
    speed_min_ckmh: int = 0
    speed_max_ckmh: int = 0
    accel_ckmh_s: int = 0
    decel_ckmh_s: int = 0
    stop_ms: int = 0
    units_right: bool = False
    stops_on_link_loss: bool = False
    grade_right: bool = False
    starts_by_speed: bool = False
    counted: bool = False
    direction_right: bool = False
    notes: tuple[str, ...] = ()


def kmh_text(ckmh: int) -> str:
    """A speed in 0.01 km/h as people read it, in km/h."""
    return f"{ckmh / 100:.2f}"


def units_verdict(asked_ckmh: int, measured_ckmh: int) -> Literal["right", "mph", "wrong"]:
    """Does a belt that was asked for one speed and runs at another understand km/h?"""
    permil = measured_ckmh * 1000 // max(1, asked_ckmh)
    if permil in UNITS_PERMIL or abs(measured_ckmh - asked_ckmh) <= UNITS_CKMH:
        return "right"
    return "mph" if permil in MPH_PERMIL else "wrong"


def steady(samples: Sequence[FrameSample]) -> bool:
    """Has the belt kept one speed above 0 for the last second or more of its samples?"""
    began = next(
        (i for i in range(len(samples))[::-1] if samples[-1].at_ms - samples[i].at_ms >= STEADY_MS), None
    )
    if began is None:
        return False
    recent = [s.speed_ckmh for s in samples[began:]]
    return min(recent) > 0 and max(recent) - min(recent) <= STEADY_CKMH


def steepest(samples: Sequence[FrameSample], *, rising: bool) -> int:
    """The steepest rise (or fall) of the belt in 0.01 km/h per second, 0 without any."""
    best = 0
    for index, first in enumerate(samples):
        later = next((s for s in samples[index + 1 :] if s.at_ms - first.at_ms >= SLOPE_MS), None)
        if later is not None:
            change = (later.speed_ckmh - first.speed_ckmh) * (1 if rising else -1)
            best = max(best, change * 1000 // (later.at_ms - first.at_ms))
    return best


def unproven(findings: Findings) -> tuple[str, ...]:
    """In words, what the findings do not show."""
    missing = (
        (findings.units_right, "that it runs at the speed it is asked for"),
        (findings.speed_min_ckmh > 0, "its minimum speed"),
        (findings.grade_right, "that its grade goes the way it is told"),
        (findings.stop_ms > 0, "its stop"),
        (findings.stops_on_link_loss, "that it stops when the link drops"),
    )
    return tuple(f"not proven: {what}" for proven, what in missing if not proven)


def record_of(
    findings: Findings, *, treadmill: str, address: str, at_ms: int, by: str, simulated: bool
) -> Record:
    """The record to keep, with everything that was not proven said in its notes."""
    return Record(
        treadmill=treadmill,
        address=address,
        model=findings.model,
        firmware=findings.firmware,
        at_ms=at_ms,
        by=by,
        units_right=findings.units_right,
        speed_min_kmh=kmh_from_ckmh(findings.speed_min_ckmh),
        speed_max_kmh=kmh_from_ckmh(findings.speed_max_ckmh),
        accel_kmh_s=kmh_from_ckmh(findings.accel_ckmh_s),
        decel_kmh_s=kmh_from_ckmh(findings.decel_ckmh_s),
        stop_s=findings.stop_ms / 1000,
        stops_on_link_loss=findings.stops_on_link_loss,
        grade_right=findings.grade_right,
        starts_by_speed=findings.starts_by_speed,
        simulated=simulated,
        notes=(*findings.notes, *unproven(findings)),
    )
