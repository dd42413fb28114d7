"""Tests that are done again over weeks: units, bounds, which way is better, and the smallest change that is more than
the test's own error (domain.md §9). Never a diagnosis. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from device_adapters.contract.bounds import TEXT_MAX
from device_adapters.contract.keys import fields
from services.members.errors import MembersError


class OutcomeMeasure(StrEnum):
    """What is measured of a member, apart from any session."""

    BACKWARD_WALK_3M = "backward_walk_3m"
    TIMED_UP_AND_GO = "timed_up_and_go"
    CHAIR_STAND_30S = "chair_stand_30s"
    SIT_TO_STAND_5 = "sit_to_stand_5"
    WALK_10M = "walk_10m"
    WALK_6MIN = "walk_6min"
    SINGLE_LEG_STANCE = "single_leg_stance"
    PAIN = "pain"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeProtocol:
    """How a test counts. Values are hundredths of `unit`; `better`: which way is an improvement. `smallest` None: no
    source was read that names one; `source`: who says it, of whom.
    """

    unit: Literal["s", "m", "", "/10"]
    least: int
    most: int
    better: Literal["less", "more"]
    smallest: int | None = None
    source: str = ""

    @property
    def timed(self) -> bool:
        """Is it taken with a stopwatch?"""
        return self.unit == "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeResult:
    """One result. `value_c`: hundredths of the measure's unit."""

    measure: OutcomeMeasure
    value_c: int
    at_ms: int
    by: str


def protocol(measure: OutcomeMeasure) -> OutcomeProtocol:
    """How this one counts."""
    match measure:
        case OutcomeMeasure.BACKWARD_WALK_3M:
            return OutcomeProtocol(unit="s", least=50, most=6_000, better="less")
        case OutcomeMeasure.TIMED_UP_AND_GO:
            return OutcomeProtocol(
                unit="s",
                least=200,
                most=18_000,
                better="less",
                smallest=114,
                source="Alghadir 2015",
            )
        case OutcomeMeasure.CHAIR_STAND_30S:
            return OutcomeProtocol(
                unit="", least=0, most=6_000, better="more", smallest=250, source="Gill 2022"
            )
        case OutcomeMeasure.SIT_TO_STAND_5:
            return OutcomeProtocol(
                unit="s",
                least=200,
                most=18_000,
                better="less",
                smallest=250,
                source="Goldberg 2012",
            )
        case OutcomeMeasure.WALK_10M:
            return OutcomeProtocol(unit="s", least=150, most=18_000, better="less")
        case OutcomeMeasure.WALK_6MIN:
            return OutcomeProtocol(
                unit="m",
                least=0,
                most=120_000,
                better="more",
                smallest=7_900,
                source="Naylor 2014",
            )
        case OutcomeMeasure.SINGLE_LEG_STANCE:
            return OutcomeProtocol(unit="s", least=0, most=18_000, better="more")
        case OutcomeMeasure.PAIN:
            return OutcomeProtocol(
                unit="/10",
                least=0,
                most=1_000,
                better="less",
                smallest=280,
                source="Naylor 2014",
            )


def check_outcome(result: OutcomeResult) -> None:
    """MembersError names the field that does not fit."""
    how = protocol(result.measure)
    if not how.least <= result.value_c <= how.most:
        raise MembersError(fields.outside(result.value_c / 100, how.least / 100, how.most / 100), "value")
    if not 0 < len(result.by.strip()) <= TEXT_MAX:
        raise MembersError(fields.give_characters(1, TEXT_MAX), "by")


Change = Literal["better", "worse", "within_error", "no_source"]


def change(measure: OutcomeMeasure, first_c: int, last_c: int) -> Change:
    """What a change says: more than the test's own error, one way or the other, or not."""
    how = protocol(measure)
    if how.smallest is None:
        return "no_source"
    if abs(last_c - first_c) < how.smallest:
        return "within_error"
    return "better" if (last_c < first_c) is (how.better == "less") else "worse"
