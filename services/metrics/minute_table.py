"""Minute means in the embedded store: a table beside each measurement that has some, and how rows get there."""

import sqlite3

from services.metrics import minutes, schema


def minute_table(measurement: schema.Measurement) -> str:
    """SQL. `rows`: how many rows the means are of."""
    name = f"{measurement.name}_1m"
    columns = ", ".join(
        [
            '"at_ms" INTEGER NOT NULL',
            *(f'"{tag}" TEXT NOT NULL' for tag in measurement.tags),
            *(f'"{field}" REAL' for field in minutes.fields(measurement)),
            '"rows" INTEGER NOT NULL',
        ]
    )
    key = ", ".join(f'"{part}"' for part in (*measurement.tags, "at_ms"))
    return (
        f'CREATE TABLE IF NOT EXISTS "{name}" ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID;\n'
        f'CREATE INDEX IF NOT EXISTS "{name}_time" ON "{name}" (at_ms);\n'
    )


class Fold:
    """Sums rows up into their minutes and deletes them. Call it in a transaction."""

    def __init__(self, measurement: schema.Measurement) -> None:
        self._name, self._first_tag = measurement.name, measurement.tags[0]
        tags = ", ".join(f'"{tag}"' for tag in measurement.tags)
        known = ", ".join(f"coalesce(\"{tag}\", '')" for tag in measurement.tags)
        means = minutes.fields(measurement)
        named = ", ".join(f'"{field}"' for field in means)
        # What comes late for a minute that was made before counts with the rows it brings.
        merged = ", ".join(
            f'"{field}" = CASE WHEN "{field}" IS NULL THEN excluded."{field}" '
            f'WHEN excluded."{field}" IS NULL THEN "{field}" '
            f'ELSE ("{field}" * "rows" + excluded."{field}" * excluded."rows") / ("rows" + excluded."rows") END'
            for field in means
        )
        averages = ", ".join(f'avg("{field}")' for field in means)
        self._insert = (
            f'INSERT INTO "{measurement.name}_1m" ("at_ms", {tags}, {named}, "rows") '  # noqa: S608  names of the schema
            f'SELECT at_ms - at_ms % 60000, {known}, {averages}, count(*) FROM "{measurement.name}" '
            "WHERE at_ms >= ? AND at_ms < ?{spared} "
            f"GROUP BY at_ms - at_ms % 60000, {tags} "
            f'ON CONFLICT ({tags}, "at_ms") DO UPDATE SET {merged}, "rows" = "rows" + excluded."rows"'
        )
        self._delete = f'DELETE FROM "{measurement.name}" WHERE at_ms >= ? AND at_ms < ?{{spared}}'  # noqa: S608

    def fold(self, db: sqlite3.Connection, begin_ms: int, end_ms: int, spare: tuple[str, ...] = ()) -> None:
        """Rows from `begin_ms` to `end_ms` (excluded), but for those of the devices in `spare`."""
        spared = f' AND "{self._first_tag}" NOT IN ({", ".join("?" * len(spare))})' if spare else ""
        for statement in (self._insert, self._delete):
            db.execute(statement.replace("{spared}", spared), (begin_ms, end_ms, *spare))
