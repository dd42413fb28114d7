"""Dashboards of those who run the gym: safety and the health of the fleet."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from device_adapters.commissioning import VALID_MS
from services.provisioning.panels import bars, board, incidents, lines, number, rows

EACH = "$timeFilter GROUP BY time($__interval)"


def safety() -> Dashboard:
    """What stopped belts, what was refused, and what nearly went wrong."""
    panels = [
        number("Hazards", "How many hazards changed what a belt did.", "short",
               "SELECT count(\"id\") FROM \"event\" WHERE \"kind\" = 'hazard' AND $timeFilter"),
        number("Near misses", "How many near misses people told of.", "short",
               "SELECT count(\"id\") FROM \"event\" WHERE \"kind\" = 'near_miss' AND $timeFilter"),
        number("Refusals", "How many wishes were refused.", "short",
               "SELECT count(\"id\") FROM \"event\" WHERE \"kind\" =~ /refused/ AND $timeFilter"),
        number("Slowest time to rest", "The longest time from a hazard to the belt at rest.", "ms",
               "SELECT max(\"took_ms\") FROM \"event\" WHERE \"kind\" = 'stopped' AND $timeFilter"),
        bars("Hazards by cause", "Why belts were held, slowed or stopped.", "short",
             (f"SELECT count(\"id\") FROM \"event\" WHERE \"kind\" = 'hazard' AND {EACH}, \"cause\" fill(none)",
              "$tag_cause")),
        bars("Refusals by cause", "Why wishes were refused.", "short",
             (f"SELECT count(\"id\") FROM \"event\" WHERE \"kind\" =~ /refused/ AND {EACH}, \"cause\" fill(none)",
              "$tag_cause")),
        lines("Time to rest", "From a hazard to the belt at rest, where both were seen.", "ms",
              (f"SELECT max(\"took_ms\") FROM \"event\" WHERE \"kind\" = 'stopped' AND {EACH}, \"cause\" fill(none)",
               "$tag_cause")),
        rows("Overdue for commissioning", "Treadmills without a record of the last six months, and when it was made.",
             "dateTimeAsIso",
             'SELECT "commissioned" FROM (SELECT last("commissioned_ms") AS "commissioned" FROM "link" '
             "WHERE \"kind\" = 'treadmill' AND $timeFilter GROUP BY \"device\") "
             f'WHERE "commissioned" < ${{__to}} - {VALID_MS} GROUP BY "device"', wide=12),
        rows("Near misses", "What people told, in their words.", "short",
             'SELECT "treadmill", "session", "text" FROM "event" '
             "WHERE \"kind\" = 'near_miss' AND $timeFilter ORDER BY time DESC LIMIT 100"),
    ]  # fmt: skip
    made = board("safety", "Safety", "Hazards, refusals and near misses.", panels, since="now-30d")
    return made.annotation(incidents("Near misses", "\"kind\" = 'near_miss'", "orange"))


def fleet_health() -> Dashboard:
    """Units, links and the way into the database."""
    panels = [
        number("Units online", "Units whose last word in this time was that they are online.", "short",
               'SELECT count("depth") FROM (SELECT last("outbox_depth") AS "depth" FROM "unit" '
               'WHERE "online" = true AND $timeFilter GROUP BY "unit")'),
        number("Links lost", "How often a treadmill or strap was lost.", "short",
               'SELECT count("lost") FROM "link" WHERE "lost" = true AND $timeFilter'),
        number("Frames missing", "Frames that never came, by their numbers, since the writer's start.", "short",
               'SELECT last("missing") FROM "pipeline" WHERE $timeFilter'),
        number("Lines refused", "Lines that the database does not take: `backstride metrics quarantine`.", "short",
               'SELECT last("quarantined") FROM "pipeline" WHERE $timeFilter'),
        bars("Links lost by device", "Which links are lost, and when.", "short",
             (f'SELECT count("lost") FROM "link" WHERE "lost" = true AND {EACH}, "device" fill(none)',
              "$tag_device")),
        lines("Latency", "From the measurement at the device to its arrival at the writer.", "ms",
              (f'SELECT mean("latency_p50_ms") FROM "pipeline" WHERE {EACH} fill(none)', "p50"),
              (f'SELECT max("latency_p99_ms") FROM "pipeline" WHERE {EACH} fill(none)', "p99")),
        lines("Outbox", "Messages that wait in each unit for the broker.", "short",
              (f'SELECT max("outbox_depth") FROM "unit" WHERE {EACH}, "unit" fill(none)', "$tag_unit")),
        lines("Given up", "Messages that units gave up since their boot, and that writers dropped.", "short",
              (f'SELECT max("outbox_dropped") FROM "unit" WHERE {EACH}, "unit" fill(none)', "$tag_unit"),
              (f'SELECT max("dropped") FROM "pipeline" WHERE {EACH}, "writer" fill(none)', "$tag_writer")),
        lines("Spool", "Lines on the hub's disk that the database has not taken yet.", "short",
              (f'SELECT max("spooled") FROM "pipeline" WHERE {EACH}, "writer" fill(none)', "$tag_writer")),
        lines("Clocks", "Each unit's clock against the hub's.", "ms",
              (f'SELECT mean("clock_offset_ms") FROM "unit" WHERE {EACH}, "unit" fill(none)', "$tag_unit")),
    ]  # fmt: skip
    made = board("fleet", "Fleet health", "Units, links, and the way into the database.", panels,
                 since="now-24h", refresh="30s")  # fmt: skip
    return made.annotation(incidents("Warnings", "\"severity\" != 'info'", "orange"))
