"""One question to a database's management API at a time; what goes wrong names the setting and the fix."""

import json
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from device_adapters.errors import ConfigError
from services.metrics.store_kind import told_by

TIMEOUT_MS = 10_000
_RIGHT = re.compile(r"(?:read|write):\S+")


class InfluxApi:
    """InfluxDB at `url`. `token`: of InfluxDB 2, or `user:password` of InfluxDB 1. Raises ConfigError."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"influx.url {url}: write it with its scheme, such as http://{url}")
        self.url = url
        self.token = token
        self._client = InfluxDBClient(url, token, auth_basic=":" in token, timeout=TIMEOUT_MS, retries=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None
    ) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def major(self) -> int:
        """Major version of the server, 1 or 2, as its /ping says. ConfigError for any other."""
        _, _, headers = self._call("GET", "/ping", {}, None, None)
        kind = told_by(headers)
        if not kind.forgets:
            raise ConfigError(
                f"influx.url {self.url}: {kind.words}; only InfluxDB 1 and 2 are set up by this command. Others cannot "
                "forget heart rates and members: see cannot_forget under [influx] before anything is stored there"
            )
        return kind.major

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        """The answer's JSON; {} for no such thing (404) and for an empty answer."""
        data, _, _ = self._call(method, path, query or {}, body, "object")
        return data if isinstance(data, dict) else {}

    def _call(
        self, method: str, path: str, query: Mapping[str, str], body: object, kind: str | None
    ) -> tuple[Any, int, Mapping[str, str]]:
        try:
            answer = self._client.api_client.call_api(  # type: ignore[no-untyped-call]
                path, method, query_params=list(query.items()), body=body, response_type=kind,
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                _return_http_data_only=False,
            )  # fmt: skip
        except ApiException as e:
            if e.status == 404 and method == "GET":
                return {}, 404, {}
            raise self._refused(e, f"{method} {path}") from e
        except (HTTPError, OSError) as e:
            raise ConfigError(
                f"influx.url {self.url}: no answer ({e}); start InfluxDB there, or put its address into [influx] url"
            ) from e
        return answer  # type: ignore[no-any-return]

    def _refused(self, e: ApiException, asked: str) -> ConfigError:
        text = _words(e)
        right = _RIGHT.search(text)
        if e.status in (401, 403) and right:
            return ConfigError(
                f"--admin-token-file: this token lacks the right {right[0]} ({asked}); use the operator token of "
                "`influx setup`, or one of `influx auth create --all-access`"
            )
        if e.status in (401, 403):
            return ConfigError(
                f"--admin-token-file: {self.url} does not accept it ({e.status}: {text}); put an all-access token "
                "there (InfluxDB 2: `influx auth create --all-access`; InfluxDB 1: user:password of an administrator)"
            )
        return ConfigError(f"influx.url {self.url}: {asked} failed with {e.status}: {text}")


def _words(e: ApiException) -> str:
    """What the server said: `message` of InfluxDB 2, `error` of InfluxDB 1."""
    try:
        said = json.loads(e.body)
        return str(said.get("message") or said.get("error") or said)
    except (TypeError, ValueError, AttributeError, RecursionError):
        return str(e.reason or "nothing more")
