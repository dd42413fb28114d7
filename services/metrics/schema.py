"""The one table of what is measured: measurement → tags, fields with units, and what names a row. Pure.

Tags are few and bounded (devices, goals, pseudonyms); a session's id is a field, since each is new. A member appears
by pseudonym only. Stores, line protocol, dashboards and the manual read this table and nothing else.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "int", "bool", "text"]


@dataclass(frozen=True, slots=True)
class MeasuredField:
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
    fields: tuple[MeasuredField, ...]
    key: tuple[str, ...]
    about: str


def _frame(*fields: MeasuredField) -> tuple[MeasuredField, ...]:
    boot = MeasuredField("boot", "text", about="the unit's boot that counted it")
    return (boot, MeasuredField("seq", "int", about="number of the frame within the boot"), *fields)


TREADMILL = Measurement(
    "treadmill",
    ("treadmill",),
    _frame(
        MeasuredField("speed_kmh", "float", "km/h", "measured belt speed"),
        MeasuredField("belt_kmh", "float", "km/h", "the same, below 0 while the belt runs backward"),
        MeasuredField(
            "retro_kmh", "float", "km/h", "of who walks backward on it, below 0: they walk forward"
        ),
        MeasuredField("incline_pct", "float", "%", "incline of the deck"),
        MeasuredField("distance_m", "int", "m", "the machine's own total"),
        MeasuredField("elapsed_s", "int", "s", "the machine's own clock"),
        MeasuredField("energy_kcal", "int", "kcal", "the machine's own estimate"),
        MeasuredField("steps", "int", about="the machine's own step count"),
        MeasuredField("cadence_spm", "int", "1/min", "steps of both feet, by a foot pod worn there"),
        MeasuredField("step_cm", "int", "cm", "half of the stride that the foot pod tells"),
        MeasuredField("power_w", "int", "W", "the machine's own estimate"),
    ),
    ("treadmill", "boot", "seq"),
    "each Treadmill Data record, zeros too",
)
TREADMILL_HEART = Measurement(
    "treadmill_heart",
    ("treadmill",),
    _frame(MeasuredField("hr_bpm", "int", "bpm", "heart rate by the machine's grips or receiver")),
    ("treadmill", "boot", "seq"),
    "the heart rate of a Treadmill Data record that has one",
)
STRAP = Measurement(
    "strap",
    ("strap",),
    _frame(
        MeasuredField("hr_bpm", "int", "bpm", "heart rate"),
        MeasuredField("contact", "bool", about="skin contact, where the strap can tell"),
        MeasuredField("rr_ms", "text", "ms", "RR intervals, oldest first"),
        MeasuredField("energy_kj", "int", "kJ", "the strap's own estimate"),
    ),
    ("strap", "boot", "seq"),
    "each Heart Rate Measurement",
)
_SESSION_TAGS = ("treadmill", "goal", "level", "member")
SESSION = Measurement(
    "session",
    _SESSION_TAGS,
    (
        MeasuredField("session", "text", about="which session"),
        MeasuredField("phase", "text"),
        MeasuredField("step", "int", about="step of the programme, from 1"),
        MeasuredField("steps", "int"),
        MeasuredField("elapsed_s", "float", "s", "moving time"),
        MeasuredField("target_kmh", "float", "km/h", "planned speed, within limits"),
        MeasuredField("target_pct", "float", "%", "planned effective grade"),
        MeasuredField("measured_kmh", "float", "km/h", "measured belt speed"),
        MeasuredField("hr_bpm", "int", "bpm", "heart rate, while it is fresh"),
        MeasuredField("hr_limit_bpm", "int", "bpm", "the member's ceiling"),
        MeasuredField("speed_limit_kmh", "float", "km/h", "speed limit in force"),
        MeasuredField("grade_limit_pct", "float", "%", "grade limit in force"),
        MeasuredField("off_plan_kmh", "float", "km/h", "largest difference from the plan while settled"),
        MeasuredField("left_s", "float", "s", "moving time left of the programme"),
        MeasuredField("hr_max_bpm", "int", "bpm", "what 100 % is, for zones"),
    ),
    (*_SESSION_TAGS, "session", "phase", "at_ms"),
    "a running session each second, and at each change of phase",
)
SESSION_END = Measurement(
    "session_end",
    (*_SESSION_TAGS, "outcome"),
    (
        MeasuredField("session", "text", about="which session"),
        MeasuredField("programme", "text"),
        MeasuredField("why", "text", about="why it ended, in English"),
        MeasuredField("said", "text", about="JSON: the same as a key with its arguments"),
        MeasuredField("minutes", "float", "min", "moving time"),
        MeasuredField("planned_minutes", "float", "min", "moving time of the whole programme"),
        MeasuredField("steps_done", "int"),
        MeasuredField("steps", "int"),
        MeasuredField("off_plan_kmh", "float", "km/h", "largest difference from the plan while settled"),
        MeasuredField("began_ms", "int", "ms", "when it began, since 1970, as far as that was heard"),
    ),
    ("treadmill", "session"),
    "one point per session that ended",
)
EVENT = Measurement(
    "event",
    ("kind", "cause", "severity", "source", "treadmill"),
    (
        MeasuredField("id", "text"),
        MeasuredField("text", "text", about="as a person wrote it, else in English"),
        MeasuredField("said", "text", about="JSON: the same as a key with its arguments"),
        MeasuredField("strap", "text"),
        MeasuredField("session", "text"),
        MeasuredField("before", "text", about="JSON"),
        MeasuredField("after", "text", about="JSON"),
        MeasuredField(
            "took_ms", "int", "ms", "from a hazard to the belt at rest, on events of kind `stopped`"
        ),
    ),
    ("id",),
    "each decision and incident; the annotations of the dashboards",
)
UNIT = Measurement(
    "unit",
    ("unit",),
    (
        MeasuredField("boot", "text"),
        MeasuredField("online", "bool"),
        MeasuredField("version", "text"),
        MeasuredField("radio_used", "int", about="Bluetooth connections in use"),
        MeasuredField("radio_slots", "int", about="Bluetooth connections that there may be"),
        MeasuredField("outbox_depth", "int", about="messages not yet taken by the broker"),
        MeasuredField("outbox_dropped", "int", about="messages given up since boot"),
        MeasuredField("clock_offset_ms", "int", "ms", "unit's clock against the hub's"),
    ),
    ("unit", "boot", "at_ms", "online"),
    "a unit's health",
)
LINK = Measurement(
    "link",
    ("device", "kind", "unit"),
    (
        MeasuredField("boot", "text"),
        MeasuredField("link", "text", about="absent, connecting, connected or lost"),
        MeasuredField("connected", "bool"),
        MeasuredField("lost", "bool", about="the link was lost"),
        MeasuredField("latched", "text", about="cause of the stop that locks a treadmill"),
        MeasuredField("battery_pct", "int", "%", "a strap's battery"),
        MeasuredField("radio", "text", about="the radio that holds the link"),
        MeasuredField("rssi_dbm", "int", "dBm", "signal before the link was made"),
        MeasuredField(
            "commissioned_ms", "int", "ms", "when the treadmill was commissioned, since 1970; 0 = never"
        ),
    ),
    ("device", "boot", "at_ms", "link"),
    "the state of a treadmill or strap at each change",
)
PRESENCE = Measurement(
    "presence",
    ("kind", "name", "unit", "treadmill"),
    (
        MeasuredField("age_s", "float", "s", "since its last word"),
        MeasuredField(
            "link", "text", about="as it says; of a unit: online or offline; of the writer: to the broker"
        ),
        MeasuredField("lost_s", "float", "s", "for how long it or its link has not been there; 0 = it is"),
        MeasuredField("state", "text", about="how a treadmill stands, in the console's word"),
        MeasuredField("standing", "int", about="the number of that word (contract/standing.py)"),
        MeasuredField(
            "trouble",
            "int",
            about="2 = a belt may move and not stop, 1 = somebody is needed, 0 = all is well",
        ),
        MeasuredField("cause", "text", about="the hazard or the stop that holds a treadmill"),
        MeasuredField("disobeys", "int", about="1 = the belt does not obey Stop"),
        MeasuredField("unordered", "int", about="1 = the belt moved without an order"),
        MeasuredField("link_lost", "int", about="1 = its link was lost while the belt was ours"),
        MeasuredField(
            "commissioned_days", "int", "d", "for how long its commissioning still counts; 0 = not at all"
        ),
        MeasuredField("session", "text", about="the session that has the belt"),
        MeasuredField("began_ms", "int", "ms", "when that session began, since 1970"),
        MeasuredField("battery_pct", "int", "%", "a strap's battery"),
        MeasuredField("outbox_behind_s", "float", "s", "for how long a unit's outbox has not been empty"),
        MeasuredField("certificate_days", "int", "d", "until the certificate ends, negative once it has"),
        MeasuredField(
            "disk_free_mb", "int", "MB", "free where a unit, or the metrics service, keeps its data"
        ),
    ),
    ("kind", "name", "at_ms"),
    "each unit, treadmill and strap, and the metrics service itself, as the hub hears them, each 10 s (databases only)",
)
PIPELINE = Measurement(
    "pipeline",
    ("writer",),
    (
        MeasuredField("stored", "int", about="points stored since the start"),
        MeasuredField("duplicates", "int"),
        MeasuredField("malformed", "int"),
        MeasuredField("dropped", "int"),
        MeasuredField("missing", "int", about="frames never received, by their numbers"),
        MeasuredField("spooled", "int", about="lines on disk that the database has not taken"),
        MeasuredField("quarantined", "int", about="lines that the database refused"),
        MeasuredField("failing", "bool", about="the store takes nothing now"),
        MeasuredField(
            "latency_p50_ms", "float", "ms", "measured at the device to received here, of the last 10 s"
        ),
        MeasuredField("latency_p99_ms", "float", "ms"),
    ),
    ("writer", "at_ms"),
    "a metrics writer's own health, each 10 s",
)

MEASUREMENTS = {
    m.name: m
    for m in (TREADMILL, TREADMILL_HEART, STRAP, SESSION, SESSION_END, EVENT, UNIT, LINK, PRESENCE, PIPELINE)
}
