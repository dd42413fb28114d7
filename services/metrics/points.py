"""From messages to what is stored. Ids and pseudonyms only: whose heart it was is not known here, and must not be."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.phrase import english, to_json
from device_adapters.contract.registry import require_subject
from device_adapters.errors import MessageError
from services.metrics import schema

Value = float | int | bool | str
Key = tuple[Value, ...]

_INT_MAX = 2**63 - 1
_NS_PER_MS = 1_000_000
_WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}", re.IGNORECASE)
OTHER = "other"
"""The tag of what does not look like a word: a rogue sender must not make series without end."""


@dataclass(frozen=True, slots=True)
class Point:
    """One row of a measurement. `fields` lacks what was not known; `at_ns` is since 1970.

    Rows of one series that fall into the same millisecond differ in the rest of `at_ns`, always the same for the
    same message: a store that keeps one value per series and time neither loses nor doubles one.
    """

    measurement: schema.Measurement
    tags: Mapping[str, str]
    fields: Mapping[str, Value]
    at_ns: int

    @property
    def at_ms(self) -> int:
        """Wall time, ms since 1970."""
        return self.at_ns // _NS_PER_MS

    @property
    def key(self) -> Key:
        """The measurement and the values that name this row."""
        return (self.measurement.name, *(self._named(name) for name in self.measurement.key))

    def _named(self, name: str) -> Value:
        return self.at_ms if name == "at_ms" else self.tags.get(name) or self.fields.get(name, "")


def treadmill_frame(id_on_topic: str, frame: m.TreadmillTelemetry) -> tuple[Point, ...]:
    """Raises MessageError if it speaks for another treadmill, or has numbers that no store can hold."""
    require_subject("treadmill/{id}/telemetry", id_on_topic, frame)
    return (_frame_point(schema.TREADMILL, {"treadmill": frame.treadmill}, frame),)


def treadmill_heart(id_on_topic: str, frame: m.TreadmillHeart) -> tuple[Point, ...]:
    """As `treadmill_frame`."""
    require_subject("treadmill/{id}/heart", id_on_topic, frame)
    return (_frame_point(schema.TREADMILL_HEART, {"treadmill": frame.treadmill}, frame),)


def strap_frame(id_on_topic: str, frame: m.StrapTelemetry) -> tuple[Point, ...]:
    """As `treadmill_frame`; RR intervals become one text."""
    require_subject("strap/{id}/telemetry", id_on_topic, frame)
    return (_frame_point(schema.STRAP, {"strap": frame.strap}, frame),)


def session_view(id_on_topic: str, view: m.SessionView, began_ms: int | None = None) -> tuple[Point, ...]:
    """A session's row, and one more where it has ended. `began_ms`: when it began, where that was heard."""
    require_subject("treadmill/{id}/session", id_on_topic, view)
    limits = view.limits
    tags = {
        "treadmill": view.treadmill,
        "goal": view.goal.value,
        "level": view.level.value,
        "member": _word(view.member),
    }
    more = {
        "speed_limit_kmh": None if limits is None else limits.speed_max_kmh,
        "grade_limit_pct": None if limits is None else limits.grade_max_pct,
        "left_s": max(0.0, view.total_s - view.elapsed_s),
    }
    row = _point(schema.SESSION, tags, view, view.at_ms, 0, more)
    if view.phase != "ended":
        return (row,)
    ended: dict[str, Value | None] = {
        "why": english(view.why),
        "said": to_json(view.why),
        "minutes": view.elapsed_s / 60,
        "planned_minutes": view.total_s / 60,
        "steps_done": max(0, view.step - (view.outcome != "completed")),
        "began_ms": began_ms,
    }
    tags = {**tags, "outcome": view.outcome or "interrupted"}
    return row, _point(schema.SESSION_END, tags, view, view.at_ms, 0, ended)


def event(_id: str, said: m.Event) -> tuple[Point, ...]:
    """A decision or incident."""
    tags = {name: _word(getattr(said, name)) for name in schema.EVENT.tags}
    texts = {name: msgspec.json.encode(getattr(said, name)).decode() for name in ("before", "after")}
    took = said.after.get("took_ms")
    more: dict[str, Value | None] = {
        **texts,
        "said": to_json(said.said),
        "took_ms": took if type(took) is int else None,
    }
    return (_point(schema.EVENT, tags, said, said.at_ms, zlib.crc32(said.id.encode()), more),)


def unit_status(id_on_topic: str, status: m.UnitStatus) -> tuple[Point, ...]:
    """A unit's health."""
    require_subject("unit/{id}/status", id_on_topic, status)
    more = {
        "radio_used": sum(radio.used for radio in status.radios),
        "radio_slots": sum(radio.slots for radio in status.radios),
    }
    # The broker's last word for a unit has the time of its connection: one row of its own.
    nth = 0 if status.online else 1
    return (_point(schema.UNIT, {"unit": status.unit}, status, status.at_ms, nth, more),)


def treadmill_state(id_on_topic: str, state: m.TreadmillState) -> tuple[Point, ...]:
    """The link of a treadmill, its lock and its commissioning."""
    require_subject("treadmill/{id}/state", id_on_topic, state)
    more: dict[str, Value | None] = {"commissioned_ms": ms_of_day(state.commissioned)}
    return (_link(state.treadmill, "treadmill", state, more),)


def strap_state(id_on_topic: str, state: m.StrapState) -> tuple[Point, ...]:
    """The link of a strap and its battery."""
    require_subject("strap/{id}/state", id_on_topic, state)
    return (_link(state.strap, "strap", state, {}),)


def _link(
    device: str, kind: str, state: m.TreadmillState | m.StrapState, more: Mapping[str, Value | None]
) -> Point:
    known = {**more, "connected": state.link == "connected", "lost": state.link == "lost"}
    nth = zlib.crc32(state.link.encode())
    return _point(
        schema.LINK, {"device": device, "kind": kind, "unit": state.unit}, state, state.at_ms, nth, known
    )


def ms_of_day(day: str) -> int:
    """Midnight UTC of an ISO date, ms since 1970; 0 for what is none."""
    try:
        return round(datetime.fromisoformat(f"{day[:10]}T00:00:00+00:00").timestamp() * 1000)
    except ValueError:
        return 0


def _frame_point(
    measurement: schema.Measurement,
    tags: Mapping[str, str],
    frame: m.TreadmillTelemetry | m.TreadmillHeart | m.StrapTelemetry,
) -> Point:
    return _point(measurement, tags, frame, frame.at_ms, frame.seq, {})


def _point(
    measurement: schema.Measurement,
    tags: Mapping[str, str],
    message: msgspec.Struct,
    at_ms: int,
    nth: int,
    more: Mapping[str, Value | None],
) -> Point:
    """The fields of `measurement` from the message's of the same names and from `more`."""
    fields: dict[str, Value] = {}
    for field in measurement.fields:
        value = more[field.name] if field.name in more else getattr(message, field.name, None)
        if isinstance(value, tuple):
            value = " ".join(f"{part:g}" for part in value)
        if value is None or value == "":
            continue
        if isinstance(value, int) and abs(value) > _INT_MAX:
            raise MessageError(f"{measurement.name}: {field.name} does not fit into 64 bits")
        fields[field.name] = float(value) if field.kind == "float" else value
    at_ns = at_ms * _NS_PER_MS + nth % _NS_PER_MS
    if abs(at_ns) > _INT_MAX:
        raise MessageError(f"{measurement.name}: at_ms is not a time that a store can hold")
    return Point(measurement, {name: value for name, value in tags.items() if value}, fields, at_ns)


def _word(value: str) -> str:
    """A tag's value, '' if there is none."""
    return value if not value or _WORD.fullmatch(value) else OTHER
