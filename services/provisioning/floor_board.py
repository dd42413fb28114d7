"""The gym floor, for a television: who is in trouble, how every treadmill stands, how near it is to its limit.

Every account may look at it, so it has no heart rates: by the console's rule hearts are for those who train people.
The staff have a twin of it with hearts in their own folder.
"""

from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders.dashboard import Dashboard

from services.console.live.tile_heart import LIMIT_AT
from services.provisioning.columns import Column
from services.provisioning.frame import board, incidents
from services.provisioning.panels import gauges, number, rows, stretches, tiles
from services.provisioning.words import (
    ALARM,
    BELT_CAUSES,
    GO,
    HEART,
    INFO,
    KMH,
    NOW_S,
    OF_HEARTS,
    PHASES,
    ROLL_S,
    SPEED,
    STATES,
    TIME_LEFT,
    WARN,
    since,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

FULL = round(10_000 / LIMIT_AT)
"""How long a bar is, in per cent of the limit, as on the console's tiles."""

PRIVATE = sorted(OF_HEARTS)
TREADMILLS = f'FROM "presence" WHERE "kind" = \'treadmill\' AND {since(ROLL_S)}'
SESSIONS = f'FROM "session" WHERE "phase" != \'ended\' AND {since(NOW_S)}'


def _count(field: str, where: str) -> str:
    inner = f'SELECT last("{field}") AS "it" {TREADMILLS} GROUP BY "name"'
    return f'SELECT count("it") FROM ({inner}) WHERE {where}'


def gym_floor() -> Dashboard:
    """What happens now, without hearts."""
    return _floor("floor", "Gym floor", hearts=False)


def gym_floor_with_hearts() -> Dashboard:
    """The same for the staff."""
    return _floor("floor-hearts", "Gym floor with hearts", hearts=True)


def _floor(what: str, title: str, *, hearts: bool) -> Dashboard:
    each = f'{SESSIONS} GROUP BY "treadmill"'
    nearest = f'SELECT last("measured_kmh") / last("speed_limit_kmh") * 100 AS "of limit" {each}'
    heart = f'SELECT last("hr_bpm") / last("hr_limit_bpm") * 100 AS "of ceiling" {each}'
    half = 12 if hearts else 24
    panels: list[Builder[Panel]] = [
        number("In trouble", "Treadmills that need somebody now.", "none", _count("trouble", '"it" > 0'),
               steps=((None, GO), (1, ALARM)), high=3),
        number("Under way", "Treadmills with a session.", "none",
               _count("state", '"it" =~ /starting|running|pausing|paused|stopping/'), steps=((None, INFO),), high=3),
        number("Free", "Treadmills that can be started.", "none", _count("state", "\"it\" = 'ready'"),
               steps=((None, GO),), high=3),
        number("Treadmills", "All that the hub hears of.", "none", _count("age_s", '"it" >= 0'),
               steps=((None, INFO),), high=3),
        tiles("Now", "How each treadmill stands, in the console's words and colours.",
              (f'SELECT last("standing") {TREADMILLS} GROUP BY "name"', "$tag_name"), STATES),
        gauges("Speed against its limit", "Measured speed in per cent of the limit in force, of each session.",
               "percent", (nearest, "$tag_treadmill"), steps=SPEED, most=FULL, wide=half, high=6),
    ]  # fmt: skip
    if hearts:
        panels.append(
            gauges("Heart against its ceiling", "Heart rate in per cent of the member's ceiling, of each session.",
                   "percent", (heart, "$tag_treadmill"), steps=HEART, most=FULL, high=6)
        )  # fmt: skip
    panels += [
        rows("Treadmills, trouble first", "Who needs somebody, what runs, and how long it still takes.",
             _columns(hearts), _told(), _running(hearts), high=11, join="treadmill", sort="Trouble"),
        stretches("The last minutes", "What each treadmill was in.",
                  ('SELECT last("standing") FROM "presence" WHERE "kind" = \'treadmill\' AND $timeFilter '
                   'GROUP BY time($__interval), "name" fill(null)', "$tag_name"), STATES, high=9),
    ]  # fmt: skip
    made = board(what, title, "What happens on the belts now.", panels, since="now-15m", refresh="5s")
    belts = (
        "\"severity\" = 'alarm'"
        if hearts
        else f'"severity" = \'alarm\' AND "cause" !~ /^({"|".join(PRIVATE)})$/'
    )
    return made.annotation(incidents("Incidents", belts, ALARM))


def _told() -> str:
    fields = ("trouble", "standing", "age_s", "cause")
    asked = ", ".join(f'last("{name}") AS "{name}"' for name in fields)
    return f'SELECT {asked} {TREADMILLS} GROUP BY "treadmill"'


def _running(hearts: bool) -> str:
    fields: tuple[str, ...] = (
        "phase",
        "step",
        "steps",
        "measured_kmh",
        "target_kmh",
        "speed_limit_kmh",
        "target_pct",
        "left_s",
    )
    fields += ("hr_bpm", "hr_limit_bpm") if hearts else ()
    asked = ", ".join(f'last("{name}") AS "{name}"' for name in fields)
    return f'SELECT {asked} {SESSIONS} GROUP BY "treadmill"'


def _columns(hearts: bool) -> list[Column]:
    shown = [
        Column("treadmill", "Treadmill"),
        Column("trouble", "Trouble", cell="background",
               words={"0": ("–", ""), "1": ("Needs somebody", WARN), "2": ("May not stop", ALARM)}),
        Column("standing", "State", words=STATES, cell="text"),
        Column("age_s", "Last word", "dtdurations", decimals=0),
        Column("cause", "Why", words=BELT_CAUSES, wide=320),
        Column("phase", "Session", words=PHASES, cell="text"),
        Column("step", "Step"),
        Column("steps", "of"),
        Column("measured_kmh", "Speed", KMH, decimals=1),
        Column("target_kmh", "Planned", KMH, decimals=1),
        Column("speed_limit_kmh", "Limit", KMH, decimals=1),
        Column("target_pct", "Grade", "percent", decimals=1),
        Column("left_s", "Left", TIME_LEFT),
    ]  # fmt: skip
    if hearts:
        shown += [Column("hr_bpm", "Heart", "suffix: bpm"), Column("hr_limit_bpm", "Ceiling", "suffix: bpm")]
    return shown
