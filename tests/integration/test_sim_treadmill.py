"""The virtual treadmill through stock bleak: what a client of a real Fitness Machine sees."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError
from waiting import until

from device_adapters.clock import ManualClock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import (
    control_point,
    features,
    machine_status,
    ranges,
    training_status,
    treadmill_data,
)
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.sim.air import SimLink
from device_adapters.sim.belt import Belt, BeltSpec
from device_adapters.sim.computer import Computer
from device_adapters.sim.radio import VirtualRadio
from device_adapters.sim.treadmill import VirtualTreadmill

ADDRESS = "F1:00:00:00:00:01"
LONG_S = 60.0


def _pass_on(take: Callable[[bytes], None], _: object, data: bytearray) -> None:
    take(bytes(data))


class Guest:
    """A client and all it was told."""

    def __init__(self, radio: VirtualRadio) -> None:
        self.client = BleakClient(ADDRESS, backend=radio.client_backend, timeout=LONG_S)
        self.radio = radio
        self.answers: list[control_point.Response] = []
        self.statuses: list[MachineStatus] = []
        self.trainings: list[int | None] = []
        self.parts: list[bytes] = []

    async def come(self) -> "Guest":
        await self.client.connect()
        takers: dict[str, Callable[[bytes], None]] = {
            uuids.FITNESS_MACHINE_CONTROL_POINT: lambda d: self.answers.append(
                control_point.decode_response(d)
            ),
            uuids.FITNESS_MACHINE_STATUS: lambda d: self.statuses.append(machine_status.decode(d)),
            uuids.TRAINING_STATUS: lambda d: self.trainings.append(training_status.decode(d).status),
            uuids.TREADMILL_DATA: self.parts.append,
        }
        for number, take in takers.items():
            await self.client.start_notify(number, partial(_pass_on, take))
        return self

    async def ask(self, data: bytes) -> int:
        self.answers.clear()
        await self.client.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, data, response=True)
        await until(lambda: self.answers, f"the answer to {data.hex()}")
        assert self.answers[0].request == data[0]
        return self.answers[0].result


class Room:
    """One treadmill that takes two centrals, on a clock moved by hand."""

    def __init__(self, computer: Computer | None = None, mtu_max: int = 517, answer_ms: int = 0) -> None:
        self.clock = ManualClock()
        self.link = SimLink(supervision_timeout_s=0.1)
        self.computer = computer or Computer(Belt(BeltSpec(start_delay_ms=1000)))
        self.treadmill = VirtualTreadmill(
            self.link,
            ADDRESS,
            self.computer,
            self.clock,
            connections_max=2,
            mtu_max=mtu_max,
            answer_ms=answer_ms,
        )
        self.radios: list[VirtualRadio] = []

    async def guest(self) -> Guest:
        self.radios.append(await VirtualRadio.on_link(self.link))
        return await Guest(self.radios[-1]).come()

    def pass_s(self, seconds: int) -> None:
        for _ in range(seconds * 4):
            self.computer.step(250)

    async def close(self) -> None:
        for radio in self.radios:
            await radio.close()
        self.treadmill.stop()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    await room.treadmill.start()
    yield room
    await room.close()


async def test_says_what_it_is(room: Room) -> None:
    guest = await room.guest()
    said = features.decode(bytes(await guest.client.read_gatt_char(uuids.FITNESS_MACHINE_FEATURE)))
    assert said.targets == features.Target.SPEED | features.Target.INCLINATION
    assert features.Feature.INCLINATION in said.features
    speed = ranges.decode_speed(bytes(await guest.client.read_gatt_char(uuids.SPEED_RANGE)))
    assert speed == ranges.SpeedRange(80, 2000, 10)
    incline = ranges.decode_incline(bytes(await guest.client.read_gatt_char(uuids.INCLINATION_RANGE)))
    assert incline == ranges.InclineRange(0, 150, 5)
    status = training_status.decode(bytes(await guest.client.read_gatt_char(uuids.TRAINING_STATUS)))
    assert status.status == training_status.TrainingCode.IDLE
    assert bytes(await guest.client.read_gatt_char(uuids.SERIAL_NUMBER)) == b"1"


async def test_a_workout(room: Room) -> None:
    guest = await room.guest()
    assert (
        await guest.ask(control_point.set_target_speed(400)) == control_point.ResultCode.CONTROL_NOT_PERMITTED
    )
    for request in (
        control_point.request_control(),
        control_point.start_or_resume(),
        control_point.set_target_speed(400),
        control_point.set_target_incline(30),
    ):
        assert await guest.ask(request) == control_point.ResultCode.SUCCESS
    room.pass_s(60)
    room.treadmill.tell()
    await until(lambda: guest.parts, "treadmill data")
    record = treadmill_data.decode(guest.parts[-1])
    assert (record.speed_ckmh, record.incline_dpct) == (400, 30)
    assert record.distance_m
    assert record.elapsed_s
    assert await guest.ask(control_point.stop()) == control_point.ResultCode.SUCCESS
    room.pass_s(10)
    room.treadmill.tell()
    await until(lambda: len(guest.parts) == 2, "treadmill data")
    stopped = treadmill_data.decode(guest.parts[-1])
    assert stopped.speed_ckmh == 0
    assert (stopped.distance_m or 0) >= record.distance_m
    assert guest.trainings == [training_status.TrainingCode.MANUAL_MODE, training_status.TrainingCode.IDLE]
    assert not guest.statuses  # no echo of one's own commands


async def test_records_are_split_at_the_smallest_mtu() -> None:
    room = Room(mtu_max=23)
    await room.treadmill.start()
    guest = await room.guest()
    room.computer.press_speed(500)
    room.pass_s(30)
    room.treadmill.tell()
    await until(lambda: len(guest.parts) == 2, "both parts")
    assert max(map(len, guest.parts)) <= 20
    joiner = treadmill_data.Joiner()
    records = [joiner.push(treadmill_data.decode(part)) for part in guest.parts]
    assert records[0] is None
    assert records[1] is not None
    assert records[1].speed_ckmh == 500
    assert records[1].distance_m == room.computer.belt.distance_m
    await room.close()


async def test_others_hear_of_a_clients_commands_and_all_of_a_users(room: Room) -> None:
    ours, theirs = await room.guest(), await room.guest()
    await ours.ask(control_point.request_control())
    await ours.ask(control_point.start_or_resume())
    await until(lambda: theirs.statuses, "the other's status")
    assert [s.code for s in theirs.statuses] == [StatusCode.STARTED_OR_RESUMED_BY_USER]
    room.treadmill.say(room.computer.press_speed(300))
    await until(lambda: ours.statuses, "our status")
    assert ours.statuses == theirs.statuses[1:] == [MachineStatus(StatusCode.TARGET_SPEED_CHANGED, (300,))]


async def test_control_is_lost_to_another_to_the_console_and_with_the_link(room: Room) -> None:
    ours, theirs = await room.guest(), await room.guest()
    await ours.ask(control_point.request_control())
    await theirs.ask(control_point.request_control())
    await until(lambda: ours.statuses, "the loss of control")
    assert ours.statuses == [MachineStatus(StatusCode.CONTROL_PERMISSION_LOST)]
    assert not theirs.statuses
    assert await ours.ask(control_point.start_or_resume()) == control_point.ResultCode.CONTROL_NOT_PERMITTED
    room.treadmill.say(room.computer.revoke_control())
    await until(lambda: theirs.statuses, "the loss of control")
    assert await theirs.ask(control_point.start_or_resume()) == control_point.ResultCode.CONTROL_NOT_PERMITTED
    await ours.ask(control_point.request_control())
    await ours.client.disconnect()
    await until(lambda: room.computer.controller is None, "control to go with the link")
    again = await Guest(ours.radio).come()
    assert await again.ask(control_point.start_or_resume()) == control_point.ResultCode.CONTROL_NOT_PERMITTED


async def test_the_safety_key_stops_the_belt_and_all_are_told(room: Room) -> None:
    guest = await room.guest()
    await guest.ask(control_point.request_control())
    await guest.ask(control_point.start_or_resume())
    room.pass_s(10)
    room.treadmill.say(room.computer.pull_key())
    await until(lambda: guest.statuses, "the safety key")
    assert guest.statuses == [MachineStatus(StatusCode.STOPPED_BY_SAFETY_KEY)]
    room.pass_s(10)
    assert room.computer.belt.speed_ckmh == 0
    assert await guest.ask(control_point.start_or_resume()) == control_point.ResultCode.OPERATION_FAILED


@pytest.mark.parametrize(("on_link_loss", "speed_ckmh"), [("keep", 80), ("stop", 0)])
async def test_a_lost_link(on_link_loss: str, speed_ckmh: int) -> None:
    room = Room(Computer(Belt(), on_link_loss="stop" if on_link_loss == "stop" else "keep"))
    await room.treadmill.start()
    guest = await room.guest()
    await guest.ask(control_point.request_control())
    await guest.ask(control_point.start_or_resume())
    room.pass_s(10)
    room.treadmill.vanish()
    await until(lambda: not guest.client.is_connected, "the supervision timeout")
    room.pass_s(10)
    assert room.computer.belt.speed_ckmh == speed_ckmh
    assert room.computer.controller is None
    await room.close()


async def test_one_procedure_at_a_time() -> None:
    room = Room(answer_ms=45)
    await room.treadmill.start()
    guest = await room.guest()
    point = uuids.FITNESS_MACHINE_CONTROL_POINT
    await guest.client.write_gatt_char(point, control_point.request_control(), response=True)
    with pytest.raises(BleakGATTProtocolError) as refused:
        await guest.client.write_gatt_char(point, control_point.start_or_resume(), response=True)
    assert refused.value.code == 0xFE
    assert not guest.answers
    await room.clock.advance(45)
    await until(lambda: guest.answers, "the first answer")
    await until(lambda: not room.treadmill.answering, "the confirmation")
    await guest.client.write_gatt_char(point, control_point.start_or_resume(), response=True)
    await guest.client.disconnect()  # in the middle of a procedure
    await until(lambda: not room.treadmill.answering, "the procedure to end with the link")
    await room.close()


async def test_writes_that_are_no_request_get_att_errors(room: Room) -> None:
    guest = await room.guest()
    with pytest.raises(BleakGATTProtocolError):
        await guest.client.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, b"", response=True)
    assert await guest.ask(b"\xee\x01\x02") == control_point.ResultCode.NOT_SUPPORTED
