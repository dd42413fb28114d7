"""Alert rules for Grafana: a state that the hub tells (`presence`) or a count of what happened, and its bound.

Grafana evaluates at the start of a minute, so no query asks for buckets of time: the last of them is empty then, and
its `fill(0)` is no 0. A state is read over five minutes: it is told each 10 s, and the clocks of Grafana and the hub
may differ by minutes. That nothing at all is told is an alert of its own; for the others it means nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from device_adapters.unit.service import STATUS_EVERY_S
from services.metrics.writer import HEALTH_S
from services.provisioning.names import DEFAULT_SITE, Names
from services.rules.unit_health import DISK_WARN_MB
from services.session.engine.doubt import RESTS_WITHIN_MS

EXPRESSIONS = "__expr__"
NAMES = Names(DEFAULT_SITE)
EVERY_S = 60
STATE_S = 300
UNIT_SILENT_S = 12 * STATUS_EVERY_S
"""A unit says how it is each 5 s; a minute without a word is no lost message."""

WRITER_SILENT_S = 6 * HEALTH_S
OUTBOX_BEHIND_S = 600
LOSSES_PER_HOUR = 5
CERTIFICATE_DAYS = 14

Severity = Literal["alarm", "warning"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Alert while `reduce` of `query` over the last `during_s` is beyond `bound`, for `for_s` (whole minutes) at least.

    `do`: what to do about it. `panel`: board and title of the panel that shows it. `alone`: it fires if nothing is
    told.
    """

    uid: str
    title: str
    about: str
    do: str
    severity: Severity
    query: str
    beyond: Literal["gt", "lt"]
    bound: float
    panel: tuple[str, str]
    during_s: int = STATE_S
    reduce: Literal["last", "max"] = "last"
    for_s: int = 0
    alone: bool = False


def _told(what: str, field: str, kind: str, by: str = '"name"') -> str:
    return f'SELECT {what}("{field}") FROM "presence" WHERE {kind} AND $timeFilter GROUP BY {by}'


UNIT, TREADMILL, WRITER = "\"kind\" = 'unit'", "\"kind\" = 'treadmill'", "\"kind\" = 'writer'"
ANY = '"kind" =~ /unit|writer/'
TROUBLE = ("floor", "Now")
KEEP_AWAY = "Red button or cord at the treadmill, look at the member. "
ALERTS = (
    Alert("disobeys", "Belt does not obey Stop", "{{ $labels.name }} was told to stop and did not.",
          KEEP_AWAY + "Keep it out of use, have it looked at, then commission it anew: backstride commission.",
          "alarm", _told("max", "disobeys", TREADMILL), "gt", 0, TROUBLE),
    Alert("unordered", "Belt moves without an order", "{{ $labels.name }} moved although nobody asked it to.",
          KEEP_AWAY + "Keep it out of use, have it looked at, then commission it anew: backstride commission.",
          "alarm", _told("max", "unordered", TREADMILL), "gt", 0, TROUBLE),
    Alert("link-lost", "Link lost in a session", "{{ $labels.name }} lost its link while its belt was ours: "
          "assume that it moves.", KEEP_AWAY + "Then look at radio and distance of its unit: backstride doctor there.",
          "alarm", _told("max", "link_lost", TREADMILL), "gt", 0, TROUBLE),
    Alert("time-to-rest", "Belt took too long to rest", f"{{{{ $labels.treadmill }}}} took more than "
          f"{RESTS_WITHIN_MS // 1000} s from a hazard to rest.",
          "Look at the belt before it is used again: backstride commission.", "alarm",
          'SELECT max("took_ms") FROM "event" WHERE "kind" = \'stopped\' AND $timeFilter GROUP BY "treadmill"',
          "gt", RESTS_WITHIN_MS, ("safety", "Slowest time to rest"), during_s=3600, reduce="max"),
    Alert("stop-button", "Stop button cannot be read", "The stop button of {{ $labels.source }} is not there.",
          "See its wires and stop_button_gpio in the unit's settings: journalctl -u backstride-unit there. Until then "
          "the button does not stop.", "alarm",
          'SELECT count("id") FROM "event" WHERE "kind" = \'stop_button\' AND $timeFilter GROUP BY "source"',
          "gt", 0, ("safety", "What happened"), during_s=3600, reduce="max"),
    Alert("unit-offline", "Unit offline", "{{ $labels.name }} has said nothing for {{ $values.B }} s: its belts may "
          "still move.", "See its power and network, then journalctl -u backstride-unit on it. Taken away for good: "
          "backstride unit retire {{ $labels.name }}.", "alarm", _told("last", "age_s", UNIT), "gt", UNIT_SILENT_S,
          ("fleet", "Units"), for_s=60),
    Alert("not-stored", "Measurements are not stored", "Nothing of this site reaches the database, or its metrics "
          "service hears nothing.", "On the hub: systemctl status backstride-metrics mosquitto, and see that the "
          "database runs and has room. Units keep what they measure meanwhile.", "alarm",
          _told("last", "lost_s", WRITER), "gt", WRITER_SILENT_S, ("fleet", "Metrics service"), alone=True),
    Alert("link-losses", "Links are lost often", f"{{{{ $labels.device }}}} was lost more than {LOSSES_PER_HOUR} times "
          "in an hour.", "Look at radio and distance of its unit: backstride doctor there.", "warning",
          'SELECT count("lost") FROM "link" WHERE "lost" = true AND $timeFilter GROUP BY "device"',
          "gt", LOSSES_PER_HOUR, ("fleet", "Links lost by device"), during_s=3600),
    Alert("outbox-waits", "Outbox is not emptied", "Messages have waited in {{ $labels.name }} for {{ $values.B }} s.",
          "See that broker and metrics service run on the hub, and the network to the unit.", "warning",
          _told("last", "outbox_behind_s", UNIT), "gt", OUTBOX_BEHIND_S, ("fleet", "Outbox")),
    Alert("certificate", "Certificate ends soon", "The certificate of {{ $labels.name }} ends in {{ $values.B }} days.",
          "On a unit: sudo backstride unit rotate. On the hub: sudo backstride hub init.", "warning",
          _told("last", "certificate_days", ANY), "lt", CERTIFICATE_DAYS, ("fleet", "Certificates and disks")),
    Alert("disk", "Disk is short", "{{ $labels.name }} has {{ $values.B }} MB left.",
          "Free some: logs, outbox and spool need room.", "warning",
          _told("last", "disk_free_mb", ANY), "lt", DISK_WARN_MB, ("fleet", "Certificates and disks")),
    Alert("uncommissioned", "Treadmill not commissioned",
          "{{ $labels.name }} has no commissioning that counts: it runs slowly only.",
          "Clear the belt, then run backstride commission {{ $labels.name }} on its unit.", "warning",
          _told("last", "commissioned_days", TREADMILL), "lt", 1, ("safety", "Commissioning")),
)  # fmt: skip


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
