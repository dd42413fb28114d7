"""InfluxDB 1: the database and two retention policies, of what is measured and of its minute means."""

from functools import partial

from device_adapters.errors import ConfigError
from services.metrics.minutes import MINUTES, MINUTES_DAYS, RAW_DAYS
from services.provisioning.influx_api import InfluxApi
from services.provisioning.plan import Plan

Rows = list[dict[str, str]]
FOR_EVER = "0s"
FORMER_QUERIES = "backstride_1m_"
"""Continuous queries so called made minutes of the last hour, whatever came later."""


def provision(api: InfluxApi, bucket: str, plan: Plan) -> None:
    """`bucket` is the database, or `database/policy` as InfluxDB 1.8 reads it on the v2 write path."""
    database, _, policy = bucket.partition("/")
    policy = policy or "autogen"
    there = database in _names(_query(api, "SHOW DATABASES").get("databases", []))
    policies: dict[str, str] = {}
    if there:
        plan.same(f"database {database}")
        shown = _query(api, f"SHOW RETENTION POLICIES ON {quoted(database)}").get("", [])
        policies = {row["name"]: row["duration"] for row in shown}
    else:
        create = f"CREATE DATABASE {quoted(database)} WITH DURATION {RAW_DAYS}d REPLICATION 1 NAME {quoted(policy)}"
        plan.make(f"database {database}", lambda: _query(api, create))
        policies = {policy: _duration(RAW_DAYS)}
    _keep(api, plan, database, policy, RAW_DAYS, policies)
    _keep(api, plan, database, MINUTES, MINUTES_DAYS, policies)
    for name in sorted(_names(_query(api, "SHOW CONTINUOUS QUERIES").get(database, []))):
        if name.startswith(FORMER_QUERIES):
            drop = f"DROP CONTINUOUS QUERY {quoted(name)} ON {quoted(database)}"
            plan.change(f"continuous query {name} of {database}", "the metrics service makes minutes now: taken away",
                        partial(_query, api, drop))  # fmt: skip


def _keep(
    api: InfluxApi, plan: Plan, database: str, policy: str, days: int, policies: dict[str, str]
) -> None:
    """The policy keeps what it gets for `days`."""
    what = f"retention policy {policy} of {database}: {days} days"
    of = f"RETENTION POLICY {quoted(policy)} ON {quoted(database)}"
    kept = policies.get(policy)
    if kept is None:
        plan.make(what, lambda: _query(api, f"CREATE {of} DURATION {days}d REPLICATION 1"))
    elif kept == _duration(days):
        plan.same(what)
    else:
        shorter = kept == FOR_EVER or int(kept.partition("h")[0]) > days * 24
        plan.change(
            what,
            "for ever" if kept == FOR_EVER else kept,
            lambda: _query(api, f"ALTER {of} DURATION {days}d"),
            deletes=f"what is older than {days} days" if shorter else "",
        )


def quoted(name: str) -> str:
    """A name as InfluxQL wants it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _duration(days: int) -> str:
    return f"{days * 24}h0m0s"


def _names(rows: Rows) -> set[str]:
    return {row["name"] for row in rows}


def _query(api: InfluxApi, influxql: str) -> dict[str, Rows]:
    """The rows of each series, by its name; values as text. Raises ConfigError."""
    (result,) = api.ask("POST", "/query", {"q": influxql})["results"]
    if "error" in result:
        raise ConfigError(f"InfluxDB refuses {influxql!r}: {result['error']}")
    return {
        series.get("name", ""): [
            dict(zip(series["columns"], map(str, row), strict=True)) for row in series.get("values", [])
        ]
        for series in result.get("series", [])
    }
