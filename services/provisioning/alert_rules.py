"""The alerts as Grafana reads them, from a file and over its API, and as a page for operators."""

import json
from collections.abc import Mapping

from services.provisioning.alert import Alert
from services.provisioning.alerts import ALERTS
from services.provisioning.names import MADE_FOR as NAMES

EXPRESSIONS = "__expr__"
EVERY_S = 60


def page() -> str:
    """The page for operators: each alert, when it fires, and what to do."""
    lines = [
        "# Alerts",
        "Made by `python -m services.provisioning`. `tests/integration/test_alerts.py` shows each of them on a real "
        "InfluxDB, evaluated as Grafana does: none at any moment of a healthy site, each in time for its cause.",
        "",
        "| alert | severity | fires when | what to do |",
        "|---|---|---|---|",
    ]
    for alert in ALERTS:
        do = alert.do.replace("{{ $labels.name }}", "NAME")
        lines.append(f"| {alert.title} | {alert.severity} | {alert.when} | {do} |")
    return "\n".join(lines) + "\n"


def rules(panel_ids: dict[tuple[str, str], int]) -> str:
    """The file for Grafana's `provisioning/alerting`. `panel_ids`: of each board's panels by their titles."""
    group = {"orgId": 1, "name": NAMES.title, "folder": NAMES.title, "interval": f"{EVERY_S // 60}m"}
    made = {"apiVersion": 1, "groups": [{**group, "rules": [_rule(alert, panel_ids) for alert in ALERTS]}]}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _rule(alert: Alert, panel_ids: dict[tuple[str, str], int]) -> dict[str, object]:
    """As Grafana reads it from a file, and over its API."""
    asked = {"refId": "A", "rawQuery": True, "resultFormat": "time_series", "query": alert.query}
    bound = {"evaluator": {"type": alert.beyond, "params": [alert.bound]}}
    silence = "Alerting" if alert.alone else "OK"
    reduce = {"refId": "B", "type": "reduce", "expression": "A", "reducer": alert.reduce}
    threshold = {"refId": "C", "type": "threshold", "expression": "B", "conditions": [bound]}
    return {
        "uid": NAMES.uid(alert.uid),
        "title": alert.title,
        "condition": "C",
        "for": f"{alert.for_s // 60}m" if alert.for_s else "0s",  # as Grafana itself writes it
        "noDataState": silence,
        "execErrState": silence,
        "annotations": {
            "summary": alert.about,
            "description": alert.do,
            "__dashboardUid__": NAMES.uid(alert.panel[0]),
            "__panelId__": str(panel_ids[alert.panel]),
        },
        "labels": {"site": NAMES.site, "severity": alert.severity},
        "data": [
            {**_part("A", NAMES.uid("data"), asked), "relativeTimeRange": {"from": alert.during_s, "to": 0}},
            _part("B", EXPRESSIONS, reduce),
            _part("C", EXPRESSIONS, threshold),
        ],
    }


def _part(ref: str, source: str, model: Mapping[str, object]) -> dict[str, object]:
    return {"refId": ref, "datasourceUid": source, "model": model}
