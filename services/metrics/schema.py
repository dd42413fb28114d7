"""The one table of what is measured: measurement → tags, fields with units, and what names a row. Pure.

Tags are few and bounded (devices, goals, pseudonyms); a session's id is a field, since each is new. A member appears
by pseudonym only. Stores, line protocol, dashboards and the manual read this table and nothing else.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "int", "bool", "text"]


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a measurement. `unit` is '' for counts, words and yes/no."""

    name: str
    kind: Kind
    unit: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One kind of point. `key` names a point once and for all: two of one key are the same, delivered twice."""

    name: str
    tags: tuple[str, ...]
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    about: str


def _frame(*fields: Field) -> tuple[Field, ...]:
    boot = Field("boot", "text", about="the unit's boot that counted it")
    return (boot, Field("seq", "int", about="number of the frame within the boot"), *fields)


TREADMILL = Measurement(
    "treadmill",
    ("treadmill",),
    _frame(
        Field("speed_kmh", "float", "km/h", "measured belt speed"),
        Field("incline_pct", "float", "%", "incline of the deck"),
        Field("distance_m", "int", "m", "the machine's own total"),
        Field("elapsed_s", "int", "s", "the machine's own clock"),
        Field("energy_kcal", "int", "kcal", "the machine's own estimate"),
        Field("steps", "int", about="the machine's own step count"),
        Field("cadence_spm", "int", "1/min", "steps of both feet, by a foot pod worn there"),
        Field("power_w", "int", "W", "the machine's own estimate"),
    ),
    ("treadmill", "boot", "seq"),
    "each Treadmill Data record, zeros too",
)
TREADMILL_HEART = Measurement(
    "treadmill_heart",
    ("treadmill",),
    _frame(Field("hr_bpm", "int", "bpm", "heart rate by the machine's grips or receiver")),
    ("treadmill", "boot", "seq"),
    "the heart rate of a Treadmill Data record that has one",
)
STRAP = Measurement(
    "strap",
    ("strap",),
    _frame(
        Field("hr_bpm", "int", "bpm", "heart rate"),
        Field("contact", "bool", about="skin contact, where the strap can tell"),
        Field("rr_ms", "text", "ms", "RR intervals, oldest first"),
        Field("energy_kj", "int", "kJ", "the strap's own estimate"),
    ),
    ("strap", "boot", "seq"),
    "each Heart Rate Measurement",
)
_SESSION_TAGS = ("treadmill", "goal", "level", "member")
SESSION = Measurement(
    "session",
    _SESSION_TAGS,
    (
        Field("session", "text", about="which session"),
        Field("phase", "text"),
        Field("step", "int", about="step of the programme, from 1"),
        Field("steps", "int"),
        Field("elapsed_s", "float", "s", "moving time"),
        Field("target_kmh", "float", "km/h", "planned speed, within limits"),
        Field("target_pct", "float", "%", "planned effective grade"),
        Field("measured_kmh", "float", "km/h", "measured belt speed"),
        Field("hr_bpm", "int", "bpm", "heart rate, while it is fresh"),
        Field("hr_limit_bpm", "int", "bpm", "the member's ceiling"),
        Field("speed_limit_kmh", "float", "km/h", "speed limit in force"),
        Field("grade_limit_pct", "float", "%", "grade limit in force"),
        Field("off_plan_kmh", "float", "km/h", "largest difference from the plan while settled"),
        Field("left_s", "float", "s", "moving time left of the programme"),
        Field("hr_max_bpm", "int", "bpm", "what 100 % is, for zones"),
    ),
    (*_SESSION_TAGS, "session", "phase", "at_ms"),
    "a running session each second, and at each change of phase",
)
SESSION_END = Measurement(
    "session_end",
    (*_SESSION_TAGS, "outcome"),
    (
        Field("session", "text", about="which session"),
        Field("programme", "text"),
        Field("why", "text", about="why it ended, in words"),
        Field("minutes", "float", "min", "moving time"),
        Field("planned_minutes", "float", "min", "moving time of the whole programme"),
        Field("steps_done", "int"),
        Field("steps", "int"),
        Field("off_plan_kmh", "float", "km/h", "largest difference from the plan while settled"),
        Field("began_ms", "int", "ms", "when it began, since 1970, as far as that was heard"),
    ),
    ("treadmill", "session"),
    "one point per session that ended",
)
EVENT = Measurement(
    "event",
    ("kind", "cause", "severity", "source", "treadmill"),
    (
        Field("id", "text"),
        Field("text", "text", about="in words"),
        Field("strap", "text"),
        Field("session", "text"),
        Field("before", "text", about="JSON"),
        Field("after", "text", about="JSON"),
        Field("took_ms", "int", "ms", "from a hazard to the belt at rest, on events of kind `stopped`"),
    ),
    ("id",),
    "each decision and incident; the annotations of the dashboards",
)
UNIT = Measurement(
    "unit",
    ("unit",),
    (
        Field("boot", "text"),
        Field("online", "bool"),
        Field("version", "text"),
        Field("radio_used", "int", about="Bluetooth connections in use"),
        Field("radio_slots", "int", about="Bluetooth connections that there may be"),
        Field("outbox_depth", "int", about="messages not yet taken by the broker"),
        Field("outbox_dropped", "int", about="messages given up since boot"),
        Field("clock_offset_ms", "int", "ms", "unit's clock against the hub's"),
    ),
    ("unit", "boot", "at_ms", "online"),
    "a unit's health",
)
LINK = Measurement(
    "link",
    ("device", "kind", "unit"),
    (
        Field("boot", "text"),
        Field("link", "text", about="absent, connecting, connected or lost"),
        Field("connected", "bool"),
        Field("lost", "bool", about="the link was lost"),
        Field("latched", "text", about="cause of the stop that locks a treadmill"),
        Field("battery_pct", "int", "%", "a strap's battery"),
        Field("radio", "text", about="the radio that holds the link"),
        Field("rssi_dbm", "int", "dBm", "signal before the link was made"),
        Field("commissioned_ms", "int", "ms", "when the treadmill was commissioned, since 1970; 0 = never"),
    ),
    ("device", "boot", "at_ms", "link"),
    "the state of a treadmill or strap at each change",
)
PRESENCE = Measurement(
    "presence",
    ("kind", "name", "unit", "treadmill"),
    (
        Field("age_s", "float", "s", "since its last word"),
        Field("link", "text", about="as it says; of a unit: online or offline; of the writer: to the broker"),
        Field("lost_s", "float", "s", "for how long it or its link has not been there; 0 = it is"),
        Field("state", "text", about="how a treadmill stands, in the console's word"),
        Field("standing", "int", about="the number of that word (contract/standing.py)"),
        Field(
            "trouble",
            "int",
            about="2 = a belt may move and not stop, 1 = somebody is needed, 0 = all is well",
        ),
        Field("cause", "text", about="the hazard or the stop that holds a treadmill"),
        Field("disobeys", "int", about="1 = the belt does not obey Stop"),
        Field("unordered", "int", about="1 = the belt moved without an order"),
        Field("link_lost", "int", about="1 = its link was lost while the belt was ours"),
        Field("commissioned_days", "int", "d", "for how long its commissioning still counts; 0 = not at all"),
        Field("session", "text", about="the session that has the belt"),
        Field("began_ms", "int", "ms", "when that session began, since 1970"),
        Field("battery_pct", "int", "%", "a strap's battery"),
        Field("outbox_behind_s", "float", "s", "for how long a unit's outbox has not been empty"),
        Field("certificate_days", "int", "d", "until the certificate ends, negative once it has"),
        Field("disk_free_mb", "int", "MB", "free where a unit, or the metrics service, keeps its data"),
    ),
    ("kind", "name", "at_ms"),
    "each unit, treadmill and strap, and the metrics service itself, as the hub hears them, each 10 s (databases only)",
)
PIPELINE = Measurement(
    "pipeline",
    ("writer",),
    (
        Field("stored", "int", about="points stored since the start"),
        Field("duplicates", "int"),
        Field("malformed", "int"),
        Field("dropped", "int"),
        Field("missing", "int", about="frames never received, by their numbers"),
        Field("spooled", "int", about="lines on disk that the database has not taken"),
        Field("quarantined", "int", about="lines that the database refused"),
        Field("failing", "bool", about="the store takes nothing now"),
        Field("latency_p50_ms", "float", "ms", "measured at the device to received here, of the last 10 s"),
        Field("latency_p99_ms", "float", "ms"),
    ),
    ("writer", "at_ms"),
    "a metrics writer's own health, each 10 s",
)

MEASUREMENTS = {
    m.name: m
    for m in (TREADMILL, TREADMILL_HEART, STRAP, SESSION, SESSION_END, EVENT, UNIT, LINK, PRESENCE, PIPELINE)
}
