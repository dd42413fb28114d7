"""A database of InfluxDB 1, or of InfluxDB 2 by its InfluxQL names, asked one question at a time. Blocking."""

import json
from collections.abc import Mapping
from typing import Any

import urllib3

from device_adapters.config import Influx
from device_adapters.errors import StorageError

TIMEOUT_S = 20.0


class InfluxQL:
    """The settings' database. `token`: InfluxDB 1 has `user:password`, or none. Raises StorageError."""

    def __init__(self, settings: Influx, token: str) -> None:
        self._url = settings.url.rstrip("/")
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
        return self._ask("GET", influxql, values or {})

    def change(self, influxql: str, values: Mapping[str, str] | None = None) -> None:
        """A statement that changes what is there."""
        self._ask("POST", influxql, values or {})

    def _ask(self, method: str, influxql: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
        fields = {**self._where, "q": influxql, "epoch": "ms", "params": json.dumps(dict(values))}
        try:
            answer = self._pool.request(method, f"{self._url}/query", fields=fields)
            told = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError, OSError) as e:
            raise StorageError(
                f"influx.url {self._url}: no usable answer ({type(e).__name__}); see that the database runs and that "
                "its InfluxQL names are made (backstride provision influx)"
            ) from e
        error = told.get("error") or told.get("message") or _failed(told)
        if error:
            raise StorageError(
                f"influx.url {self._url}: {answer.status} {error}; see its token and its InfluxQL names"
            )
        return [
            dict(zip(series["columns"], row, strict=True))
            for result in told["results"]
            for series in result.get("series", ())
            for row in series["values"]
        ]


def _failed(told: Mapping[str, Any]) -> str:
    return next((str(result["error"]) for result in told.get("results", ()) if "error" in result), "")
