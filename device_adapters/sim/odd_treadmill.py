"""A virtual treadmill with oddities of Bluetooth: every step of serving it may go wrong, as `oddities.py` says."""

import asyncio
from collections.abc import Iterable
from typing import Any

from bumble import gatt
from bumble.core import UUID
from bumble.device import Connection

from device_adapters.clock import Clock
from device_adapters.codecs import advertisement
from device_adapters.codecs.ftms import control_point
from device_adapters.codecs.ftms.control_point import OpCode, Response, ResultCode, StopOrPause
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.codecs.uuids import Characteristic
from device_adapters.sim.air import SimLink
from device_adapters.sim.computer import Computer, Said
from device_adapters.sim.odd_gatt import OddServer, Ways, bent
from device_adapters.sim.oddities import Oddity, Step, Way
from device_adapters.sim.treadmill import VirtualTreadmill

ANSWER_LATE_S = 2.5
FRAME_LATE_S = 0.9
STATUS_LATE_S = 2.0
ON_AIR_LATE_S = 5.0
AIR_GAP_S = (4.0, 8.0)
DEAF_S = 6.0
HANGS_UP = 3
FRAMES_UNDER_WAY = 20

BIKE = advertisement.FitnessMachineAdvertisement(True, advertisement.MachineType.INDOOR_BIKE)
USER_STOP = Said(MachineStatus(StatusCode.STOPPED_OR_PAUSED_BY_USER, (StopOrPause.STOP,)))
FALSELY = {
    Characteristic.TREADMILL_DATA: Step.DATA,
    Characteristic.FITNESS_MACHINE_STATUS: Step.STATUS_ON,
}
STEPS = {
    OpCode.REQUEST_CONTROL: Step.CONTROL,
    OpCode.START_OR_RESUME: Step.START,
    OpCode.SET_TARGET_SPEED: Step.SPEED,
    OpCode.SET_TARGET_INCLINE: Step.INCLINE,
}


def step_of(data: bytes) -> Step | None:
    """The step that these bytes ask a control point for."""
    if data[:1] == bytes([OpCode.STOP_OR_PAUSE]):
        return Step.PAUSE if data[1:2] == bytes([StopOrPause.PAUSE]) else Step.STOP
    return STEPS.get(OpCode(data[0])) if data and data[0] in set(OpCode) else None


class OddTreadmill(VirtualTreadmill):
    """One treadmill on the air, with these oddities (at most one for each step)."""

    def __init__(
        self,
        link: SimLink,
        address: str,
        computer: Computer,
        clock: Clock,
        oddities: Iterable[Oddity],
        **how: Any,
    ) -> None:
        self.ways: Ways = {oddity.step: oddity.way for oddity in oddities}
        self.odd_clock = clock
        self._jobs: set[asyncio.Task[None]] = set()
        self._links = 0
        self._told_moving = 0
        self._held_frame: tuple[bytes, ...] | None = None
        self._asked: Step | None = None
        self._last_said: Said | None = None
        super().__init__(link, address, computer, clock, **how)
        self._server.learn()

    # The table and the air.

    def serve(self, *services: gatt.Service, service_data: bytes = b"") -> None:
        """As bent by its oddities."""
        way = self.ways.get(Step.ADVERTISE)
        if way is Way.FALSE:
            service_data = advertisement.encode(BIKE)
        super().serve(*bent(services, self.ways), service_data=service_data)
        if way in (Way.ABSENT, Way.SHORT):
            self._advertisement = self._advertisement[:3]
        if way is Way.SHORT:
            self._named = False
        if way is Way.DOUBLE:
            self._advertisement = self._advertisement[:7] + self._advertisement[3:]
        self._server = OddServer(self.device, self.ways, self.odd_clock)

    async def start(self) -> None:
        """Power on, and be heard as this device is."""
        if self.ways.get(Step.ADVERTISE) is Way.LATE:
            await self.odd_clock.sleep(ON_AIR_LATE_S)
        await super().start()
        connects = self.ways.get(Step.CONNECT)
        if connects is Way.ABSENT:
            self.controller.deaf = True
        if connects is Way.LATE:
            self.controller.deaf = True
            self._run(self._hears_again())
        if self.ways.get(Step.ADVERTISE) is Way.SILENT:
            self._run(self._air_gap())

    async def _hears_again(self) -> None:
        await self.odd_clock.sleep(DEAF_S)
        self.controller.deaf = False

    async def _air_gap(self) -> None:
        await self.odd_clock.sleep(AIR_GAP_S[0])
        self.controller.le_legacy_advertiser.stop()
        await self.odd_clock.sleep(AIR_GAP_S[1])
        self._advertise()

    def _on_connection(self, connection: Connection) -> None:
        super()._on_connection(connection)
        self._links += 1
        match self.ways.get(Step.CONNECT):
            case Way.REFUSED if self._links <= HANGS_UP:
                self._run(self._hang_up(connection, 0.0))
            case Way.SHORT if self._links <= HANGS_UP:
                self._run(self._hang_up(connection, 0.3))
            case Way.DOUBLE if self._links == 1:
                self._run(self._hang_up(connection, 2.0))
            case _:
                pass

    async def _hang_up(self, connection: Connection, after_s: float) -> None:
        await self.odd_clock.sleep(after_s)
        if connection in self.connections:
            await connection.disconnect()

    def subscribers(self, of: gatt.Characteristic, bit: int = 1) -> Any:
        """Nobody, where a subscription is taken and nothing comes of it."""
        false = {
            UUID.from_16_bits(number) for number, step in FALSELY.items() if self.ways.get(step) is Way.FALSE
        }
        return iter(()) if of.uuid in false and bit == 1 else super().subscribers(of, bit)

    # What it tells.

    def _send_frame(self, client: Connection, parts: Iterable[bytes]) -> None:
        frame = tuple(parts)
        under_way = self.computer.belt.speed_ckmh > 0
        self._told_moving += under_way
        late = under_way and self._told_moving > FRAMES_UNDER_WAY
        send = super()._send_frame
        match self.ways.get(Step.FRAMES):
            case Way.ABSENT:
                return
            case Way.DOUBLE:
                send(client, frame)
                send(client, frame)
            case Way.SHORT:
                send(client, (frame[-1][:3],))
            case Way.LATE:
                self._run(self._frame_later(client, frame))
            case Way.OUT_OF_ORDER if self._held_frame is None:
                self._held_frame = frame
            case Way.OUT_OF_ORDER:
                held, self._held_frame = self._held_frame, None
                send(client, frame)
                send(client, held or frame)
            case Way.SILENT if late:
                return
            case Way.FALSE if late and self._held_frame is not None:
                send(client, self._held_frame)
            case _:
                self._held_frame = frame if self.ways.get(Step.FRAMES) is Way.FALSE else None
                send(client, frame)

    async def _frame_later(self, client: Connection, frame: tuple[bytes, ...]) -> None:
        await self.odd_clock.sleep(FRAME_LATE_S)
        if client in self.connections:
            super()._send_frame(client, frame)

    def say(self, said: Iterable[Said]) -> None:
        """Machine Status, in its own way."""
        told = list(said)
        match self.ways.get(Step.STATUS):
            case Way.ABSENT:
                return
            case Way.DOUBLE:
                told += told
            case Way.SHORT:
                told = [Said(MachineStatus(each.status.code), each.only, each.but) for each in told]
            case Way.LATE:
                self._run(self._say_later(told))
                return
            case Way.OUT_OF_ORDER if told:
                before, self._last_said = self._last_said, told[-1]
                told += [before] if before is not None else []
            case _:
                pass
        super().say(told)

    async def _say_later(self, said: list[Said]) -> None:
        await self.odd_clock.sleep(STATUS_LATE_S)
        super().say(said)

    def tell(self) -> None:
        """Data, and once a status that is not so."""
        super().tell()
        if self.ways.get(Step.STATUS) is Way.FALSE and self._told_moving == FRAMES_UNDER_WAY:
            self._told_moving += 1
            super().say((USER_STOP,))

    # What it does with what is written.

    def _obey(self, client: Connection, data: bytes) -> tuple[Response, tuple[Said, ...]]:
        step = self._asked = step_of(data)
        match self.ways.get(step) if step is not None else None:
            case Way.ABSENT | Way.FALSE:
                return Response(data[0], ResultCode.SUCCESS), ()
            case Way.REFUSED:
                denied = step is Step.CONTROL
                code = ResultCode.CONTROL_NOT_PERMITTED if denied else ResultCode.OPERATION_FAILED
                return Response(data[0], code), ()
            case _:
                return super()._obey(client, data)

    async def _answer(self, client: Connection, response: bytes) -> None:
        step = self._asked
        match self.ways.get(step) if step is not None else None:
            case Way.ABSENT | Way.SILENT:
                self._procedures.discard(client)
            case Way.DOUBLE:
                await super()._answer(client, response)
                await self._indicate(client, response)
            case Way.SHORT:
                await super()._answer(client, response[:2])
            case Way.LATE:
                await self.odd_clock.sleep(ANSWER_LATE_S)
                await super()._answer(client, response)
            case Way.OUT_OF_ORDER:
                other = OpCode.SET_TARGET_INCLINE if step is Step.SPEED else OpCode.SET_TARGET_SPEED
                await self._indicate(
                    client, control_point.encode_response(Response(other, ResultCode.SUCCESS))
                )
                await super()._answer(client, response)
            case _:
                await super()._answer(client, response)

    def _run(self, job: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    def stop(self) -> None:
        """Power off: nothing of it goes on."""
        for job in self._jobs:
            job.cancel()
        self._server.stop()
        super().stop()
