"""A session as a FIT activity: a record each second, a lap for each step, one session. Needs the extra `fit`.

Speeds are positive, as the format wants; the direction is in the developer field `retro_direction` (1 retro, 0 forward)
of records, laps and the session. Sources: FIT SDK 21.218 profile; domain.md §5.
"""

import zlib
from typing import TYPE_CHECKING

from device_adapters.errors import RecordError
from device_adapters.units import KMH_PER_M_S
from services.records.model import FullRecord, Lap, Sample

if TYPE_CHECKING:
    from fit_tool.developer_field import DeveloperField
    from fit_tool.message import Message

RUNNING_KMH = 5.9
"""Retro walking turns into running (domain.md §1.1, Hreljac 2005)."""

APPLICATION = b"backstride/retro"


def fit(record: FullRecord) -> bytes:
    """The file. RecordError if the extra is missing or the session never moved."""
    try:
        from fit_tool.fit_file_builder import FitFileBuilder
    except ImportError as e:
        raise RecordError("FIT files need fit-tool; install it with: pip install 'backstride[fit]'") from e
    if not record.samples or not record.moving_s:
        raise RecordError(
            f"session {record.session}: no movement of its belt is stored, so there is nothing for a FIT file"
        )
    builder = FitFileBuilder(auto_define=True, min_string_size=50)
    builder.add_all(_messages(record))
    return bytes(builder.build().to_bytes())


def _messages(record: FullRecord) -> "list[Message]":
    """File id, field descriptions, then in the order of time; at the end session and activity."""
    timed: list[tuple[int, int, Message]] = [(record.begin_ms, 0, _timer(record.begin_ms, running=True))]
    timed += [(s.at_ms, 1, _record(s)) for s in record.samples]
    for from_ms, to_ms in record.pauses:
        timed.append((from_ms, 2, _timer(from_ms, running=False)))
        if to_ms < record.end_ms:
            timed.append((to_ms, 0, _timer(to_ms, running=True)))
    timed += [(lap.end_ms, 3, _lap(record, number, lap)) for number, lap in enumerate(record.laps)]
    timed.append((record.end_ms, 4, _timer(record.end_ms, running=False, last=True)))
    inner = [message for _, _, message in sorted(timed, key=lambda item: item[:2])]
    return [*_head(record), *inner, _session(record), _activity(record)]


def _head(record: FullRecord) -> "list[Message]":
    from fit_tool.base_type import BaseType
    from fit_tool.profile.messages.developer_data_id_message import DeveloperDataIdMessage
    from fit_tool.profile.messages.field_description_message import FieldDescriptionMessage
    from fit_tool.profile.messages.file_id_message import FileIdMessage
    from fit_tool.profile.profile_type import FileType, Manufacturer

    file = FileIdMessage()
    file.type = FileType.ACTIVITY
    file.manufacturer = Manufacturer.DEVELOPMENT.value
    file.product = 0
    file.serial_number = zlib.crc32(record.session.encode())
    file.time_created = record.begin_ms
    developer = DeveloperDataIdMessage()
    developer.developer_data_index = 0
    developer.application_id = list(APPLICATION)
    field = FieldDescriptionMessage()
    field.developer_data_index = 0
    field.field_definition_number = 0
    field.fit_base_type_id = BaseType.UINT8.value
    field.field_name = "retro_direction"
    field.units = "1=retro"
    return [file, developer, field]


def _direction(*, retro: bool) -> "list[DeveloperField]":
    from fit_tool.base_type import BaseType
    from fit_tool.developer_field import DeveloperField

    field = DeveloperField(field_id=0, name="retro_direction", base_type=BaseType.UINT8, size=1)
    field.set_value(0, int(retro), None)
    return [field]


def _record(sample: Sample) -> "Message":
    from fit_tool.profile.messages.record_message import RecordMessage

    message = RecordMessage(local_id=1, developer_fields=_direction(retro=sample.retro))
    message.timestamp = sample.at_ms
    message.distance = sample.distance_m
    message.speed = None if sample.speed_kmh is None else sample.speed_kmh / KMH_PER_M_S
    message.grade = sample.grade_pct
    message.heart_rate = sample.hr_bpm
    message.cadence = None if sample.cadence_spm is None else sample.cadence_spm // 2  # strides
    return message


def _timer(at_ms: int, *, running: bool, last: bool = False) -> "Message":
    from fit_tool.profile.messages.event_message import EventMessage
    from fit_tool.profile.profile_type import Event, EventType

    message = EventMessage(local_id=2)
    message.timestamp = at_ms
    message.event = Event.TIMER
    message.event_type = EventType.START if running else EventType.STOP_ALL if last else EventType.STOP
    return message


def _lap(record: FullRecord, number: int, lap: Lap) -> "Message":
    from fit_tool.profile.messages.lap_message import LapMessage
    from fit_tool.profile.profile_type import Event, EventType, Intensity, LapTrigger

    message = LapMessage(local_id=3, developer_fields=_direction(retro=lap.retro))
    message.message_index = number
    message.timestamp = lap.end_ms
    message.event = Event.LAP
    message.event_type = EventType.STOP
    message.start_time = lap.begin_ms
    message.workout_step_index = lap.step - 1
    message.intensity = Intensity[lap.kind.upper()] if lap.kind != "open" else Intensity.OTHER
    message.lap_trigger = LapTrigger.SESSION_END if lap is record.laps[-1] else LapTrigger.FITNESS_EQUIPMENT
    _totals(message, record, lap)
    return message


def _session(record: FullRecord) -> "Message":
    from fit_tool.profile.messages.session_message import SessionMessage
    from fit_tool.profile.profile_type import Event, EventType, SessionTrigger

    message = SessionMessage(local_id=4, developer_fields=_direction(retro=record.retro_m > 0))
    message.message_index = 0
    message.timestamp = record.end_ms
    message.event = Event.SESSION
    message.event_type = EventType.STOP
    message.trigger = SessionTrigger.ACTIVITY_END
    message.start_time = record.begin_ms
    message.first_lap_index = 0
    message.num_laps = len(record.laps)
    _totals(message, record, record)
    return message


def _activity(record: FullRecord) -> "Message":
    from fit_tool.profile.messages.activity_message import ActivityMessage
    from fit_tool.profile.profile_type import Activity, Event, EventType

    message = ActivityMessage(local_id=5)
    message.timestamp = record.end_ms
    message.total_timer_time = record.timer_s(record.begin_ms, record.end_ms)
    message.num_sessions = 1
    message.type = Activity.MANUAL
    message.event = Event.ACTIVITY
    message.event_type = EventType.STOP
    return message


def _totals(message: "Message", record: FullRecord, what: "Lap | FullRecord") -> None:
    from fit_tool.profile.profile_type import Sport, SubSport

    begin_ms, end_ms, distance_m = what.begin_ms, what.end_ms, what.distance_m

    speeds = [
        s.speed_kmh for s in record.samples if s.speed_kmh is not None and begin_ms <= s.at_ms <= end_ms
    ]
    hearts = [s.hr_bpm for s in record.samples if s.hr_bpm and begin_ms <= s.at_ms <= end_ms]
    timer_s = record.timer_s(begin_ms, end_ms)
    message.total_elapsed_time = (end_ms - begin_ms) / 1000
    message.total_timer_time = timer_s
    message.total_distance = distance_m
    message.total_calories = what.energy_kcal
    message.avg_speed = distance_m / timer_s if timer_s else 0
    message.max_speed = max(speeds, default=0) / KMH_PER_M_S
    message.avg_heart_rate = round(sum(hearts) / len(hearts)) if hearts else None
    message.max_heart_rate = max(hearts, default=None)
    ran = max((s.speed_kmh or 0 for s in record.samples), default=0) > RUNNING_KMH
    message.sport = Sport.RUNNING if ran else Sport.WALKING
    message.sub_sport = SubSport.TREADMILL
