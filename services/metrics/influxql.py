"""A database of InfluxDB 1, or of InfluxDB 2 by its InfluxQL names, asked one question at a time. Blocking."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlencode

import msgspec
import urllib3

from device_adapters.config import Influx
from device_adapters.errors import StorageError
from device_adapters.unreadable import UNREADABLE
from services.metrics.shipper import STORED

TIMEOUT_S = 20.0


class SeriesTable(TypedDict):
    """A series as the server tells it."""

    columns: list[str]
    values: list[list[Any]]
    name: NotRequired[str]
    tags: NotRequired[dict[str, str]]


class _Statement(TypedDict, total=False):
    series: list[SeriesTable]
    error: str


class _Answer(TypedDict, total=False):
    results: list[_Statement]
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Series:
    """One field of one series: its tags, and (time in ns, value)."""

    tags: Mapping[str, str]
    points: tuple[tuple[int, Any], ...]


class InfluxQL:
    """The settings' database. `token`: InfluxDB 1 has `user:password`, or none. Raises StorageError."""

    def __init__(self, settings: Influx, token: str) -> None:
        self._url = settings.url.rstrip("/")
        self._org, self.bucket = settings.org, settings.bucket
        database, _, policy = settings.bucket.partition("/")
        self._where = {"db": database, **({"rp": policy} if policy else {})}
        headers = {"Authorization": f"Token {token}"} if token else {}
        if ":" in token:
            headers = urllib3.make_headers(basic_auth=token)
        self._pool = urllib3.PoolManager(
            headers=headers, timeout=urllib3.Timeout(TIMEOUT_S), retries=urllib3.Retry(1, redirect=0)
        )

    def rows(self, influxql: str, values: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The rows of all series, columns by name, times in ms. `values` fill the `$name`s of the question."""
        return [
            dict(zip(series["columns"], row, strict=True))
            for series in self._ask("GET", influxql, values or {}, "ms")
            for row in series["values"]
        ]

    def series(self, influxql: str, values: Mapping[str, str] | None = None) -> list[Series]:
        """Of one field GROUP BY *: each series by itself, to write its points again."""
        return [
            Series(
                {name: value for name, value in series.get("tags", {}).items() if value},
                tuple((at_ns, value) for at_ns, value in series["values"]),
            )
            for series in self._ask("GET", influxql, values or {}, "ns")
        ]

    def tables(self, influxql: str) -> list[SeriesTable]:
        """As the server tells them: name, tags, columns and values of each series, times in ns."""
        return self._ask("GET", influxql, {}, "ns")

    def change(self, influxql: str, values: Mapping[str, str] | None = None) -> None:
        """A statement that changes what is there."""
        self._ask("POST", influxql, values or {}, "ms")

    def write(self, lines: Sequence[str], bucket: str = "") -> None:
        """Write lines, ns, into `bucket` ('': the settings'); a field of a point that is there takes its new value."""
        query = {"org": self._org, "bucket": bucket or self.bucket, "precision": "ns"}
        self._post("/api/v2/write", query, "\n".join(lines).encode(), must=True)

    def delete(self, bucket: str, body: Mapping[str, str], *, must: bool) -> None:
        """Delete in a bucket of InfluxDB 2; `must`: it has to be there."""
        self._post(
            "/api/v2/delete", {"org": self._org, "bucket": bucket}, json.dumps(dict(body)).encode(), must=must
        )

    def major(self) -> int:
        """Major version of the server, as its /ping says."""
        answer = self._call("GET", "/ping", {}, None)
        found = re.match(r"v?(\d+)\.", answer.headers.get("X-Influxdb-Version", ""))
        if found is None:
            raise StorageError(
                f"influx.url {self._url}: does not say which InfluxDB it is; forget by its own tools"
            )
        return int(found[1])

    def _ask(self, method: str, influxql: str, values: Mapping[str, str], epoch: str) -> list[SeriesTable]:
        fields = {**self._where, "q": influxql, "epoch": epoch, "params": json.dumps(dict(values))}
        answer = self._call(method, "/query", fields, None)
        try:
            told = msgspec.json.decode(answer.data, type=_Answer)
        except UNREADABLE as e:
            raise self._unusable(e) from e
        results = told.get("results", [])
        error = (
            told.get("error")
            or told.get("message")
            or next((r["error"] for r in results if "error" in r), "")
        )
        if error:
            raise StorageError(
                f"influx.url {self._url}: {answer.status} {error}; see its token and its InfluxQL names"
            )
        tables = [table for result in results for table in result.get("series", [])]
        if "results" not in told or any(
            len(row) != len(table["columns"]) for table in tables for row in table["values"]
        ):
            raise self._unusable(ValueError("not an InfluxQL answer"))
        return tables

    def _post(self, path: str, query: Mapping[str, str], body: bytes, *, must: bool) -> None:
        answer = self._call("POST", path, query, body)
        if answer.status != STORED and (must or answer.status != 404):
            said = answer.data.decode(errors="replace")[:200]
            raise StorageError(
                f"influx.url {self._url}: {path} failed with {answer.status} {said}; see its token"
            )

    def _call(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self._url}{path}?{urlencode(query)}"
        try:
            return self._pool.request(method, url, body=body)
        except (urllib3.exceptions.HTTPError, OSError) as e:
            raise self._unusable(e) from e

    def _unusable(self, e: Exception) -> StorageError:
        return StorageError(
            f"influx.url {self._url}: no usable answer ({type(e).__name__}); see that the database runs and that "
            "its InfluxQL names are made (backstride provision influx)"
        )
