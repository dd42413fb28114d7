"""A database's answers to the reader of the past, in InfluxQL. A database without it (VictoriaMetrics) has none."""

from collections.abc import Iterator, Mapping

from services.history.reader import Cell, Question
from services.metrics.influxql import InfluxQL


class InfluxSource:
    """The settings' database."""

    def __init__(self, database: InfluxQL) -> None:
        self._database = database

    def rows(self, question: Question) -> Iterator[Mapping[str, Cell]]:
        """As `Source.rows`. A point's time differs from its `at_ms` below the millisecond."""
        columns = ", ".join(f'"{name}"' for name in question.columns)
        where = "".join(f' AND "{name}" = ${name}' for name, _ in question.equal)
        asked = (
            f'SELECT {columns} FROM "{question.measurement}" '  # noqa: S608  names of the schema
            f"WHERE time >= {question.from_ms}ms AND time < {question.to_ms + 1}ms{where} ORDER BY time"
            + (f" DESC LIMIT {question.latest}" if question.latest else "")
        )
        for row in self._database.rows(asked, dict(question.equal)):
            row["at_ms"] = row.pop("time")
            if not row.get("hr_bpm", 1):  # forgotten, see forget_influx
                row["hr_bpm"] = None
            yield row
