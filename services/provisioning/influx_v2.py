"""InfluxDB 2: organisation, two buckets, the names that InfluxQL needs, four tokens.

Written from InfluxData's OpenAPI description of the v2 API; tried on 2.9.1 (`tests/corpus/metrics`).
"""

from typing import Any

from device_adapters.errors import ConfigError
from device_adapters.units import DAY_S
from services.metrics.minutes import MINUTES, MINUTES_DAYS, RAW_DAYS, minutes_bucket
from services.provisioning.influx_api import InfluxApi
from services.provisioning.influx_tokens import Rights, TokenFiles, token
from services.provisioning.influx_trial import rights_of
from services.provisioning.plan import Plan

FORMER_TASK = "backstride_1m"
"""Made minutes of the last hour, whatever came later; one name for all buckets of an organisation."""

Thing = dict[str, Any]


def provision(api: InfluxApi, org: str, bucket: str, files: TokenFiles, plan: Plan) -> None:
    """All of it for `bucket` of `org`. Raises ConfigError."""
    if api.ask("GET", "/api/v2/setup").get("allowed"):
        raise ConfigError(
            "this InfluxDB has no user yet: run `influx setup` (or open its page), then give its operator token with "
            "--admin-token-file"
        )
    org_id = _organisation(api, plan, org)
    minutes = minutes_bucket(bucket, 2)
    raw_id = _bucket(api, plan, org_id, bucket, RAW_DAYS, "Backstride: what is measured")
    minutes_id = _bucket(api, plan, org_id, minutes, MINUTES_DAYS, "Backstride: minute means, no heart rates")
    _no_task(api, plan, org_id, bucket)
    _mapping(api, plan, org_id, raw_id, bucket, "autogen", default=True)
    _mapping(api, plan, org_id, minutes_id, bucket, MINUTES, default=False)
    names = {raw_id: (bucket, bucket, "autogen"), minutes_id: (minutes, bucket, MINUTES)}

    def tried(text: str) -> Rights:
        return rights_of(api.url, org, names, text)

    both = [raw_id, minutes_id]
    for who, rights, file in (
        ("writer", {"write": [raw_id]}, files.writer),
        ("reader", {"read": both}, files.reader),
        ("keeper", {"read": both, "write": both}, files.keeper),
        ("minutes", {"read": [raw_id], "write": [minutes_id]}, files.minutes),
    ):
        token(api, plan, org_id, f"Backstride {who} of {bucket}", rights, file, tried)


def _organisation(api: InfluxApi, plan: Plan, name: str) -> str:
    """Its id; '' while a dry run has made none."""
    what = f"organisation {name}"
    there = _named(api.ask("GET", "/api/v2/orgs", {"org": name}).get("orgs", []), name)
    if there:
        plan.same(what)
        return str(there["id"])
    return _id(plan.make(what, lambda: api.ask("POST", "/api/v2/orgs", body={"name": name})))


def _bucket(api: InfluxApi, plan: Plan, org_id: str, name: str, days: int, about: str) -> str:
    what = f"bucket {name}: {days} days"
    rules = [{"type": "expire", "everySeconds": days * DAY_S}]
    there = _find(api, "buckets", org_id, name)
    if not there:
        body = {"orgID": org_id, "name": name, "description": about, "retentionRules": rules}
        return _id(plan.make(what, lambda: api.ask("POST", "/api/v2/buckets", body=body)))
    kept_s = next((rule["everySeconds"] for rule in there.get("retentionRules", [])), 0)
    if kept_s == days * DAY_S:
        plan.same(what)
    else:
        plan.change(
            what,
            f"{kept_s / DAY_S:g} days" if kept_s else "for ever",
            lambda: api.ask("PATCH", f"/api/v2/buckets/{there['id']}", body={"retentionRules": rules}),
            deletes=f"what is older than {days} days" if not kept_s or kept_s > days * DAY_S else "",
        )
    return str(there["id"])


def _no_task(api: InfluxApi, plan: Plan, org_id: str, bucket: str) -> None:
    """The metrics service makes the minutes. A task of an earlier version is taken away if it is this bucket's."""
    there = _find(api, "tasks", org_id, FORMER_TASK)
    if there and f'from(bucket: "{bucket}")' in there["flux"]:
        path = f"/api/v2/tasks/{there['id']}"
        what = f"task {FORMER_TASK}: minute means of {bucket}"
        plan.change(what, "the metrics service makes them now: taken away", lambda: api.ask("DELETE", path))


def _mapping(
    api: InfluxApi, plan: Plan, org_id: str, bucket_id: str, database: str, policy: str, *, default: bool
) -> None:
    """InfluxQL's `database`.`policy` is the bucket. Mappings that the server derives from names do not count."""
    what = f"InfluxQL name {database}.{policy}"
    told = (
        api.ask("GET", "/api/v2/dbrps", {"orgID": org_id, "db": database}).get("content", [])
        if org_id
        else []
    )
    there = next((m for m in told if m["retention_policy"] == policy and not m.get("virtual")), None)
    if there is None:
        body = {
            "orgID": org_id,
            "bucketID": bucket_id,
            "database": database,
            "retention_policy": policy,
            "default": default,
        }
        plan.make(what, lambda: api.ask("POST", "/api/v2/dbrps", body=body))
    elif there["bucketID"] != bucket_id:
        raise ConfigError(
            f"{what} is taken by the bucket with the id {there['bucketID']}: remove that mapping "
            f"(influx v1 dbrp delete --id {there['id']}) or choose another [influx] bucket"
        )
    elif there["default"] != default:
        path = f"/api/v2/dbrps/{there['id']}"
        plan.change(what, "not the default policy" if default else "the default policy",
                    lambda: api.ask("PATCH", path, {"orgID": org_id}, {"default": default}))  # fmt: skip
    else:
        plan.same(what)


def _find(api: InfluxApi, kind: str, org_id: str, name: str) -> Thing:
    """{} if there is none, or no organisation yet."""
    if not org_id:
        return {}
    return _named(api.ask("GET", f"/api/v2/{kind}", {"orgID": org_id, "name": name}).get(kind, []), name)


def _named(things: list[Thing], name: str) -> Thing:
    return next((thing for thing in things if thing["name"] == name), {})


def _id(made: Thing | None) -> str:
    return "" if made is None else str(made["id"])
