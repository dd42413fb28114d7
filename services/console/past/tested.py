"""A member's tests over weeks: each with its last result, its change, and what that says beside the test's own error.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.languages import say
from services.console.past import sayings
from services.console.past.charts import trend_chart
from services.members.outcomes import OutcomeMeasure, OutcomeResult, change, protocol
from services.texts.figures import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCourse:
    """One test. `results`: day and value, the latest first; `says`: what its change says; `drawing` empty: too few."""

    measure: str
    name: str
    about: str
    results: tuple[tuple[str, str], ...]
    last: str
    last_ms: int
    since: str
    says: str
    smallest: str
    drawing: str
    timed: bool
    unit: str


def courses_of(results: Sequence[OutcomeResult]) -> tuple[MeasuredCourse, ...]:
    """Every test, also those that were never done; `results` in the order of time."""
    return tuple(_tested(measure, [r for r in results if r.measure is measure]) for measure in OutcomeMeasure)


def _tested(measure: OutcomeMeasure, done: Sequence[OutcomeResult]) -> MeasuredCourse:
    how = protocol(measure)
    points = [(one.at_ms, one.value_c / 100) for one in done]
    name = names()[measure]
    return MeasuredCourse(
        measure=measure.value,
        name=name,
        about=abouts()[measure],
        results=tuple((sayings.day(one.at_ms), value(one)) for one in reversed(done)),
        last=value(done[-1]) if done else "",
        last_ms=done[-1].at_ms if done else 0,
        since=_since(done) if len(done) > 1 else "",
        says=_says(done) if len(done) > 1 else "",
        smallest=_smallest(measure),
        drawing=trend_chart(f"test-{measure}", name, how.unit, points) if len(done) > 1 else "",
        timed=how.timed,
        unit=how.unit,
    )


def value(result: OutcomeResult) -> str:
    """A result with its unit; of the 10 m walk the speed too."""
    how = protocol(result.measure)
    told = plain(result.value_c / 100)
    if how.unit == "/10":
        return say("{pain} of 10", pain=told)
    if not how.unit:
        return told
    if result.measure is OutcomeMeasure.WALK_10M:
        return f"{told} s ({plain(round(1000 / result.value_c, 2))} m/s)"
    return f"{told} {how.unit}"


def _since(done: Sequence[OutcomeResult]) -> str:
    difference = (done[-1].value_c - done[0].value_c) / 100
    unit = protocol(done[0].measure).unit.replace("/10", "")
    return say(
        "{change} since {day}",
        change=f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{plain(abs(difference))} {unit}".strip(),
        day=sayings.short_day(done[0].at_ms),
    )


def _says(done: Sequence[OutcomeResult]) -> str:
    match change(done[0].measure, done[0].value_c, done[-1].value_c):
        case "better":
            return say("Better, by more than the test's own error.")
        case "worse":
            return say("Worse, by more than the test's own error.")
        case "within_error":
            return say("No more than the test's own error.")
        case _:
            return say("No source names the smallest change that counts: look at the whole course.")


def _smallest(measure: OutcomeMeasure) -> str:
    how = protocol(measure)
    if how.smallest is None:
        return ""
    amount = f"{plain(how.smallest / 100)} {how.unit.replace('/10', '')}".strip()
    return say(
        "Smallest change beyond the test's error: {amount} ({source}).", amount=amount, source=how.source
    )


def names() -> dict[OutcomeMeasure, str]:
    """What each test is called."""
    return {
        OutcomeMeasure.BACKWARD_WALK_3M: say("3 m backward walk"),
        OutcomeMeasure.TIMED_UP_AND_GO: say("Timed Up and Go"),
        OutcomeMeasure.CHAIR_STAND_30S: say("30 s chair stand"),
        OutcomeMeasure.SIT_TO_STAND_5: say("5 times sit to stand"),
        OutcomeMeasure.WALK_10M: say("10 m walk"),
        OutcomeMeasure.WALK_6MIN: say("6-minute walk"),
        OutcomeMeasure.SINGLE_LEG_STANCE: say("Single-leg stance"),
        OutcomeMeasure.PAIN: say("Pain, 0 to 10"),
    }


def abouts() -> dict[OutcomeMeasure, str]:
    """How each is done, in a line."""
    return {
        OutcomeMeasure.BACKWARD_WALK_3M: say(
            "Walk 3 m backward as fast as is safe; somebody beside. Seconds."
        ),
        OutcomeMeasure.TIMED_UP_AND_GO: say("Stand up, walk 3 m, turn, walk back, sit down. Seconds."),
        OutcomeMeasure.CHAIR_STAND_30S: say("Full stands from a chair in 30 s, arms crossed. Number."),
        OutcomeMeasure.SIT_TO_STAND_5: say("Five times up and down, arms crossed. Seconds."),
        OutcomeMeasure.WALK_10M: say("10 m at a fast walk, with a run-up. Seconds."),
        OutcomeMeasure.WALK_6MIN: say("As far as can be walked in 6 minutes. Metres."),
        OutcomeMeasure.SINGLE_LEG_STANCE: say("Stand on one leg, eyes open, the better of two. Seconds."),
        OutcomeMeasure.PAIN: say("Worst pain of the last 24 hours, 0 none to 10 worst."),
    }
