"""The alerts: a state that the hub tells (`presence`) or a count of what happened, and its bound.

Grafana evaluates at the start of a minute, so no query asks for buckets of time: the last of them is empty then, and
its `fill(0)` is no 0. A state is read over five minutes: it is told each 10 s, and the clocks of Grafana and the hub
may differ by minutes. That nothing at all is told is an alert of its own; for the others it means nothing.
"""

from services.metrics.writer import HEALTH_S
from services.provisioning.alert import STATE_S, Alert
from services.rules.unit_health import CERTIFICATE_DAYS, DISK_WARN_MB, SILENT_S
from services.session.engine.doubt import RESTS_WITHIN_MS

WRITER_SILENT_S = 6 * HEALTH_S
OUTBOX_BEHIND_S = 600
LOSSES_PER_HOUR = 5


def _told(what: str, field: str, kind: str, by: str = '"name"') -> str:
    return f'SELECT {what}("{field}") FROM "presence" WHERE {kind} AND $timeFilter GROUP BY {by}'


UNIT, TREADMILL, WRITER = "\"kind\" = 'unit'", "\"kind\" = 'treadmill'", "\"kind\" = 'writer'"
ANY = '"kind" =~ /unit|writer/'
TROUBLE = ("floor", "Now")
KEEP_AWAY = "Red button or cord at the treadmill, look at the member. "
ALERTS = (
    Alert(
        "disobeys",
        "Belt does not obey Stop",
        "a belt that was told to stop goes on",
        "{{ $labels.name }} was told to stop and did not.",
        KEEP_AWAY + "Keep it out of use, have it looked at, then commission it anew: backstride commission.",
        "alarm",
        _told("max", "disobeys", TREADMILL),
        "gt",
        0,
        TROUBLE,
    ),
    Alert(
        "unordered",
        "Belt moves without an order",
        "a belt moves in a session without an order, or while it is locked",
        "{{ $labels.name }} moved although nobody asked it to.",
        KEEP_AWAY + "Keep it out of use, have it looked at, then commission it anew: backstride commission.",
        "alarm",
        _told("max", "unordered", TREADMILL),
        "gt",
        0,
        TROUBLE,
    ),
    Alert(
        "link-lost",
        "Link lost in a session",
        "a link is lost while the belt is ours",
        "{{ $labels.name }} lost its link while its belt was ours: assume that it moves.",
        KEEP_AWAY + "Then look at radio and distance of its unit: backstride doctor there.",
        "alarm",
        _told("max", "link_lost", TREADMILL),
        "gt",
        0,
        TROUBLE,
    ),
    Alert(
        "time-to-rest",
        "Belt took too long to rest",
        f"more than {RESTS_WITHIN_MS // 1000} s from a hazard to rest, in the last hour",
        f"{{{{ $labels.treadmill }}}} took more than {RESTS_WITHIN_MS // 1000} s from a hazard to rest.",
        "Look at the belt before it is used again: backstride commission.",
        "alarm",
        'SELECT max("took_ms") FROM "event" WHERE "kind" = \'stopped\' AND $timeFilter GROUP BY "treadmill"',
        "gt",
        RESTS_WITHIN_MS,
        ("safety", "Slowest time to rest"),
        during_s=3600,
        reduce="max",
    ),
    Alert(
        "stop-button",
        "Stop button cannot be read",
        "a unit says that it cannot read a button or clicker, in the last hour",
        "The stop button of {{ $labels.source }} is not there.",
        "See its wires, or the clicker's battery, and the settings in unit.toml: journalctl -u backstride-unit there. "
        "Until then it does not stop.",
        "alarm",
        'SELECT count("id") FROM "event" WHERE "kind" = \'stop_button\' AND $timeFilter GROUP BY "source"',
        "gt",
        0,
        ("safety", "What happened"),
        during_s=3600,
        reduce="max",
    ),
    Alert(
        "unit-offline",
        "Unit offline",
        f"no word for {SILENT_S:g} s, for a minute",
        "{{ $labels.name }} has said nothing for {{ $values.B }} s: its belts may still move.",
        "See its power and network, then journalctl -u backstride-unit on it. Taken away for good: "
        "backstride unit retire {{ $labels.name }}.",
        "alarm",
        _told("last", "age_s", UNIT),
        "gt",
        SILENT_S,
        ("fleet", "Units"),
        for_s=60,
    ),
    Alert(
        "not-stored",
        "Measurements are not stored",
        f"nothing is told for {STATE_S} s, or the metrics service has no broker for {WRITER_SILENT_S:g} s",
        "Nothing of this site reaches the database, or its metrics service hears nothing.",
        "On the hub: systemctl status backstride-metrics mosquitto, and see that the "
        "database runs and has room. Units keep what they measure meanwhile.",
        "alarm",
        _told("last", "lost_s", WRITER),
        "gt",
        WRITER_SILENT_S,
        ("fleet", "Metrics service"),
        for_s=60,
        alone=True,
    ),
    Alert(
        "link-losses",
        "Links are lost often",
        f"more than {LOSSES_PER_HOUR} losses of a device in an hour",
        f"{{{{ $labels.device }}}} was lost more than {LOSSES_PER_HOUR} times in an hour.",
        "Look at radio and distance of its unit: backstride doctor there.",
        "warning",
        'SELECT count("lost") FROM "link" WHERE "lost" = true AND $timeFilter GROUP BY "device"',
        "gt",
        LOSSES_PER_HOUR,
        ("fleet", "Links lost by device"),
        during_s=3600,
    ),
    Alert(
        "outbox-waits",
        "Outbox is not emptied",
        f"something has waited in a unit for {OUTBOX_BEHIND_S} s",
        "Messages have waited in {{ $labels.name }} for {{ $values.B }} s.",
        "See that broker and metrics service run on the hub, and the network to the unit.",
        "warning",
        _told("last", "outbox_behind_s", UNIT),
        "gt",
        OUTBOX_BEHIND_S,
        ("fleet", "Outbox"),
    ),
    Alert(
        "certificate",
        "Certificate ends soon",
        f"fewer than {CERTIFICATE_DAYS} days, of a unit or of the metrics service",
        "The certificate of {{ $labels.name }} ends in {{ $values.B }} days.",
        "On a unit: sudo backstride unit rotate. On the hub: sudo backstride hub init.",
        "warning",
        _told("last", "certificate_days", ANY),
        "lt",
        CERTIFICATE_DAYS,
        ("fleet", "Certificates and disks"),
    ),
    Alert(
        "disk",
        "Disk is short",
        f"less than {DISK_WARN_MB} MB free, of a unit or where the metrics service keeps its data",
        "{{ $labels.name }} has {{ $values.B }} MB left.",
        "Free some: logs, outbox and spool need room.",
        "warning",
        _told("last", "disk_free_mb", ANY),
        "lt",
        DISK_WARN_MB,
        ("fleet", "Certificates and disks"),
    ),
    Alert(
        "uncommissioned",
        "Treadmill not commissioned",
        "no record, or one of more than half a year ago",
        "{{ $labels.name }} has no commissioning that counts: it runs slowly only.",
        "Clear the belt, then run backstride commission {{ $labels.name }} on its unit.",
        "warning",
        _told("last", "commissioned_days", TREADMILL),
        "lt",
        1,
        ("safety", "Commissioning"),
    ),
)
