"""Alert rules for Grafana: a number by InfluxQL, what is made of it, and the bound that it must keep."""

import json
from dataclasses import dataclass
from typing import Literal

from services.provisioning.names import DEFAULT_SITE, Names

EXPRESSIONS = "__expr__"
NAMES = Names(DEFAULT_SITE)
EVERY_S = 60
REST_MAX_MS = 16_000
"""What the simulation holds every stop to (SAFETY.md, tests/simulation)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Alarm while `reduce` of `query` over the last `during_s` is beyond `bound`, for `for_` at least."""

    uid: str
    title: str
    about: str
    query: str
    during_s: int
    reduce: Literal["last", "sum", "min"]
    beyond: Literal["gt", "lt"]
    bound: float
    for_: str = "2m"
    silence: Literal["OK", "Alerting"] = "OK"


ALERTS = (
    Alert("unit-offline", "Unit offline", "A unit that was there in the last day says nothing now.",
          'SELECT count("outbox_depth") FROM "unit" WHERE "online" = true AND $timeFilter '
          'GROUP BY time(1m), "unit" fill(0)', 86_400, "last", "lt", 1),
    Alert("link-losses", "Links are lost often", "A device was lost more than 5 times in an hour.",
          'SELECT count("lost") FROM "link" WHERE "lost" = true AND $timeFilter '
          'GROUP BY time(10m), "device" fill(0)', 3600, "sum", "gt", 5, for_="0s"),
    Alert("time-to-rest", "Belt took too long to rest",
          "A belt took more than 16 s from a hazard to rest, a lost link aside: look at it before it is used.",
          'SELECT max("took_ms") FROM "event" WHERE "kind" = \'stopped\' AND $timeFilter GROUP BY "treadmill"',
          3600, "last", "gt", REST_MAX_MS, for_="0s"),
    Alert("outbox-grows", "Outbox grows", "A unit's outbox has grown in each of the last 10 minutes.",
          'SELECT derivative(max("outbox_depth"), 1m) FROM "unit" WHERE $timeFilter '
          'GROUP BY time(1m), "unit" fill(none)', 600, "min", "gt", 0, for_="0s"),
    Alert("writer-fails", "Metrics are not stored", "No writer has said in the last minutes that it stores.",
          'SELECT count("stored") FROM "pipeline" WHERE "failing" = false AND $timeFilter '
          'GROUP BY time(1m), "writer" fill(0)', 3600, "last", "lt", 1, silence="Alerting"),
    Alert("uncommissioned", "Treadmill never commissioned", "Run `backstride commission` on it.",
          "SELECT last(\"commissioned_ms\") FROM \"link\" WHERE \"kind\" = 'treadmill' AND $timeFilter "
          'GROUP BY "device"', 604_800, "last", "lt", 1, for_="0s"),
)  # fmt: skip


def rules() -> str:
    """The file for Grafana's `provisioning/alerting`."""
    group = {"orgId": 1, "name": NAMES.title, "folder": NAMES.title, "interval": f"{EVERY_S // 60}m"}
    made = {"apiVersion": 1, "groups": [{**group, "rules": [rule(alert) for alert in ALERTS]}]}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def rule(alert: Alert) -> dict[str, object]:
    """As Grafana reads it from a file, and over its API."""
    asked = {"refId": "A", "rawQuery": True, "resultFormat": "time_series", "query": alert.query}
    bound = {"evaluator": {"type": alert.beyond, "params": [alert.bound]}}
    return {
        "uid": NAMES.uid(alert.uid),
        "title": alert.title,
        "condition": "C",
        "for": alert.for_,
        "noDataState": alert.silence,
        "execErrState": "Error",
        "annotations": {"summary": alert.about},
        "labels": {"site": NAMES.site},
        "data": [
            {**_part("A", NAMES.uid("data"), asked), "relativeTimeRange": {"from": alert.during_s, "to": 0}},
            _part(
                "B", EXPRESSIONS, {"refId": "B", "type": "reduce", "expression": "A", "reducer": alert.reduce}
            ),
            _part(
                "C",
                EXPRESSIONS,
                {"refId": "C", "type": "threshold", "expression": "B", "conditions": [bound]},
            ),
        ],
    }


def _part(ref: str, source: str, model: dict[str, object]) -> dict[str, object]:
    return {"refId": ref, "datasourceUid": source, "model": model}
