"""The rows of the roll call: what is written of a unit, a treadmill, a strap and the metrics service itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from device_adapters.commissioning import VALID_DAYS, VALID_MS
from device_adapters.contract.messages import StrapState, TreadmillState, UnitStatus
from device_adapters.contract.standing import STANDINGS, danger, standing
from device_adapters.safety.hazards import Cause
from services.metrics import schema
from services.metrics.heard import Heard, HeardSession
from services.metrics.points import Point, Value, ms_of_day

DISOBEYS = frozenset({Cause.STOP_NOT_OBEYED})
UNORDERED = frozenset({Cause.MOVED_UNORDERED, Cause.MOVED_WHILE_LATCHED})
LINK_LOST = frozenset({Cause.LINK_LOST})
GOOD = frozenset({"ready", "starting", "running", "pausing", "paused"})
"""States in which nobody has to do anything."""

# What is empty now is written as empty: who asks for the last value of a field must not get an older one.
Fields = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class WriterHealth:
    """Of the metrics service itself. `lost_ms`: for how long it has had no broker; None while it has one."""

    name: str
    lost_ms: int | None = None
    certificate_days: int | None = None
    disk_free_mb: int | None = None


def of_itself(own: WriterHealth, wall_ms: int) -> Point:
    """The metrics service."""
    fields = {
        "age_s": 0.0,
        "link": "connected" if own.lost_ms is None else "lost",
        "lost_s": (own.lost_ms or 0) / 1000,
        "certificate_days": own.certificate_days,
        "disk_free_mb": own.disk_free_mb,
    }
    return _row({"kind": "writer", "name": own.name}, fields, wall_ms)


def of_unit(name: str, heard: Heard[UnitStatus], now_ms: int, wall_ms: int) -> Point:
    """The row of a unit: its link, backlog and host."""
    fields = {
        **_ages(heard, now_ms),
        "link": "online" if heard.lost_ms is None else "offline",
        "outbox_behind_s": float(heard.said.outbox_behind_s),
        "certificate_days": heard.said.certificate_days,
        "disk_free_mb": heard.said.disk_free_mb,
    }
    return _row({"kind": "unit", "name": name, "unit": name}, fields, wall_ms)


def of_treadmill(
    name: str,
    heard: Heard[TreadmillState],
    session: HeardSession | None,
    now_ms: int,
    wall_ms: int,
    *,
    unit_online: bool,
) -> Point:
    """A treadmill, by the console's rules. `trouble`: 2 = a belt may move and not stop, 1 = somebody is needed."""
    said, age_ms = heard.said, None if heard.measured_ms is None else now_ms - heard.measured_ms
    session = session if session is not None and session.under_way() else None
    view = session.view if session is not None else None
    state = standing(
        said,
        view if session is not None and session.in_time(now_ms) else None,
        unit_online=unit_online,
        speed_kmh=heard.speed_kmh,
        speed_age_ms=age_ms,
        silent_ms=now_ms - heard.first_ms if age_ms is None else age_ms,
    )
    worst = danger(said, view, state, heard.speed_kmh)
    causes = {said.hazard, said.latched, worst or ""}
    fields: dict[str, Value | None] = {
        **_ages(heard, now_ms),
        "link": said.link,
        "state": state,
        "standing": STANDINGS.index(state),
        "trouble": 2 if worst else int(state not in GOOD),
        "cause": str(worst or said.hazard or said.latched),
        "disobeys": int(bool(causes & DISOBEYS)),
        "unordered": int(bool(causes & UNORDERED)),
        "link_lost": int(bool(causes & LINK_LOST)),
        "commissioned_days": _days_left(said.commissioned, wall_ms),
    }
    began_ms = session.began_ms if session is not None else None
    fields |= {"session": session.view.session if session is not None else "", "began_ms": began_ms}
    tags = {"kind": "treadmill", "name": name, "unit": said.unit, "treadmill": name}
    return _row(tags, fields, wall_ms)


def of_strap(name: str, heard: Heard[StrapState], now_ms: int, wall_ms: int) -> Point:
    """The row of a strap: its link and battery."""
    fields = {**_ages(heard, now_ms), "link": heard.said.link, "battery_pct": heard.said.battery_pct}
    tags = {"kind": "strap", "name": name, "unit": heard.said.unit, "treadmill": heard.said.treadmill}
    return _row({tag: value for tag, value in tags.items() if value}, fields, wall_ms)


def _ages(heard: Heard[Any], now_ms: int) -> dict[str, Value | None]:
    lost_s = 0.0 if heard.lost_ms is None else (now_ms - heard.lost_ms) / 1000
    return {"age_s": (now_ms - heard.word_ms) / 1000, "lost_s": lost_s}


def _row(tags: Mapping[str, str], fields: Fields, wall_ms: int) -> Point:
    known = {name: value for name, value in fields.items() if value is not None}
    return Point(schema.PRESENCE, tags, known, wall_ms * 1_000_000)


def _days_left(commissioned: str, wall_ms: int) -> int:
    """For how many days a treadmill's commissioning still counts; 0 for one that never had any, or has it no more."""
    made_ms = ms_of_day(commissioned)
    return max(0, VALID_DAYS - (wall_ms - made_ms) * VALID_DAYS // VALID_MS) if made_ms else 0
