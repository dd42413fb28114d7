"""The virtual treadmill's computer keeps to FTMS v1.0.1 §4.16 and §4.17."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs.ftms import control_point, treadmill_data
from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.codecs.ftms.training_status import TrainingCode
from device_adapters.sim.belt import Belt, Drive
from device_adapters.sim.computer import Computer, Said

US, THEM = "us", "them"
CONTROLLED = [op for op in OpCode if op not in (OpCode.REQUEST_CONTROL, OpCode.RESPONSE)]


class ComputerMachine:
    """A computer and what it said."""

    def __init__(self) -> None:
        self.computer = Computer(Belt())
        self.said: list[Said] = []

    def write(self, data: bytes, client: str = US) -> int:
        response, said = self.computer.request(client, control_point.decode_request(data))
        assert response.request == data[0]
        self.said = list(said)
        return response.result

    def pass_s(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.computer.step(100)

    def running(self, ckmh: int = 400) -> "ComputerMachine":
        self.write(control_point.request_control())
        self.write(control_point.start_or_resume())
        self.pass_s(3)
        assert self.write(control_point.set_target_speed(ckmh)) == ResultCode.SUCCESS
        self.pass_s(10)
        return self


@pytest.mark.parametrize("op", CONTROLLED)
def test_without_control_nothing_is_done(op: OpCode) -> None:
    machine = ComputerMachine()
    size = sum(wire.size for _, wire in control_point.form_of(op) or ())
    result = machine.write(bytes([op]) + bytes(size))
    assert result in (ResultCode.CONTROL_NOT_PERMITTED, ResultCode.NOT_SUPPORTED)
    assert machine.computer.belt.drive is Drive.IDLE


@given(
    st.lists(st.tuples(st.sampled_from((US, THEM)), st.binary(min_size=1, max_size=6), st.integers(0, 3000)))
)
def test_any_request_gets_one_answer_and_the_belt_stays_in_range(
    requests: list[tuple[str, bytes, int]],
) -> None:
    machine = ComputerMachine()
    for client, data, dt_ms in requests:
        before = machine.computer.controller
        result = machine.write(data, client)
        assert result in set(ResultCode)
        if data[0] != OpCode.REQUEST_CONTROL and before != client:
            assert result in (ResultCode.CONTROL_NOT_PERMITTED, ResultCode.NOT_SUPPORTED)
            assert not machine.said
        machine.computer.step(dt_ms)
        record = machine.computer.record()
        assert 0 <= (record.speed_ckmh or 0) <= machine.computer.belt.spec.speed_max_ckmh
        assert treadmill_data.decode(treadmill_data.encode(record)).speed_ckmh == record.speed_ckmh


@pytest.mark.parametrize(
    ("data", "result"),
    [
        (bytes.fromhex("04 10"), ResultCode.NOT_SUPPORTED),
        (bytes.fromhex("7e"), ResultCode.NOT_SUPPORTED),
        (bytes.fromhex("02 10"), ResultCode.INVALID_PARAMETER),
        (bytes.fromhex("00 01"), ResultCode.INVALID_PARAMETER),
        (control_point.set_target_speed(9900), ResultCode.INVALID_PARAMETER),
        (control_point.set_target_speed(79), ResultCode.INVALID_PARAMETER),
        (control_point.set_target_incline(-10), ResultCode.INVALID_PARAMETER),
        (bytes.fromhex("08 03"), ResultCode.INVALID_PARAMETER),
        (control_point.start_or_resume(), ResultCode.OPERATION_FAILED),
        (control_point.set_target_incline(30), ResultCode.SUCCESS),
        (control_point.pause(), ResultCode.SUCCESS),
    ],
)
def test_answers_while_running(data: bytes, result: ResultCode) -> None:
    assert ComputerMachine().running().write(data) == result


def test_a_belt_at_rest_takes_no_speed_and_no_stop() -> None:
    machine = ComputerMachine()
    machine.write(control_point.request_control())
    assert machine.write(control_point.set_target_speed(400)) == ResultCode.OPERATION_FAILED
    assert machine.write(control_point.stop()) == ResultCode.OPERATION_FAILED
    assert machine.write(control_point.set_target_incline(30)) == ResultCode.SUCCESS


def test_success_of_a_stop_means_that_it_begins() -> None:
    machine = ComputerMachine().running(600)
    assert machine.write(control_point.stop()) == ResultCode.SUCCESS
    assert machine.computer.belt.speed_ckmh == 600
    machine.pass_s(4)
    assert machine.computer.belt.speed_ckmh == 0


def test_a_clients_change_is_told_to_the_others_only() -> None:
    machine = ComputerMachine().running()
    machine.write(control_point.set_target_speed(500))
    assert machine.said == [Said(MachineStatus(StatusCode.TARGET_SPEED_CHANGED, (500,)), but=US)]
    machine.write(control_point.pause())
    assert machine.said == [Said(MachineStatus(StatusCode.STOPPED_OR_PAUSED_BY_USER, (2,)), but=US)]


def test_a_users_change_is_told_to_all() -> None:
    machine = ComputerMachine()
    assert [s.status.code for s in machine.computer.press_speed(300)] == [
        StatusCode.STARTED_OR_RESUMED_BY_USER,
        StatusCode.TARGET_SPEED_CHANGED,
    ]
    machine.pass_s(10)
    assert machine.computer.belt.speed_ckmh == 300
    said = (*machine.computer.press_speed(500), *machine.computer.press_speed(0))
    assert all(s.only is None and s.but is None for s in said)
    machine.pass_s(10)
    assert machine.computer.belt.speed_ckmh == 0
    assert machine.computer.press_stop() == ()


def test_control_goes_to_whoever_asks_last_and_the_belt_runs_on() -> None:
    machine = ComputerMachine().running()
    assert machine.write(control_point.request_control(), THEM) == ResultCode.SUCCESS
    assert machine.said == [Said(MachineStatus(StatusCode.CONTROL_PERMISSION_LOST), only=US)]
    assert machine.write(control_point.stop()) == ResultCode.CONTROL_NOT_PERMITTED
    assert machine.computer.belt.under_way


def test_control_ends_with_the_link_a_reset_or_a_revocation() -> None:
    machine = ComputerMachine().running()
    machine.computer.left(THEM)
    assert machine.computer.controller == US
    machine.computer.left(US)
    assert machine.write(control_point.set_target_speed(500)) == ResultCode.CONTROL_NOT_PERMITTED
    assert machine.computer.belt.drive is Drive.RUNNING

    machine.write(control_point.request_control())
    assert machine.write(control_point.reset()) == ResultCode.SUCCESS
    assert machine.write(control_point.stop()) == ResultCode.CONTROL_NOT_PERMITTED
    machine.pass_s(5)
    assert machine.computer.belt.speed_ckmh == 0

    machine.write(control_point.request_control())
    assert [s.only for s in machine.computer.revoke_control()] == [US]
    assert machine.write(control_point.start_or_resume()) == ResultCode.CONTROL_NOT_PERMITTED
    assert machine.computer.revoke_control() == ()


def test_some_machines_stop_when_their_client_vanishes() -> None:
    machine = ComputerMachine()
    machine.computer = Computer(Belt(), on_link_loss="stop")
    machine.running()
    machine.computer.left(US)
    machine.pass_s(10)
    assert machine.computer.belt.speed_ckmh == 0


def test_training_status_follows_the_belt() -> None:
    machine = ComputerMachine()
    seen = [machine.computer.training]
    machine.write(control_point.request_control())
    for request in (
        control_point.start_or_resume(),
        control_point.pause(),
        control_point.start_or_resume(),
        control_point.stop(),
    ):
        machine.write(request)
        seen.append(machine.computer.training)
        machine.pass_s(5)
        seen.append(machine.computer.training)
    assert seen == [
        TrainingCode.IDLE,
        TrainingCode.PRE_WORKOUT,
        TrainingCode.MANUAL_MODE,
        TrainingCode.OTHER,
        TrainingCode.OTHER,
        TrainingCode.PRE_WORKOUT,
        TrainingCode.MANUAL_MODE,
        TrainingCode.POST_WORKOUT,
        TrainingCode.IDLE,
    ]


def test_energy_grows_with_work_and_begins_anew() -> None:
    machine = ComputerMachine().running(600)
    machine.pass_s(600)
    walked = machine.computer.record()
    assert walked.energy_kcal is not None
    assert 40 <= walked.energy_kcal <= 80
    machine.write(control_point.stop())
    machine.pass_s(10)
    machine.write(control_point.start_or_resume())
    machine.pass_s(1)
    assert machine.computer.record().energy_kcal == 0
