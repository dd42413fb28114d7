"""One member's weeks, by pseudonym: sessions against their cap, hearts in zones, and the way to each session."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from device_adapters.safety.limits import Goal, Level
from services.provisioning.frame import board, choice
from services.provisioning.palette import zone_colours
from services.provisioning.panels import Query, as_limit, bars, lines, rows, series_colour
from services.provisioning.session_board import KEPT, ended_columns
from services.provisioning.words import ALARM, BPM, GO, INFO, KMH
from services.rules.doses import COUNTS_S, per_week
from services.rules.zones import ZONES

WEEK = "GROUP BY time(1w, 4d)"
"""Weeks from Monday; InfluxDB's own begin on the Thursday of 1970."""

WHOSE = "\"member\" = '$member' AND $timeFilter"
DAY = "GROUP BY time(1d) fill(none)"
COUNTED = f'"minutes" >= {COUNTS_S / 60:g}'
"""What takes a place in the week; not one that ended before it moved."""

STEADY_PCT = (70, 80)
MEMBERS = 'SHOW TAG VALUES FROM "session_end" WITH KEY = "member" WHERE "member" =~ /./'
"""With a condition: without one InfluxDB 2 still tells the pseudonyms of members who were erased."""


def member_progress() -> Dashboard:
    """One member, by pseudonym."""
    caps = _most_per_week()
    each_week = f'SELECT count("minutes") FROM "session_end" WHERE {WHOSE} AND {COUNTED} {WEEK} fill(0)'
    weekly = bars("Sessions per week",
                  "Sessions of each week that moved for a minute, and the most that goal and level allow.", "none",
                  (each_week, "sessions"),
                  *caps)  # fmt: skip
    weekly.override_by_name("sessions", series_colour(GO))
    for _, name in caps:
        weekly.override_by_name(name, as_limit(ALARM))
    zones = bars("Zones", "How the time of each day's sessions was spread over the zones of the maximum heart rate.",
                 "percentunit", *_zones(), wide=24, stacked="percent")  # fmt: skip
    for zone in ZONES:
        zones.override_by_name(zone.word, series_colour(zone_colours()[zone.name]))
    rows_of = f'FROM "session" WHERE {WHOSE}'
    panels = [
        weekly,
        bars("Minutes per week", "Moving time of each week.", "m",
             (f'SELECT sum("minutes") FROM "session_end" WHERE {WHOSE} {WEEK} fill(0)', "minutes")
             ).override_by_name("minutes", series_colour(INFO)),
        zones,
        lines("Speed", "Mean and highest measured speed of each day with a session.", KMH,
              (f'SELECT mean("measured_kmh") {rows_of} {DAY}', "mean"),
              (f'SELECT max("measured_kmh") {rows_of} {DAY}', "highest")),
        lines("Heart rate", "Mean and highest heart rate of each day with a session.", BPM,
              (f'SELECT mean("hr_bpm") {rows_of} AND {KEPT} {DAY}', "mean"),
              (f'SELECT max("hr_bpm") {rows_of} AND {KEPT} {DAY}', "highest")),
        lines("Speed at a steady heart", f"Mean speed while the heart was at {STEADY_PCT[0]} to {STEADY_PCT[1]} % of "
              "its ceiling; up is fitter.", KMH,
              (f'SELECT mean("measured_kmh") {rows_of} AND {_of("hr_limit_bpm", *STEADY_PCT)} {DAY}', "speed")),
        bars("Bouts", "How many steps of the programme were walked or run, by day.", "none",
             (f'SELECT count(distinct("step")) {rows_of} AND "measured_kmh" > 0 {DAY}', "bouts")),
        rows("Sessions", "Each session: how far it went and how it ended; press one to review it.", ended_columns(),
             'SELECT "session", "began_ms", "goal", "level", "outcome", "minutes", "planned_minutes", "steps_done", '
             f'"steps", "treadmill", "why" FROM "session_end" WHERE {WHOSE} ORDER BY time DESC LIMIT 200'),
    ]  # fmt: skip
    made = board("member", "Member progress", "One member's weeks, by pseudonym.", panels, since="now-84d")
    return made.with_variable(choice("member", "Member", MEMBERS))


def _most_per_week() -> list[Query]:
    """A line for each limit that there is, drawn for the members whom it holds for."""
    limits = {(goal, level): per_week(goal, level) for goal in Goal for level in Level}
    queries = []
    for most in sorted(set(limits.values())):
        whom = " OR ".join(
            f"(\"goal\" = '{goal}' AND \"level\" = '{level}')"
            for (goal, level), value in limits.items()
            if value == most
        )
        query = f'SELECT max("steps") * 0 + {most} FROM "session_end" WHERE {WHOSE} AND ({whom}) {WEEK} fill(none)'
        queries.append((query, f"at most {most}"))
    return queries


def _of(whole: str, low: int, high: int) -> str:
    """The heart is at `low` to `high` percent of `whole`. InfluxQL divides integers without a rest."""
    return f'{KEPT} AND "hr_bpm" * 100 >= "{whole}" * {low} AND "hr_bpm" * 100 < "{whole}" * {high}'


def _zones() -> list[Query]:
    """The console's zones, parts of the maximum heart rate."""
    ends = [*(zone.from_pct for zone in ZONES[1:]), 1000]
    asked = f'SELECT count("hr_bpm") FROM "session" WHERE {WHOSE} AND'
    return [
        (f"{asked} {_of('hr_max_bpm', zone.from_pct, end)} GROUP BY time(1d) fill(none)", zone.word)
        for zone, end in zip(ZONES, ends, strict=True)
    ]
