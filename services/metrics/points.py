"""From messages to what is stored. Ids of devices only: whose heart it was is not known here, and must not be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from device_adapters.contract.messages import Event, StrapTelemetry, TreadmillTelemetry
from device_adapters.errors import MessageError

Value = float | int | bool | str
Key = tuple[str, str, str, int]
"""What names a record once and for all: two of one key are the same, delivered twice."""

_INT_MAX = 2**63 - 1
"""What stores hold as an integer."""

_KEYS = frozenset({"treadmill", "strap", "boot", "seq", "at_ms"})


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement. `fields` are the message's, under its names; what was not known is absent."""

    measurement: Literal["treadmill", "strap"]
    device: str
    boot: str
    seq: int
    at_ms: int
    fields: Mapping[str, Value]


def telemetry_point(id_on_topic: str, message: TreadmillTelemetry | StrapTelemetry) -> Point:
    """The point of a frame. Raises MessageError if it names another device, or numbers no store can hold."""
    if isinstance(message, TreadmillTelemetry):
        measurement: Literal["treadmill", "strap"] = "treadmill"
        device = message.treadmill
    else:
        measurement, device = "strap", message.strap
    if device != id_on_topic:
        raise MessageError(
            f"{measurement}/{id_on_topic}/telemetry: speaks for {device}; check the unit's settings"
        )
    known = {
        name: value for name, value in msgspec.structs.asdict(message).items() if value not in (None, ())
    }
    for name, value in known.items():
        if isinstance(value, int) and abs(value) > _INT_MAX:
            raise MessageError(f"{measurement}/{id_on_topic}/telemetry: {name} does not fit into 64 bits")
    fields: dict[str, Value] = {
        name: " ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else value
        for name, value in known.items()
        if name not in _KEYS
    }
    return Point(measurement, device, message.boot, message.seq, message.at_ms, fields)


def checked_event(event: Event) -> Event:
    """The event itself. Raises MessageError if its time is none that a store can hold."""
    if abs(event.at_ms) > _INT_MAX:
        raise MessageError("event: at_ms does not fit into 64 bits")
    return event


def key_of(record: Point | Event) -> Key:
    """(measurement, device, boot, seq) of a frame, the id of an event."""
    if isinstance(record, Event):
        return ("event", record.id, "", 0)
    return (record.measurement, record.device, record.boot, record.seq)
