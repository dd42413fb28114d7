"""Grafana's way to the site's database: by InfluxQL, with the database named as old and as new versions read it."""

import base64
from typing import Any

from services.provisioning.names import Names

KIND = "influxdb"


def data_source(names: Names, url: str, database: str, *, token: bool) -> dict[str, Any]:
    """InfluxQL to `database` at `url`; with `token`, one goes along as `httpHeaderValue1`.

    Up to version 9 Grafana reads `database`, later ones `jsonData.dbName`.
    """
    header = {"httpHeaderName1": "Authorization"} if token else {}
    return {
        "name": names.title,
        "uid": names.uid("data"),
        "type": KIND,
        "access": "proxy",
        "url": url,
        "database": database,
        "jsonData": {"version": "InfluxQL", "dbName": database, "httpMode": "GET", **header},
    }


def authorization(token: str) -> str:
    """The header by which InfluxDB knows `token`: a token of InfluxDB 2, or `user:password` of InfluxDB 1 (and of
    those that InfluxDB 2 keeps for it), which 2.9.1 takes as Basic only.
    """
    return f"Basic {base64.b64encode(token.encode()).decode()}" if ":" in token else f"Token {token}"
