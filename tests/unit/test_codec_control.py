"""Control point, machine status and training status by example."""

import pytest

from device_adapters.codecs.ftms import control_point, machine_status, parameters, training_status
from device_adapters.codecs.ftms.control_point import OpCode, Request, Response, ResultCode
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.codecs.ftms.training_status import TrainingCode, TrainingStatus
from device_adapters.errors import DecodeError, UnitError
from device_adapters.units import ckmh_from_kmh


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (control_point.request_control(), "00"),
        (control_point.reset(), "01"),
        (control_point.set_target_speed(ckmh_from_kmh(2.3)), "02e600"),
        (control_point.set_target_incline(-30), "03e2ff"),
        (control_point.start_or_resume(), "07"),
        (control_point.stop(), "0801"),
        (control_point.pause(), "0802"),
        (control_point.encode(OpCode.SET_TARGET_DISTANCE, 70_000), "0c701101"),
        (control_point.encode(OpCode.SET_TARGET_TIME_IN_TWO_HR_ZONES, 1, 2), "0e01000200"),
        (control_point.encode(OpCode.SET_INDOOR_BIKE_SIMULATION, -1, 2, 3, 4), "11ffff02000304"),
    ],
)
def test_requests_as_they_are_written(written: bytes, expected: str) -> None:
    assert written.hex() == expected


REQUEST_SIZES = (0, 0, 2, 2, 1, 2, 1, 0, 1, 2, 2, 2, 3, 2, 4, 6, 10, 6, 2, 1, 2)
"""Bytes after op codes 0x00 to 0x14 (FTMS v1.0.1 Table 4.15)."""

STATUS_SIZES = {0x01: 0, 0x02: 1, 0x03: 0, 0x04: 0, 0xFF: 0} | dict(
    zip(range(0x05, 0x16), REQUEST_SIZES[2:7] + REQUEST_SIZES[9:], strict=True)
)
"""Bytes after each status code (Table 4.16): from 0x05 on, those of the request that it tells of."""


def test_every_request_and_status_has_the_parameter_of_its_table() -> None:
    sizes = [parameters.size_of(control_point.form_of(op) or ()) for op in range(0x15)]
    assert sizes == list(REQUEST_SIZES)
    assert {code: parameters.size_of(machine_status.form_of(code)) for code in StatusCode} == STATUS_SIZES
    assert control_point.form_of(0x15) is None


@pytest.mark.parametrize("code", StatusCode)
def test_each_status_comes_back_as_it_was_sent(code: StatusCode) -> None:
    numbers = tuple(range(1, 1 + len(machine_status.form_of(code))))
    value = MachineStatus(code, numbers)
    assert machine_status.decode(machine_status.encode(value)) == value


@pytest.mark.parametrize("ckmh", [-1, 65536])
def test_a_speed_without_a_wire_form_makes_no_bytes(ckmh: int) -> None:
    with pytest.raises(UnitError, match="speed_ckmh"):
        control_point.set_target_speed(ckmh)


def test_the_wrong_number_of_numbers_makes_no_bytes() -> None:
    with pytest.raises(UnitError, match="fitness_s"):
        control_point.encode(OpCode.SET_TARGET_TIME_IN_TWO_HR_ZONES, 1)
    with pytest.raises(ValueError, match="not a request"):
        control_point.encode(OpCode.RESPONSE)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("026400", Request(OpCode.SET_TARGET_SPEED, (100,), b"\x64\x00")),
        ("0264", Request(OpCode.SET_TARGET_SPEED, None, b"\x64")),
        ("02640000", Request(OpCode.SET_TARGET_SPEED, None, b"\x64\x00\x00")),
        ("0700", Request(OpCode.START_OR_RESUME, None, b"\x00")),
        ("0803", Request(OpCode.STOP_OR_PAUSE, (3,), b"\x03")),
        ("42ff", Request(0x42, None, b"\xff")),
    ],
)
def test_a_server_sees_what_is_malformed_or_unknown(written: str, expected: Request) -> None:
    assert control_point.decode_request(bytes.fromhex(written)) == expected


def test_answers() -> None:
    refused = Response(OpCode.SET_TARGET_SPEED, ResultCode.CONTROL_NOT_PERMITTED)
    assert control_point.decode_response(bytes.fromhex("800205")) == refused
    assert control_point.decode_response(bytes.fromhex("804299aa")) == Response(0x42, 0x99, b"\xaa")


@pytest.mark.parametrize("sent", ["", "80", "8002", "000101"])
def test_what_is_no_answer_is_said_to_be_none(sent: str) -> None:
    with pytest.raises(DecodeError, match="2ad9"):
        control_point.decode_response(bytes.fromhex(sent))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("ff", MachineStatus(StatusCode.CONTROL_PERMISSION_LOST)),
        ("02", MachineStatus(StatusCode.STOPPED_OR_PAUSED_BY_USER, None)),
        ("020107", MachineStatus(StatusCode.STOPPED_OR_PAUSED_BY_USER, (1,), b"\x07")),
        ("04aa", MachineStatus(StatusCode.STARTED_OR_RESUMED_BY_USER, (), b"\xaa")),
        ("05d1", MachineStatus(StatusCode.TARGET_SPEED_CHANGED, None, b"\xd1")),
        ("77", MachineStatus(0x77)),
        ("", MachineStatus(None, None)),
    ],
)
def test_machine_status_survives_missing_and_extra_bytes(sent: str, expected: MachineStatus) -> None:
    assert machine_status.decode(bytes.fromhex(sent)) == expected


@pytest.mark.parametrize("value", [
    MachineStatus(None, None), MachineStatus(StatusCode.TARGET_SPEED_CHANGED, None), MachineStatus(256),
    MachineStatus(StatusCode.TARGET_SPEED_CHANGED, (-1,)), MachineStatus(StatusCode.RESET, (1,)),
])  # fmt: skip
def test_a_status_that_is_not_whole_is_not_sent(value: MachineStatus) -> None:
    with pytest.raises(UnitError):
        machine_status.encode(value)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("000d", TrainingStatus(TrainingCode.MANUAL_MODE)),
        ("0010", TrainingStatus(0x10)),
        ("01014869", TrainingStatus(TrainingCode.IDLE, 1, "Hi")),
        ("0101ff00", TrainingStatus(TrainingCode.IDLE, 1, "\ufffd")),
        ("00", TrainingStatus(None)),
        ("", TrainingStatus(None)),
    ],
)
def test_training_status(sent: str, expected: TrainingStatus) -> None:
    assert training_status.decode(bytes.fromhex(sent)) == expected


def test_a_training_status_that_is_missing_is_not_sent() -> None:
    with pytest.raises(UnitError, match="TrainingCode"):
        training_status.encode(TrainingStatus(None))
