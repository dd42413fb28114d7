"""Minute means of what is measured, kept for longer than the measurements themselves. Pure; made from the schema.

Heart rates are left out: they are health data, kept for 90 days, and a minute's mean is one as well. Each run does
the last hour anew, for what units delivered late.
"""

from services.metrics import schema

RAW_DAYS = 90
MINUTES_DAYS = 730
MINUTES = "1m"
"""Name of the retention policy (InfluxQL) and ending of the bucket (InfluxDB 2)."""

EVERY, AGAIN = "5m", "1h"
TASK = "backstride_1m"
_MEASUREMENTS = (schema.TREADMILL, schema.SESSION, schema.UNIT, schema.PIPELINE)
_NUMBERS = ("float", "int")
_NAMES = ("seq", "step", "steps", "commissioned_ms")
"""Numbers of which a mean says nothing."""


def fields(measurement: schema.Measurement) -> list[str]:
    """The fields of which means are kept."""
    return [
        field.name
        for field in measurement.fields
        if field.kind in _NUMBERS and field.unit != "bpm" and field.name not in _NAMES
    ]


def task(bucket: str) -> str:
    """The Flux of the task, from `bucket` into its bucket of minutes."""
    wanted = " or\n      ".join(
        f'(r._measurement == "{measurement.name}" and ({" or ".join(map(_is_field, fields(measurement)))}))'
        for measurement in _MEASUREMENTS
    )
    return (
        'import "date"\n\n'
        f'option task = {{name: "{TASK}", every: {EVERY}, offset: 10s}}\n\n'
        f"from(bucket: {_text(bucket)})\n"
        f"  |> range(start: date.truncate(t: -{AGAIN}, unit: 1m), stop: date.truncate(t: now(), unit: 1m))\n"
        f"  |> filter(fn: (r) => {wanted})\n"
        '  |> aggregateWindow(every: 1m, fn: mean, createEmpty: false, timeSrc: "_start")\n'
        f"  |> to(bucket: {_text(minutes_bucket(bucket))})\n"
    )


def minutes_bucket(bucket: str) -> str:
    """The bucket of the minutes of `bucket`."""
    return f"{bucket}_{MINUTES}"


def continuous_queries(database: str, policy: str) -> dict[str, str]:
    """For InfluxDB 1: what each continuous query asks, by its name."""
    return {f"{TASK}_{m.name}": _select(m, database, policy) for m in _MEASUREMENTS}


def _select(measurement: schema.Measurement, database: str, policy: str) -> str:
    means = ", ".join(f'mean("{name}") AS "{name}"' for name in fields(measurement))
    into, source = (f'{quoted(database)}.{quoted(rp)}."{measurement.name}"' for rp in (MINUTES, policy))
    return f"SELECT {means} INTO {into} FROM {source} GROUP BY time(1m), *"


def quoted(name: str) -> str:
    """A name as InfluxQL wants it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'


def _is_field(name: str) -> str:
    return f'r._field == "{name}"'
