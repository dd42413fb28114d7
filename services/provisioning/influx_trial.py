"""What a token of InfluxDB 2 may do, found out by trying it: nothing is written, and nothing read that counts."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import urllib3

from device_adapters.errors import ConfigError
from services.provisioning.influx_tokens import Rights

TRY_S = 10.0


def rights_of(url: str, org: str, names: Mapping[str, tuple[str, str, str]], token: str) -> Rights:
    """`names`: a bucket's id → its name, and the database and policy by which InfluxQL knows it. Raises ConfigError.

    To write is tried with no lines: 204 if it may. To read, by a question: who may not is told that there is no such
    database.
    """
    headers = {"Authorization": f"Token {token}"}
    found: Rights = set()
    with urllib3.PoolManager(headers=headers, timeout=urllib3.Timeout(TRY_S), retries=False) as pool:

        def ask(method: str, path: str, query: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
            try:
                return pool.request(method, f"{url.rstrip('/')}{path}?{urlencode(query)}", body=None)
            except (urllib3.exceptions.HTTPError, OSError) as e:
                raise ConfigError(f"influx.url {url}: no answer ({e}); start InfluxDB there") from e

        for id_, (bucket, database, policy) in names.items():
            written = ask("POST", "/api/v2/write", {"org": org, "bucket": bucket, "precision": "ns"})
            if written.status == 204:
                found.add(("write", id_))
            read = ask("GET", "/query", {"db": database, "rp": policy, "q": "SHOW MEASUREMENTS LIMIT 1"})
            if read.status == 200 and not _fails(read.data):
                found.add(("read", id_))
    return found


def _fails(body: bytes) -> bool:
    try:
        told = json.loads(body)
        return "error" in told or any("error" in result for result in told["results"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return True
