"""Dashboards of training: the gym floor, a member's progress, one session in review."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from device_adapters.safety.limits import Goal, Level
from services.provisioning.panels import Query, bars, board, choice, incidents, lines, rows
from services.rules.doses import per_week

KMH = "velocitykmh"
BPM = "suffix: bpm"
EACH = "$timeFilter GROUP BY time($__interval)"
KEPT = '"hr_bpm" > 0'
"""A heart rate that was forgotten is 0 (`services.metrics.forget_influx`)."""

WEEK = "GROUP BY time(1w, 4d)"
"""Weeks from Monday; InfluxDB's own begin on the Thursday of 1970."""


def gym_floor() -> Dashboard:
    """What happens now."""
    panels = [
        lines("Belt speed", "Measured speed of each belt.", KMH,
              (f'SELECT mean("speed_kmh") FROM "treadmill" WHERE {EACH}, "treadmill" fill(none)', "$tag_treadmill")),
        lines("Planned speed", "What the programme of each running session asks for, within its limits.", KMH,
              (f'SELECT mean("target_kmh") FROM "session" WHERE {EACH}, "treadmill" fill(none)', "$tag_treadmill")),
        lines("Heart rate", "Heart rate by strap; no names.", BPM,
              (f'SELECT mean("hr_bpm") FROM "strap" WHERE {EACH}, "strap" fill(none)', "$tag_strap")),
        bars("Sessions ended", "How sessions ended.", "short",
             (f'SELECT count("minutes") FROM "session_end" WHERE {EACH}, "outcome" fill(0)', "$tag_outcome")),
        rows("Last sessions", "The sessions that ended last.", "short",
             'SELECT "treadmill", "goal", "level", "outcome", "minutes", "planned_minutes", "why" '
             'FROM "session_end" WHERE $timeFilter ORDER BY time DESC LIMIT 50'),
    ]  # fmt: skip
    made = board(
        "floor",
        "Gym floor",
        "What happens on the belts now.",
        panels,
        since="now-1h",
        refresh="5s",
    )
    return made.annotation(incidents("Incidents", "\"severity\" = 'alarm'", "red"))


def member_progress() -> Dashboard:
    """One member, by pseudonym."""
    whose = "\"member\" = '$member' AND $timeFilter"
    panels = [
        bars("Sessions per week", "Sessions of each week, and the most that goal and level allow.", "short",
             (f'SELECT count("minutes") FROM "session_end" WHERE {whose} {WEEK} fill(0)', "sessions"),
             *_most_per_week(whose)),
        bars("Minutes per week", "Moving time of each week.", "m",
             (f'SELECT sum("minutes") FROM "session_end" WHERE {whose} {WEEK} fill(0)', "minutes")),
        lines("Speed", "Mean and highest measured speed of each day with a session.", KMH,
              (f'SELECT mean("measured_kmh") FROM "session" WHERE {whose} GROUP BY time(1d) fill(none)', "mean"),
              (f'SELECT max("measured_kmh") FROM "session" WHERE {whose} GROUP BY time(1d) fill(none)', "highest")),
        lines("Heart rate", "Mean and highest heart rate of each day with a session.", BPM,
              (f'SELECT mean("hr_bpm") FROM "session" WHERE {whose} AND {KEPT} GROUP BY time(1d) fill(none)', "mean"),
              (f'SELECT max("hr_bpm") FROM "session" WHERE {whose} AND {KEPT} GROUP BY time(1d) fill(none)',
               "highest")),
        lines("Speed at a steady heart", "Mean speed while the heart was at 70 to 80 % of its ceiling; up is fitter.",
              KMH, (f'SELECT mean("measured_kmh") FROM "session" WHERE {whose} AND {_of_ceiling(70, 80)} '
                    "GROUP BY time(1d) fill(none)", "speed")),
        bars("Bouts", "How many steps of the programme were walked or run, by day.", "short",
             (f'SELECT count(distinct("step")) FROM "session" WHERE {whose} AND "measured_kmh" > 0 '
              "GROUP BY time(1d) fill(none)", "bouts")),
        bars("Zones", "How often the heart was measured in each part of its ceiling; once a second in a session.",
             "short", *_zones(whose), wide=24),
        rows("Sessions", "Each session: how far it went and how it ended.", "short",
             'SELECT "session", "goal", "level", "outcome", "minutes", "planned_minutes", "steps_done", "steps" '
             f'FROM "session_end" WHERE {whose} ORDER BY time DESC LIMIT 200'),
    ]  # fmt: skip
    made = board("member", "Member progress", "One member's weeks, by pseudonym.", panels, since="now-84d")
    return made.with_variable(
        choice("member", "Member", 'SHOW TAG VALUES FROM "session_end" WITH KEY = "member"')
    )


def _most_per_week(whose: str) -> list[Query]:
    """A line for each limit that there is, drawn for the members whom it holds for."""
    limits = {(goal, level): per_week(goal, level) for goal in Goal for level in Level}
    queries = []
    for most in sorted(set(limits.values())):
        whom = " OR ".join(
            f"(\"goal\" = '{goal}' AND \"level\" = '{level}')"
            for (goal, level), value in limits.items()
            if value == most
        )
        query = f'SELECT max("steps") * 0 + {most} FROM "session_end" WHERE {whose} AND ({whom}) {WEEK} fill(none)'
        queries.append((query, f"at most {most}"))
    return queries


def _of_ceiling(low: int, high: int) -> str:
    """The heart is at `low` to `high` percent of the member's ceiling. InfluxQL divides integers without a rest."""
    return f'{KEPT} AND "hr_bpm" * 100 >= "hr_limit_bpm" * {low} AND "hr_bpm" * 100 < "hr_limit_bpm" * {high}'


def _zones(whose: str) -> list[Query]:
    parts = {"below 60 %": (0, 60), "60 to 70 %": (60, 70), "70 to 80 %": (70, 80), "80 to 90 %": (80, 90),
             "90 % and above": (90, 1000)}  # fmt: skip
    asked = f'SELECT count("hr_bpm") FROM "session" WHERE {whose} AND'
    return [
        (f"{asked} {_of_ceiling(low, high)} GROUP BY time(1d) fill(none)", name)
        for name, (low, high) in parts.items()
    ]


def session_review() -> Dashboard:
    """One session, second by second."""
    which = "\"session\" = '$session' AND $timeFilter GROUP BY time($__interval) fill(none)"
    panels = [
        lines("Speed", "Planned and measured speed, and the limit in force.", KMH,
              (f'SELECT mean("target_kmh") FROM "session" WHERE {which}', "planned"),
              (f'SELECT mean("measured_kmh") FROM "session" WHERE {which}', "measured"),
              (f'SELECT min("speed_limit_kmh") FROM "session" WHERE {which}', "limit"), wide=24),
        lines("Heart rate", "Heart rate and the member's ceiling.", BPM,
              (f'SELECT mean("hr_bpm") FROM "session" WHERE {KEPT} AND {which}', "heart rate"),
              (f'SELECT min("hr_limit_bpm") FROM "session" WHERE {which}', "ceiling")),
        lines("Grade", "Planned effective grade and its limit.", "percent",
              (f'SELECT mean("target_pct") FROM "session" WHERE {which}', "planned"),
              (f'SELECT min("grade_limit_pct") FROM "session" WHERE {which}', "limit")),
        rows("Events", "All that was decided or happened in this session.", "short",
             'SELECT "kind", "cause", "severity", "source", "text" FROM "event" '
             "WHERE \"session\" = '$session' AND $timeFilter"),
    ]  # fmt: skip
    made = board(
        "session",
        "Session review",
        "One session: plan, belt, limits, heart.",
        panels,
        since="now-24h",
    )
    made = made.with_variable(
        choice("session", "Session", 'SELECT "session" FROM "session_end" WHERE $timeFilter')
    )
    return made.annotation(incidents("Events", "\"session\" = '$session'", "blue"))
