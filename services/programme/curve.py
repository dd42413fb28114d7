"""The line that a plan draws: speed over the time that passes, with the stops for turns and off-belt steps. Pure.

Unlike the timeline, which is moving time, this is what a drawing shows: belts ramp down, stand for a token while
(nobody knows how long people take) and start again.
"""

from dataclasses import dataclass

from device_adapters.safety.limits import Limits
from services.programme import plan
from services.programme.model import Facing, Programme, Step

TURN_MS = 20_000
OFF_BELT_MS = 60_000
"""How wide a turn and an off-belt step are drawn."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The speed at a moment; between points it changes evenly."""

    at_ms: int
    ckmh: int


@dataclass(frozen=True, slots=True)
class Span:
    """A step's place, its ramp down to a stop included."""

    step: Step
    begin_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Curve:
    """The whole line. `spans` are in order; between two of different facing there may be a gap: the turn."""

    points: tuple[CurvePoint, ...]
    spans: tuple[Span, ...]

    @property
    def end_ms(self) -> int:
        """Where the drawing ends."""
        return self.points[-1].at_ms

    def ckmh_at(self, at_ms: int) -> int:
        """The speed at a moment of the drawing, 0 outside it."""
        before = CurvePoint(0, 0)
        for point in self.points:
            if point.at_ms > at_ms:
                part = point.ckmh - before.ckmh
                return before.ckmh + part * (at_ms - before.at_ms) // max(1, point.at_ms - before.at_ms)
            before = point
        return 0

    def span_at(self, at_ms: int) -> Span | None:
        """The step at a moment of the drawing; None in a turn."""
        return next((span for span in self.spans if span.begin_ms <= at_ms < span.end_ms), None)


def curve(programme: Programme, limits: Limits) -> Curve:
    """What the programme looks like inside `limits`."""
    points, spans = [CurvePoint(0, 0)], list[Span]()
    legs = plan.timeline(programme, limits)
    at_ms = 0
    for index, leg in enumerate(legs):
        here_ms = at_ms
        if leg.step.off_belt:
            at_ms += OFF_BELT_MS
        else:
            points += _moving(leg, limits, at_ms)
            at_ms += leg.end_ms - leg.begin_ms
        following = legs[index + 1].step if index + 1 < len(legs) else None
        if following is None or following.facing is not leg.step.facing:
            at_ms += plan.ramp_ms(points[-1].ckmh, 0, limits)
            points.append(CurvePoint(at_ms, 0))
        spans.append(Span(leg.step, here_ms, at_ms))
        if following is not None and _is_turn(leg.step.facing, following.facing):
            at_ms += TURN_MS
            points.append(CurvePoint(at_ms, 0))
    return Curve(tuple(points), tuple(spans))


def _is_turn(one: Facing | None, other: Facing | None) -> bool:
    return one is not None and other is not None and one is not other


def _moving(leg: plan.Leg, limits: Limits, at_ms: int) -> list[CurvePoint]:
    shift_ms = at_ms - leg.begin_ms
    ramp = plan.Ramp(leg.from_ckmh, leg.step.speed_ckmh, leg.begin_ms + leg.hold_ms)
    there_ms = ramp.began_ms + plan.ramp_ms(ramp.from_ckmh, ramp.to_ckmh, limits)
    corners = [(leg.begin_ms, leg.from_ckmh), (ramp.began_ms, leg.from_ckmh)]
    corners += [(there_ms, leg.step.speed_ckmh)] if there_ms < leg.end_ms else []
    corners += [(leg.end_ms, plan.expected_ckmh(ramp, limits, leg.end_ms))]
    return [CurvePoint(ms + shift_ms, ckmh) for ms, ckmh in corners if ms <= leg.end_ms]
