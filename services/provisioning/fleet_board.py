"""Fleet health by age: who was heard when, what waits, what ends soon, and the way into the database."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from device_adapters.contract import registry
from services.provisioning.alerts import OUTBOX_BEHIND_S, WRITER_SILENT_S
from services.provisioning.columns import Column, Steps
from services.provisioning.frame import board, incidents
from services.provisioning.panels import bars, lines, number, rows
from services.provisioning.words import ALARM, GO, LINKS, NONE_IS_GOOD, STATES, WARN
from services.rules.unit_health import BATTERY_LOW_PCT, CERTIFICATE_DAYS, DISK_FAIL_MB, DISK_WARN_MB, SILENT_S

EACH = "$timeFilter GROUP BY time($__interval)"
AGE: Steps = ((None, GO), (SILENT_S, ALARM))
FRAME: Steps = ((None, GO), (registry.TREADMILL_TELEMETRY.age_max_s or 0, WARN))
DISK: Steps = ((None, ALARM), (DISK_FAIL_MB, WARN), (DISK_WARN_MB, GO))
CERTIFICATE: Steps = ((None, ALARM), (0, WARN), (CERTIFICATE_DAYS, GO))
BATTERY: Steps = ((None, WARN), (BATTERY_LOW_PCT, GO))
TIME = Column("Time", hidden=True)


def _roll(kind: str, *fields: str) -> str:
    """The newest row of each of `kind` in the dashboard's time."""
    asked = ", ".join(f'last("{name}") AS "{name}"' for name in fields)
    return f'SELECT {asked} FROM "presence" WHERE "kind" {kind} AND $timeFilter GROUP BY "name"'


def _gone(kind: str, beyond: float) -> str:
    inner = f'SELECT last("age_s") AS "age" FROM "presence" WHERE "kind" = \'{kind}\' AND $timeFilter GROUP BY "name"'
    return f'SELECT count("age") FROM ({inner}) WHERE "age" <= {beyond:g}'


def fleet_health() -> Dashboard:
    """Units, links and the way into the database."""
    age = Column("age_s", "Last word", "dtdurations", steps=AGE, cell="background", decimals=0)
    lost = Column("lost_s", "Not there for", "dtdurations", decimals=0)
    link = Column("link", "Link", words=LINKS, cell="text")
    battery = Column("battery_pct", "Battery", "percent", steps=BATTERY, cell="text")
    panels = [
        number("Units online", "Units that have said something within a minute.", "none", _gone("unit", SILENT_S),
               steps=((None, ALARM), (1, GO))),
        number("Links lost", "How often a treadmill or strap was lost.", "none",
               'SELECT count("lost") FROM "link" WHERE "lost" = true AND $timeFilter', steps=((None, GO), (1, WARN))),
        number("Frames missing", "Frames that never came, by their numbers, since the writer's start.", "none",
               'SELECT last("missing") FROM "pipeline" WHERE $timeFilter', steps=NONE_IS_GOOD),
        number("Lines refused", "Lines that the database does not take: `backstride metrics quarantine`.", "none",
               'SELECT last("quarantined") FROM "pipeline" WHERE $timeFilter', steps=NONE_IS_GOOD),
        rows("Units", "Each unit: its last word, what waits in it.",
             [Column("name", "Unit"), TIME, link, age, lost,
              Column("outbox_behind_s", "Outbox waits for", "dtdurations",
                     steps=((None, GO), (OUTBOX_BEHIND_S, WARN)), cell="text", decimals=0)],
             _roll("= 'unit'", "link", "age_s", "lost_s", "outbox_behind_s"), wide=12, sort="Last word"),
        rows("Metrics service", "What stores all this, and whether it hears the site.",
             [Column("name", "Service"), TIME, link,
              Column("lost_s", "Without a broker for", "dtdurations",
                     steps=((None, GO), (WRITER_SILENT_S, ALARM)), cell="background", decimals=0)],
             _roll("= 'writer'", "link", "lost_s"), wide=12),
        rows("Treadmills", "Each treadmill: its link and its last word.",
             [Column("name", "Treadmill"), TIME, Column("standing", "State", words=STATES, cell="text"), link,
              Column("age_s", "Last word", "dtdurations", steps=FRAME, cell="background", decimals=0), lost],
             _roll("= 'treadmill'", "standing", "link", "age_s", "lost_s"), wide=12, sort="Last word"),
        rows("Straps", "Each strap: one that is out of reach is on nobody.",
             [Column("name", "Strap"), TIME, link, Column("age_s", "Last word", "dtdurations", decimals=0), battery],
             _roll("= 'strap'", "link", "age_s", "battery_pct"), wide=12, sort="Last word"),
        rows("Certificates and disks", "What ends or fills up.",
             [Column("name", "Of"), TIME, Column("certificate_days", "Certificate: days left", "none",
                                                 steps=CERTIFICATE, cell="background"),
              Column("disk_free_mb", "Disk free", "decmbytes", steps=DISK, cell="background")],
             _roll("=~ /unit|writer/", "certificate_days", "disk_free_mb"), wide=12),
        bars("Links lost by device", "Which links are lost, and when.", "none",
             (f'SELECT count("lost") FROM "link" WHERE "lost" = true AND {EACH}, "device" fill(none)',
              "$tag_device"), stacked="normal"),
        lines("Latency", "From the measurement at the device to its arrival at the writer.", "ms",
              (f'SELECT mean("latency_p50_ms") FROM "pipeline" WHERE {EACH} fill(null)', "p50"),
              (f'SELECT max("latency_p99_ms") FROM "pipeline" WHERE {EACH} fill(null)', "p99")),
        lines("Outbox", "Messages that wait in each unit for the broker.", "none",
              (f'SELECT max("outbox_depth") FROM "unit" WHERE {EACH}, "unit" fill(null)', "$tag_unit")),
        lines("Given up", "Messages that units gave up since their boot, and that writers dropped.", "none",
              (f'SELECT max("outbox_dropped") FROM "unit" WHERE {EACH}, "unit" fill(null)', "$tag_unit"),
              (f'SELECT max("dropped") FROM "pipeline" WHERE {EACH}, "writer" fill(null)', "$tag_writer")),
        lines("Spool", "Lines on the hub's disk that the database has not taken yet.", "none",
              (f'SELECT max("spooled") FROM "pipeline" WHERE {EACH}, "writer" fill(null)', "$tag_writer")),
        lines("Clocks", "Each unit's clock against the hub's.", "ms",
              (f'SELECT mean("clock_offset_ms") FROM "unit" WHERE {EACH}, "unit" fill(null)', "$tag_unit")),
    ]  # fmt: skip
    made = board("fleet", "Fleet health", "Units, links, and the way into the database.", panels,
                 since="now-24h", refresh="30s")  # fmt: skip
    return made.annotation(incidents("Warnings", "\"severity\" != 'info'", WARN))
