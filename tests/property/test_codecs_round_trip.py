"""Each characteristic but Treadmill Data: encode and decode are each other's inverse, cuts never invent."""

from hypothesis import assume, given
from hypothesis import strategies as st

from device_adapters.codecs import advertisement, battery, device_information, heart_rate
from device_adapters.codecs.ftms import (
    control_point,
    cross_trainer_data,
    features,
    machine_status,
    parameters,
    ranges,
    training_status,
)
from device_adapters.codecs.heart_rate import HeartRateMeasurement

U8, U16, U32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
S16 = st.integers(-0x8000, 0x7FFF)
MEASUREMENTS = st.builds(
    HeartRateMeasurement,
    bpm=U16,
    contact=st.sampled_from([None, False, True]),
    energy_kj=st.none() | U16,
    rr_1024=st.none() | st.lists(U16, max_size=9).map(tuple),
)


def numbers_for(form: parameters.Form) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(st.integers(wire.lowest, wire.highest) for _, wire in form))


@given(MEASUREMENTS)
def test_heart_rate(value: HeartRateMeasurement) -> None:
    assert heart_rate.decode(heart_rate.encode(value)) == value


@given(MEASUREMENTS, st.data())
def test_a_cut_heart_rate_yields_its_first_fields(value: HeartRateMeasurement, data: st.DataObject) -> None:
    frame = heart_rate.encode(value)
    rate_end = 3 if value.bpm > 0xFF else 2
    length = data.draw(st.integers(rate_end, len(frame)))
    cut = heart_rate.decode(frame[:length])
    assert (cut.bpm, cut.contact) == (value.bpm, value.contact)
    assert cut.energy_kj in (None, value.energy_kj)
    rr = cut.rr_1024 or ()
    assert rr == (value.rr_1024 or ())[: len(rr)]
    missing = len(frame) - length
    assert len(rr) == max(0, len(value.rr_1024 or ()) - (missing + 1) // 2)


@given(st.integers(0, 100))
def test_battery(percent: int) -> None:
    assert battery.decode(battery.encode(percent)) == percent


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.integers(0, 4))
def test_device_information(text: str, padding: int) -> None:
    assert device_information.decode(device_information.encode(text) + b"\0" * padding) == text.strip()


@given(st.booleans(), U16)
def test_advertisement(available: bool, types: int) -> None:
    value = advertisement.FitnessMachineAdvertisement(available, advertisement.MachineType(types))
    assert advertisement.decode_service_data(advertisement.encode_service_data(value)) == value
    assert advertisement.decode(b"\x02\x01\x06" + advertisement.encode(value)) == value


@given(U32, U32)
def test_features(measured: int, targets: int) -> None:
    value = features.FitnessMachineFeatures(features.Feature(measured), features.Target(targets))
    assert features.decode(features.encode(value)) == value


@given(U16, U16, U16)
def test_speed_range(low: int, high: int, step: int) -> None:
    value = ranges.SpeedRange(low, high, step)
    assert ranges.decode_speed(ranges.encode_speed(value)) == value


@given(S16, S16, U16)
def test_incline_range(low: int, high: int, step: int) -> None:
    value = ranges.InclineRange(low, high, step)
    assert ranges.decode_incline(ranges.encode_incline(value)) == value


@given(U8, U8, U8)
def test_heart_rate_range(low: int, high: int, step: int) -> None:
    value = ranges.HeartRateRange(low, high, step)
    assert ranges.decode_heart_rate(ranges.encode_heart_rate(value)) == value


@given(st.sampled_from([op for op in control_point.OpCode if op != control_point.OpCode.RESPONSE]), st.data())
def test_control_point_request(op: control_point.OpCode, data: st.DataObject) -> None:
    numbers = data.draw(numbers_for(control_point.form_of(op) or ()))
    request = control_point.decode_request(control_point.encode(op, *numbers))
    assert (request.op, request.numbers) == (op, numbers)


@given(st.binary(min_size=1, max_size=12))
def test_a_request_keeps_every_byte(written: bytes) -> None:
    request = control_point.decode_request(written)
    assert bytes([request.op]) + request.body == written
    if request.numbers is not None:
        assert control_point.encode(control_point.OpCode(request.op), *request.numbers) == written


@given(U8, U8, st.binary(max_size=6))
def test_control_point_response(request: int, result: int, parameter: bytes) -> None:
    value = control_point.Response(request, result, parameter)
    assert control_point.decode_response(control_point.encode_response(value)) == value


@given(U8, st.binary(max_size=4), st.data())
def test_machine_status(code: int, extra: bytes, data: st.DataObject) -> None:
    numbers = data.draw(numbers_for(machine_status.form_of(code)))
    value = machine_status.MachineStatus(code, numbers, extra)
    assert machine_status.decode(machine_status.encode(value)) == value


@given(st.binary(max_size=12))
def test_a_machine_status_is_whole_or_has_no_numbers(sent: bytes) -> None:
    value = machine_status.decode(sent)
    if value.numbers is None:
        assert sent[1:] == value.extra
    else:
        assert machine_status.encode(value) == sent


@given(U8, U8, st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_training_status(status: int, flags: int, text: str | None) -> None:
    assume(bool(flags & training_status.TrainingStatusFlag.STRING) == (text is not None))
    value = training_status.TrainingStatus(status, flags, text)
    assert training_status.decode(training_status.encode(value)) == value


@given(st.binary(min_size=3, max_size=50), st.data())
def test_a_cut_cross_trainer_record_yields_its_first_fields(frame: bytes, data: st.DataObject) -> None:
    # Resistance has two widths, told apart by the length alone: without it every cut is plain.
    frame = bytes([frame[0] & 0x7F]) + frame[1:]
    whole = cross_trainer_data.decode(frame)
    cut = cross_trainer_data.decode(frame[: data.draw(st.integers(3, len(frame)))])
    assert cut.present <= whole.present
    assert cut.direction == whole.direction
    for name in ("speed_ckmh", "distance_m", "step_per_min", "power_w", "elapsed_s"):
        assert getattr(cut, name) == (getattr(whole, name) if name in cut.present else None)
