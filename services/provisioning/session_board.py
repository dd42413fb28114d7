"""One session in review, also while it runs: chosen by its row, whose link brings the session's own time range."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from services.provisioning.columns import Column
from services.provisioning.frame import board, choice, incidents, session_address
from services.provisioning.panels import as_limit, lines, rows, series_colour, stretches
from services.provisioning.words import (
    ALARM,
    BPM,
    CAUSES,
    GO,
    GOALS,
    INFO,
    KINDS,
    KMH,
    LEVELS,
    OUTCOMES,
    PHASES,
    QUIET,
    ROLL_S,
    SEVERITIES,
    STATES,
    since,
)

KEPT = '"hr_bpm" > 0'
"""A heart rate that was forgotten is 0 (`services.metrics.forget_influx`)."""

WHICH = "\"session\" = '$session' AND $timeFilter"
EACH = f"{WHICH} GROUP BY time($__interval) fill(null)"


def ended_columns() -> list[Column]:
    """Of a table of sessions that ended, each with the way to its review."""
    return [
        Column("session", "Session", link=("Review it", session_address("${__data.fields.Time.numeric}"))),
        Column("began_ms", "Began", "dateTimeAsLocal"),
        Column("Time", "Ended", "dateTimeAsLocal"),
        Column("goal", "Goal", words=GOALS),
        Column("level", "Level", words=LEVELS),
        Column("outcome", "Outcome", words=OUTCOMES, cell="text"),
        Column("minutes", "Minutes", decimals=1),
        Column("planned_minutes", "Planned", decimals=1),
        Column("steps_done", "Steps done"),
        Column("steps", "of"),
        Column("treadmill", "Treadmill"),
        Column("why", "Why"),
    ]


def event_columns() -> list[Column]:
    """Of a table of events. `id` is in every event, so that its row is there; nobody reads it."""
    return [
        Column("id", hidden=True),
        Column("kind", "What", words=KINDS),
        Column("cause", "Why", words=CAUSES),
        Column("severity", "Severity", words=SEVERITIES, cell="text"),
        Column("source", "Said by"),
        Column("treadmill", "Treadmill"),
        Column("text", "In words"),
    ]


def session_review() -> Dashboard:
    """Plan, belt, limits and heart of one session."""
    under_way = (
        'SELECT last("session") AS "session", last("began_ms") AS "began_ms", last("standing") AS "standing" '
        f'FROM "presence" WHERE "kind" = \'treadmill\' AND {since(ROLL_S)} GROUP BY "treadmill"'
    )
    here = Column("session", "Session", link=("Follow it", session_address("now")))
    running = [here, Column("began_ms", "Began", "dateTimeAsLocal"), Column("treadmill", "Treadmill"),
               Column("standing", "State", words=STATES, cell="text"), Column("Time", hidden=True)]  # fmt: skip
    speed = lines("Speed", "Planned and measured speed, and the limit in force.", KMH,
                  (f'SELECT mean("target_kmh") FROM "session" WHERE {EACH}', "planned"),
                  (f'SELECT mean("measured_kmh") FROM "session" WHERE {EACH}', "measured"),
                  (f'SELECT min("speed_limit_kmh") FROM "session" WHERE {EACH}', "limit"), wide=24)  # fmt: skip
    heart = lines("Heart rate", "Heart rate and the member's ceiling.", BPM,
                  (f'SELECT mean("hr_bpm") FROM "session" WHERE {KEPT} AND {EACH}', "heart rate"),
                  (f'SELECT min("hr_limit_bpm") FROM "session" WHERE {EACH}', "ceiling"))  # fmt: skip
    grade = lines("Grade", "Planned effective grade and its limit.", "percent",
                  (f'SELECT mean("target_pct") FROM "session" WHERE {EACH}', "planned"),
                  (f'SELECT min("grade_limit_pct") FROM "session" WHERE {EACH}', "limit"))  # fmt: skip
    for panel, limit in ((speed, "limit"), (heart, "ceiling"), (grade, "limit")):
        panel.override_by_name(limit, as_limit(ALARM)).override_by_name("planned", series_colour(QUIET))
    speed.override_by_name("measured", series_colour(GO))
    heart.override_by_name("heart rate", series_colour(INFO))
    panels = [
        rows("Under way", "Sessions that run now: press one to follow it.", running,
             f'SELECT "session", "began_ms", "standing" FROM ({under_way}) WHERE "session" != \'\' '
             'GROUP BY "treadmill"',
             wide=8, empty="No session runs"),
        rows("Sessions", "Sessions that ended in this time: press one to see it in its own time.", ended_columns(),
             'SELECT "session", "began_ms", "goal", "level", "outcome", "minutes", "planned_minutes", "steps_done", '
             '"steps", "treadmill", "why" FROM "session_end" WHERE $timeFilter ORDER BY time DESC LIMIT 200', wide=16),
        speed, heart, grade,
        stretches("Phases", "What the session was in.",
                  (f'SELECT last("phase") FROM "session" WHERE {WHICH} GROUP BY time($__interval) fill(null)', "phase"),
                  PHASES, high=4),
        stretches("Steps", "Which step of the programme it was at.",
                  (f'SELECT last("step") FROM "session" WHERE {WHICH} GROUP BY time($__interval) fill(null)', "step"),
                  {}, high=4),
        rows("Events", "All that was decided or happened in this session.", event_columns(),
             'SELECT "id", "kind", "cause", "severity", "source", "text" FROM "event" '
             f"WHERE {WHICH} ORDER BY time DESC LIMIT 500", empty="Nothing happened"),
    ]  # fmt: skip
    made = board(
        "session", "Session review", "One session: plan, belt, limits, heart.", panels, since="now-24h"
    )
    made = made.with_variable(
        choice("session", "Session", 'SELECT distinct("session") FROM "session" WHERE $timeFilter')
    )
    return made.annotation(incidents("Events", "\"session\" = '$session'", INFO))
