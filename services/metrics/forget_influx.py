"""Heart rates and pseudonyms in InfluxDB: read out for an export, and forgotten.

Points of a strap, and all that has a member's pseudonym as its tag, are deleted. A heart rate beside other fields is
overwritten with 0, which no heart has and no reader shows: a database of series cannot take one field out of a point,
and to delete and write anew would lose a belt's record to a crash in between. InfluxDB 1 deletes in every retention
policy; InfluxDB 2 bucket by bucket, that of the minutes too.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from device_adapters.config import Influx
from device_adapters.contract import bounds
from device_adapters.errors import StorageError
from services.metrics import schema
from services.metrics.influxql import InfluxQL, Series
from services.metrics.line_protocol import line
from services.metrics.measured import Window
from services.metrics.minutes import minutes_bucket
from services.metrics.points import Point, Value

AT_ONCE = 5_000
_MEMBER = re.compile(bounds.ID_PATTERN)
_BESIDE = (schema.TREADMILL, schema.SESSION)
"""Treadmills' own rows have some where an older release wrote them."""

_ALONE = (schema.STRAP, schema.TREADMILL_HEART)
"""Rows that are nothing without the heart rate."""

_NAMED = (schema.SESSION, schema.SESSION_END)


class InfluxMeasured:
    """The settings' database. `token` may read, write and delete in both buckets."""

    def __init__(self, settings: Influx, token: str) -> None:
        self._settings = settings
        self._db = InfluxQL(settings, token)

    def heart_rates(self, strap: Window) -> list[tuple[int, int]]:
        """As `MeasuredStore.heart_rates`."""
        asked = f'SELECT "hr_bpm" FROM "strap" WHERE "strap" = $device AND {_within(strap)} ORDER BY time'  # noqa: S608
        return [(row["time"], row["hr_bpm"]) for row in self._db.rows(asked, {"device": strap.device})]

    def forget_heart_rates(self, strap: Window, treadmill: str, *, dry_run: bool) -> int:
        """As `MeasuredStore.forget_heart_rates`."""
        machine = Window(treadmill, strap.from_ms, strap.to_ms)
        found = 0
        for measurement, window in zip(_ALONE, (strap, machine), strict=True):
            (tag,) = measurement.tags
            rows = self._count(
                measurement.name, f'"{tag}" = $device AND {_within(window)}', {"device": window.device}
            )
            if rows and not dry_run:
                self._delete(measurement, tag, window.device, (window.from_ms, window.to_ms + 1))
            found += rows
        where = f'"treadmill" = $device AND {_within(machine)}'
        return found + sum(self._blanked(m, where, {"device": treadmill}, dry_run) for m in _BESIDE)

    def forget_heart_rates_before(self, at_ms: int, *, dry_run: bool) -> int:
        """As `MeasuredStore.forget_heart_rates_before`."""
        before = f"time < {at_ms}ms"
        found = 0
        for measurement in _ALONE:
            rows = self._count(measurement.name, before, {})
            if rows and not dry_run:
                self._delete(measurement, "", "", (0, at_ms))
            found += rows
        return found + sum(self._blanked(m, before, {}, dry_run) for m in _BESIDE)

    def forget_member(self, member: str) -> None:
        """As `MeasuredStore.forget_member`: the rows of its sessions go; what its treadmills measured stays."""
        if not _MEMBER.fullmatch(member):
            raise StorageError(f"{member!r} is no pseudonym of a member; see backstride member list")
        for measurement in _NAMED:
            self._delete(measurement, "member", member, None)
        self._unnamed(member)

    def _unnamed(self, member: str) -> None:
        """Events say the pseudonym in what changed."""
        for column in ("before", "after"):
            asked = f'SELECT "{column}" FROM "event" WHERE "{column}" =~ /{member}/ GROUP BY *'  # noqa: S608
            for series in self._db.series(asked):
                self._db.write(list(_replaced(series, column, member)))

    def _count(self, measurement: str, where: str, values: dict[str, str]) -> int:
        asked = f'SELECT count("hr_bpm") FROM "{measurement}" WHERE "hr_bpm" > 0 AND {where}'  # noqa: S608
        return sum(int(row["count"]) for row in self._db.rows(asked, values))

    def _blanked(
        self, measurement: schema.Measurement, where: str, values: dict[str, str], dry_run: bool
    ) -> int:
        found = self._count(measurement.name, where, values)
        asked = (
            f'SELECT "hr_bpm" FROM "{measurement.name}" '  # noqa: S608  names of the schema
            f'WHERE "hr_bpm" > 0 AND {where} GROUP BY * LIMIT {AT_ONCE}'
        )
        while found and not dry_run:
            lines = [
                line(Point(measurement, series.tags, {"hr_bpm": 0}, at_ns))
                for series in self._db.series(asked, values)
                for at_ns, _ in series.points
            ]
            if not lines:
                break
            self._db.write(lines)
        return found

    def _delete(
        self, measurement: schema.Measurement, tag: str, value: str, between: tuple[int, int] | None
    ) -> None:
        """Points of that tag's value ('': all) and time, end excluded (None: all)."""
        if self._db.major() == 1:
            parts = [f"{tag} = $value"] if tag else []
            parts += [f"time >= {between[0]}ms", f"time < {between[1]}ms"] if between else []
            verb = "DELETE" if between else "DROP SERIES"
            self._db.change(f'{verb} FROM "{measurement.name}" WHERE {" AND ".join(parts)}', {"value": value})
            return
        begin_ms, end_ms = between or (0, 4_102_444_800_000)
        only = f' AND {tag}="{value}"' if tag else ""
        body = {
            "start": _time(begin_ms),
            "stop": _time(end_ms),
            "predicate": f'_measurement="{measurement.name}"{only}',
        }
        bucket = self._settings.bucket
        self._db.delete(bucket, body, must=True)
        self._db.delete(minutes_bucket(bucket, 2), body, must=False)


def _within(window: Window) -> str:
    return f"time >= {window.from_ms}ms AND time < {window.to_ms + 1}ms"


def _replaced(series: Series, column: str, member: str) -> Iterator[str]:
    for at_ns, value in series.points:
        fields: dict[str, Value] = {column: str(value).replace(member, "")}
        yield line(Point(schema.EVENT, series.tags, fields, at_ns))


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
