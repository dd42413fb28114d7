"""Minute means of what is measured, kept for longer than the measurements themselves. Pure; made from the schema.

Heart rates are left out: they are health data, kept for 90 days, and a minute's mean is one as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from services.metrics import schema
from services.metrics.line_protocol import line
from services.metrics.points import Point, Value

RAW_DAYS = 90
MINUTES_DAYS = 730
MINUTES = "1m"
"""Name of the retention policy (InfluxQL) and ending of the bucket (InfluxDB 2)."""

MINUTE_NS = 60_000_000_000
MEASUREMENTS = (schema.TREADMILL, schema.SESSION, schema.UNIT, schema.PIPELINE)
_NAMES_OF = frozenset(measurement.name for measurement in MEASUREMENTS)
_NUMBERS = ("float", "int")
_NOT_MEANT = ("seq", "step", "steps", "commissioned_ms")
"""Numbers of which a mean says nothing."""


def fields(measurement: schema.Measurement) -> list[str]:
    """The fields of which means are kept."""
    return [
        field.name
        for field in measurement.fields
        if field.kind in _NUMBERS and field.unit != "bpm" and field.name not in _NOT_MEANT
    ]


def minutes_bucket(bucket: str, major: int) -> str:
    """Where the minutes of `bucket` are: a bucket of InfluxDB 2, `database/policy` of InfluxDB 1."""
    return f"{bucket.partition('/')[0]}/{MINUTES}" if major == 1 else f"{bucket}_{MINUTES}"


def touched(points: Sequence[Point]) -> frozenset[int]:
    """The minutes (of 1970) of which a mean is another with these points."""
    return frozenset(point.at_ns // MINUTE_NS for point in points if point.measurement.name in _NAMES_OF)


def touched_by(lines: Sequence[str]) -> frozenset[int]:
    """The same of points that are lines already."""
    return frozenset(
        int(text.rpartition(" ")[2]) // MINUTE_NS
        for text in lines
        if text.replace(" ", ",", 1).partition(",")[0] in _NAMES_OF
    )


def runs(minutes: Sequence[int], longest: int) -> Iterator[tuple[int, int]]:
    """Stretches (begin, end excluded) of at most `longest` minutes that hold all of them; `minutes` are sorted."""
    begin: int | None = None
    for minute, later in zip_longest(minutes, minutes[1:]):
        begin = minute if begin is None else begin
        if later is None or later - begin >= longest:
            yield begin, minute + 1
            begin = None


def select(measurement: schema.Measurement, begin: int, end: int) -> str:
    """InfluxQL: the means of each series in the minutes from `begin` to `end` (excluded)."""
    means = ", ".join(f'mean("{name}") AS "{name}"' for name in fields(measurement))
    return (
        f'SELECT {means} FROM "{measurement.name}" WHERE time >= {begin * MINUTE_NS} AND time < {end * MINUTE_NS} '  # noqa: S608  names of the schema
        "GROUP BY time(1m), * fill(none)"
    )


def lines(measurement: schema.Measurement, series: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The answers to `select`, times in ns, to be written where minutes are kept."""
    for one in series:
        tags = {name: value for name, value in one.get("tags", {}).items() if value}
        for at_ns, *means in one["values"]:
            known: dict[str, Value] = {
                name: float(mean)
                for name, mean in zip(one["columns"][1:], means, strict=True)
                if mean is not None
            }
            if text := line(Point(measurement, tags, known, at_ns)):
                yield text
