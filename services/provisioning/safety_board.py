"""Safety by day: what stopped belts, what was refused, what nearly went wrong, and what is due."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from device_adapters.bus.certificate import WARN_DAYS
from services.provisioning.columns import Column
from services.provisioning.frame import board, incidents
from services.provisioning.panels import bars, number, points, rows
from services.provisioning.session_board import event_columns
from services.provisioning.words import ALARM, GO, NEUTRAL, NONE_IS_GOOD, WARN
from services.session.engine.doubt import RESTS_WITHIN_MS

DAY = '$timeFilter GROUP BY time(1d), "cause" fill(none)'
REST_STEPS = ((None, GO), (RESTS_WITHIN_MS, ALARM))


def safety() -> Dashboard:
    """What a gym's people talk about once a week."""
    stopped = "\"kind\" = 'stopped' AND $timeFilter"
    panels = [
        number("Hazards", "How many hazards changed what a belt did: each was handled.", "none",
               "SELECT count(\"id\") FROM \"event\" WHERE \"kind\" = 'hazard' AND $timeFilter", steps=NEUTRAL),
        number("Near misses", "How many near misses people told of.", "none",
               "SELECT count(\"id\") FROM \"event\" WHERE \"kind\" = 'near_miss' AND $timeFilter", steps=NONE_IS_GOOD),
        number("Refusals", "How many wishes were refused.", "none",
               "SELECT count(\"id\") FROM \"event\" WHERE \"kind\" =~ /refused/ AND $timeFilter", steps=NEUTRAL),
        number("Slowest time to rest",
               f"The longest time from a hazard to the belt at rest; {RESTS_WITHIN_MS // 1000} s are the bound.",
               "ms", f'SELECT max("took_ms") FROM "event" WHERE {stopped}', steps=REST_STEPS),
        bars("Hazards by cause", "Why belts were held, slowed or stopped, by day.", "none",
             (f"SELECT count(\"id\") FROM \"event\" WHERE \"kind\" = 'hazard' AND {DAY}", "$tag_cause"),
             stacked="normal", rename=True),
        bars("Refusals by cause", "Why wishes were refused, by day.", "none",
             (f"SELECT count(\"id\") FROM \"event\" WHERE \"kind\" =~ /refused/ AND {DAY}", "$tag_cause"),
             stacked="normal", rename=True),
        points("Time to rest", "From each hazard to the belt at rest, where both were seen, and the bound.", "ms",
               (f'SELECT "took_ms" FROM "event" WHERE {stopped} GROUP BY "treadmill"', "$tag_treadmill"),
               limit=((None, GO), (RESTS_WITHIN_MS, ALARM))),
        rows("Commissioning", "For how many days each treadmill's commissioning still counts.",
             [Column("name", "Treadmill"), Column("Time", hidden=True),
              Column("commissioned_days", "Days left", "none", cell="background",
                     steps=((None, ALARM), (1, WARN), (WARN_DAYS, GO)))],
             'SELECT last("commissioned_days") AS "commissioned_days" FROM "presence" '
             "WHERE \"kind\" = 'treadmill' AND $timeFilter GROUP BY \"name\"", wide=12),
        rows("Near misses in words", "What people told, in their words.",
             [Column("treadmill", "Treadmill"), Column("session", "Session"), Column("text", "In words"),
              Column("id", hidden=True)],
             'SELECT "id", "treadmill", "session", "text" FROM "event" '
             "WHERE \"kind\" = 'near_miss' AND $timeFilter ORDER BY time DESC LIMIT 100", wide=12,
             empty="Nobody told of any"),
        rows("What happened", "Warnings and alarms of machines and people.", event_columns(),
             'SELECT "id", "severity", "treadmill", "kind", "cause", "source", "text" FROM "event" '
             "WHERE \"severity\" != 'info' AND $timeFilter ORDER BY time DESC LIMIT 200", wide=12,
             empty="Nothing"),
    ]  # fmt: skip
    made = board("safety", "Safety", "Hazards, refusals and near misses.", panels, since="now-30d")
    return made.annotation(incidents("Near misses", "\"kind\" = 'near_miss'", WARN))
