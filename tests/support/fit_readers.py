"""Two readers of FIT files that know nothing of each other, and what both should find."""

import io
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from fit_tool.fit_file import FitFile
from garmin_fit_sdk import Decoder, Stream

NAME = "retro_direction"


@dataclass(frozen=True)
class FitLap:
    step: int
    kind: str
    retro: int
    metres: float
    timer_s: float
    kcal: int | None


@dataclass(frozen=True)
class Activity:
    """What a file says; `order` are its messages, runs of one kind once."""

    sport: str
    sub_sport: str
    metres: float
    timer_s: float
    kcal: int | None
    laps: tuple[FitLap, ...]
    seconds: int
    directions: frozenset[int]
    fastest_kmh: float
    hearts: tuple[int | None, ...]
    order: tuple[str, ...]


def _decoder(content: bytes) -> Decoder:
    return Decoder(Stream.from_bytes_io(io.BytesIO(content)))


def activity_by_garmin(content: bytes) -> Activity:
    assert _decoder(content).check_integrity()  # header, length and CRC
    order: list[str] = []
    messages: dict[str, list[Any]] = defaultdict(list)

    def heard(number: int, message: Any) -> None:
        _note(order, GARMIN_NAMES[number])
        messages[GARMIN_NAMES[number]].append(message)

    _, errors = _decoder(content).read(mesg_listener=heard)
    assert errors == []
    (field,) = messages["field_description"]
    assert (field["field_name"], field["field_definition_number"]) == (NAME, 0)
    (session,), (activity,) = messages["session"], messages["activity"]
    assert session["num_laps"] == len(messages["lap"])
    assert activity["num_sessions"] == 1
    records = messages["record"]
    return Activity(
        sport=session["sport"],
        sub_sport=session["sub_sport"],
        metres=session["total_distance"],
        timer_s=session["total_timer_time"],
        kcal=session.get("total_calories"),
        laps=tuple(
            FitLap(
                m["wkt_step_index"],
                m["intensity"],
                m["developer_fields"][0],
                m["total_distance"],
                m["total_timer_time"],
                m.get("total_calories"),
            )
            for m in messages["lap"]
        ),
        seconds=len({m["timestamp"] for m in records}),
        directions=frozenset(m["developer_fields"][0] for m in records),
        fastest_kmh=round(max(m.get("speed", 0) for m in records) * 3.6, 3),
        hearts=tuple(m.get("heart_rate") for m in records),
        order=tuple(order),
    )


GARMIN_NAMES = {
    0: "file_id", 18: "session", 19: "lap", 20: "record", 21: "event", 34: "activity",
    206: "field_description", 207: "developer_data_id",
}  # fmt: skip


def activity_by_fit_tool(content: bytes) -> Activity:
    messages = [r.message for r in FitFile.from_bytes(content, check_crc=True).records if not r.is_definition]
    order: list[str] = []
    for message in messages:
        _note(order, message.name)

    def of(name: str) -> list[Any]:
        return [m for m in messages if m.name == name]

    (session,), records = of("session"), of("record")
    return Activity(
        sport=_word(session.sport, "Sport"),
        sub_sport=_word(session.sub_sport, "SubSport"),
        metres=session.total_distance,
        timer_s=session.total_timer_time,
        kcal=session.total_calories,
        laps=tuple(
            FitLap(
                m.workout_step_index,
                _word(m.intensity, "Intensity"),
                _retro(m),
                m.total_distance,
                m.total_timer_time,
                m.total_calories,
            )
            for m in of("lap")
        ),
        seconds=len({m.timestamp for m in records}),
        directions=frozenset(_retro(m) for m in records),
        fastest_kmh=round(max(m.speed or 0 for m in records) * 3.6, 3),
        hearts=tuple(m.heart_rate for m in records),
        order=tuple(order),
    )


def _retro(message: Any) -> int:
    return int(message.get_developer_field_by_name(NAME).get_value(0))


def _word(value: int, enumeration: str) -> str:
    from fit_tool.profile import profile_type

    return str(getattr(profile_type, enumeration)(value).name).lower()


def _note(order: list[str], name: str) -> None:
    if order[-1:] != [name]:
        order.append(name)
