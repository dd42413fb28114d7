"""Decoded frames as `backstride decode` shows them: human units, null for "not available", no key for "absent"."""

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum, IntFlag

from device_adapters.codecs import (
    advertisement,
    battery,
    cycling_speed_cadence,
    device_information,
    heart_rate,
    running_speed_cadence,
)
from device_adapters.codecs.ftms import (
    control_point,
    cross_trainer_data,
    features,
    machine_status,
    parameters,
    ranges,
    training_status,
    treadmill_data,
)
from device_adapters.codecs.ftms.treadmill_record import PRESENT
from device_adapters.profiles.loader import Profile

Json = dict[str, object]
Output = Json | str
"""A record, or a note about what was odd in a frame."""

Reader = Callable[[Sequence[bytes], Profile | None], Iterator[Output]]

TREADMILL_KEYS = (
    ("speed_ckmh", "speed_kmh", 100), ("average_speed_ckmh", "avg_speed_kmh", 100), ("distance_m", "distance_m", 1),
    ("incline_dpct", "incline_pct", 10), ("ramp_angle_ddeg", "ramp_deg", 10),
    ("elevation_positive_dm", "elev_pos_m", 10), ("elevation_negative_dm", "elev_neg_m", 10),
    ("pace_s_per_500m", "pace_s_per_500m", 1), ("average_pace_s_per_500m", "avg_pace_s_per_500m", 1),
    ("pace_raw8", "pace_raw8", 1), ("average_pace_raw8", "avg_pace_raw8", 1),
    ("energy_kcal", "energy_kcal", 1), ("energy_kcal_per_h", "energy_kcal_per_h", 1),
    ("energy_kcal_per_min", "energy_kcal_per_min", 1), ("hr_bpm", "hr_bpm", 1), ("met_d", "met", 10),
    ("elapsed_s", "elapsed_s", 1), ("remaining_s", "remaining_s", 1), ("force_n", "force_n", 1),
    ("power_w", "power_w", 1), ("steps", "steps_vendor", 1),
)  # fmt: skip
CROSS_TRAINER_KEYS = (
    ("speed_ckmh", "speed_kmh", 100), ("distance_m", "distance_m", 1), ("step_per_min", "step_per_min", 1),
    ("power_w", "power_w", 1), ("elapsed_s", "elapsed_s", 1),
)  # fmt: skip
PARAMETER_KEYS = {
    "speed_ckmh": ("kmh", 100), "incline_dpct": ("pct", 10), "resistance_d": ("resistance", 10),
    "heart_rate_bpm": ("bpm", 1), "stop_or_pause": ("param", 1), "wind_mm_per_s": ("wind_m_per_s", 1000),
    "grade_cpct": ("grade_pct", 100), "wheel_dmm": ("wheel_mm", 10), "cadence_half_rpm": ("rpm", 2),
}  # fmt: skip


def treadmill(frames: Sequence[bytes], profile: Profile | None) -> Iterator[Output]:
    """One stream of notifications: a record per More Data chain, an unfinished one as it stands."""
    quirks = treadmill_data.AS_SPECIFIED
    if profile:
        quirks = treadmill_data.RecordQuirks(
            elevation_unavailable=profile.elevation_unavailable, pace_width=profile.pace_width
        )
    joiner = treadmill_data.Joiner()
    for number, frame in enumerate(frames, 1):
        part = treadmill_data.decode(frame, quirks)
        yield from (f"frame {number}: {note}" for note in _treadmill_notes(part, profile))
        dropped = joiner.dropped
        whole = joiner.push(part)
        if joiner.dropped > dropped:
            yield f"frame {number} begins a new record; the one before never ended and is left out"
        if whole is not None:
            yield treadmill_json(whole)
    if joiner.pending is not None:
        yield treadmill_json(joiner.pending)
        yield "the last record goes on in a notification that is not here (more_data)"


def treadmill_json(value: treadmill_data.TreadmillData) -> Json:
    """The keys of one record."""
    out: Json = {
        key: _scaled(getattr(value, name), per)
        for name, key, per in TREADMILL_KEYS
        if PRESENT[name] in value.present
    }
    if value.more_data is not None:
        out["more_data"] = value.more_data
    return out


def _treadmill_notes(part: treadmill_data.TreadmillData, profile: Profile | None) -> Iterator[str]:
    yield from _tail_notes(part.truncated, part.trailing)
    if part.unknown_flags:
        bits = [str(bit) for bit in range(16) if part.unknown_flags >> bit & 1]
        yield f"reserved flag bit {', '.join(bits)} is set; what it announces is not known"
    if profile is None and {part.elevation_positive_dm, part.elevation_negative_dm} & {0xFFFF, 0x7FFF}:
        yield "an elevation of 3276.7 or 6553.5 m is some makers' 'not available'; name the model with --device"


def _tail_notes(truncated: bool, trailing: bytes) -> Iterator[str]:
    if truncated:
        rest = f"; {len(trailing)} byte(s) of the next are left over ({trailing.hex()})" if trailing else ""
        yield f"cut off: the flags announce more fields than came{rest}"
    elif trailing:
        yield f"{len(trailing)} byte(s) after the last known field are ignored ({trailing.hex()})"


def _cross_trainer(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = cross_trainer_data.decode(data)
    yield from _tail_notes(value.truncated, value.trailing)
    shown = {
        key: _scaled(getattr(value, name), per)
        for name, key, per in CROSS_TRAINER_KEYS
        if name in value.present
    }
    yield {"direction": value.direction, **shown}


def _features(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = features.decode(data)
    if len(data) < 8:
        yield f"cut off: {len(data)} of 8 bytes came; the rest counts as not supported"
    yield {
        "features": _names(value.features),
        "targets": _names(value.targets),
        "rfu_bits": _unnamed_bits(value.features) + [32 + bit for bit in _unnamed_bits(value.targets)],
    }


def _speed_range(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = ranges.decode_speed(data)
    yield {
        "min_kmh": value.min_ckmh / 100,
        "max_kmh": value.max_ckmh / 100,
        "step_kmh": value.step_ckmh / 100,
    }


def _incline_range(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = ranges.decode_incline(data)
    yield {"min_pct": value.min_dpct / 10, "max_pct": value.max_dpct / 10, "step_pct": value.step_dpct / 10}


def _heart_rate_range(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = ranges.decode_heart_rate(data)
    yield {"min_bpm": value.min_bpm, "max_bpm": value.max_bpm, "step_bpm": value.step_bpm}


def _training_status(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = training_status.decode(data)
    out: Json = {"flags": value.flags, "status": _code(training_status.TrainingCode, value.status)}
    if value.text is not None:
        out["text"] = value.text
    yield out


def _machine_status(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = machine_status.decode(data)
    if value.extra:
        yield f"{len(value.extra)} byte(s) after the known ones are ignored ({value.extra.hex()})"
    shown = _parameter(machine_status.form_of(value.code), value.numbers)
    yield {"op": _code(machine_status.StatusCode, value.code), **shown}


def _control_point(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    if data[:1] == bytes([control_point.OpCode.RESPONSE]):
        response = control_point.decode_response(data)
        if response.parameter:
            yield f"the response has a parameter ({response.parameter.hex()})"
        yield {
            "op": "response",
            "req": _code(control_point.OpCode, response.request),
            "result": _code(control_point.ResultCode, response.result),
        }
        return
    request = control_point.decode_request(data)
    if request.numbers is None:
        yield f"the parameter ({request.body.hex() or 'none'}) is not of this op code's form"
    shown = _parameter(control_point.form_of(request.op) or (), request.numbers)
    yield {"op": _code(control_point.OpCode, request.op), **shown}


def _heart_rate(data: bytes, profile: Profile | None) -> Iterator[Output]:
    value = heart_rate.decode(data)
    out: Json = {"bpm": value.bpm, "contact": value.contact}
    if value.energy_kj is not None:
        out["energy_kj"] = value.energy_kj
    if value.rr_1024 is not None:
        out["rr_s"] = [round(rr / 1024, 6) for rr in value.rr_1024]
    elif profile is not None and profile.always_sends_rr:
        out["suspect"] = "frozen_no_rr"
        yield f"a {profile.model} on a body always sends RR intervals; this one is perhaps not worn"
    yield out


def _foot_pod(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = running_speed_cadence.decode(data)
    out: Json = {"speed_kmh": round(value.speed_256ths / 256 * 3.6, 3), "cadence_spm": value.steps_per_min}
    if value.stride_cm is not None:
        out["stride_m"] = value.stride_cm / 100
    if value.distance_dm is not None:
        out["distance_m"] = value.distance_dm / 10
    yield out | {"running": value.running}


def _wheel(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = cycling_speed_cadence.decode(data)
    event_s = value.last_wheel_event_1024ths / cycling_speed_cadence.EVENT_HZ
    yield {"wheel_revolutions": value.wheel_revolutions, "last_wheel_event_s": round(event_s, 3)}


def _battery(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    yield {"battery_pct": battery.decode(data)}


def _text(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    yield {"text": device_information.decode(data)}


def _advertisement(data: bytes, _profile: Profile | None) -> Iterator[Output]:
    value = advertisement.decode(data)
    yield {
        "ad_type": f"0x{advertisement.SERVICE_DATA_16:02x}",
        "uuid": "0x1826",
        "available": value.available,
        "machine_types": _names(value.machine_types)
        + [f"rfu_{bit}" for bit in _unnamed_bits(value.machine_types)],
    }


def _each(read: Callable[[bytes, Profile | None], Iterator[Output]]) -> Reader:
    def stream(frames: Sequence[bytes], profile: Profile | None) -> Iterator[Output]:
        for number, frame in enumerate(frames, 1):
            for output in read(frame, profile):
                yield f"frame {number}: {output}" if isinstance(output, str) else output

    return stream


READERS: dict[str, Reader] = {
    "2a19": _each(_battery), "2a24": _each(_text), "2a25": _each(_text), "2a26": _each(_text),
    "2a27": _each(_text), "2a28": _each(_text), "2a29": _each(_text), "2a37": _each(_heart_rate),
    "2a53": _each(_foot_pod), "2a5b": _each(_wheel),
    "2acc": _each(_features), "2acd": treadmill, "2ace": _each(_cross_trainer), "2ad3": _each(_training_status),
    "2ad4": _each(_speed_range), "2ad5": _each(_incline_range), "2ad7": _each(_heart_rate_range),
    "2ad9": _each(_control_point), "2ada": _each(_machine_status), "adv-1826": _each(_advertisement),
}  # fmt: skip
"""How to read a stream of frames of each characteristic."""


def _parameter(form: parameters.Form, numbers: tuple[int, ...] | None) -> Json:
    out: Json = {}
    for place, (name, _) in enumerate(form):
        key, per = PARAMETER_KEYS.get(name, (name, 1))
        number = None if numbers is None else numbers[place]
        is_code = name == "stop_or_pause"
        out[key] = _code(control_point.StopOrPause, number) if is_code else _scaled(number, per)
    return out


def _scaled(number: int | None, per: int) -> float | int | None:
    return number if number is None or per == 1 else number / per


def _code(codes: type[IntEnum], number: int | None) -> str | None:
    if number is None:
        return None
    try:
        return codes(number).name.lower()
    except ValueError:
        return f"rfu_0x{number:02x}"


def _names(flags: IntFlag) -> list[str]:
    return [flag.name.lower() for flag in type(flags) if flag.name and flag in flags]


def _unnamed_bits(flags: IntFlag) -> list[int]:
    known = sum(type(flags))
    return [bit for bit in range(32) if flags >> bit & 1 and not known >> bit & 1]
