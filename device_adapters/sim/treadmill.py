"""A virtual treadmill: the Fitness Machine service (FTMS v1.0.1) of a belt and its computer, over Bluetooth."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from bumble import att, gatt
from bumble.device import Connection

from device_adapters.clock import Clock
from device_adapters.codecs import advertisement
from device_adapters.codecs.ftms import (
    control_point,
    features,
    machine_status,
    ranges,
    training_status,
    treadmill_data,
)
from device_adapters.codecs.uuids import Characteristic, Service
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink
from device_adapters.sim.computer import Computer, Said

CCCD_IMPROPERLY_CONFIGURED = 0xFD
PROCEDURE_ALREADY_IN_PROGRESS = 0xFE
MODEL = "VT-1"

FEATURES = features.FitnessMachineFeatures(
    features.Feature.AVERAGE_SPEED
    | features.Feature.TOTAL_DISTANCE
    | features.Feature.INCLINATION
    | features.Feature.ELEVATION_GAIN
    | features.Feature.EXPENDED_ENERGY
    | features.Feature.ELAPSED_TIME,
    features.Target.SPEED | features.Target.INCLINATION,
)
ADVERTISED = advertisement.FitnessMachineAdvertisement(True, advertisement.MachineType.TREADMILL)


class VirtualTreadmill(peripheral.Peripheral):
    """One treadmill on the air. `catch_up` is called before each request, so that the belt is where time has it.

    `answer_ms`: real machines answer a control point request some 45 ms after the write. An empty `name` is not
    advertised, as some belts do. `mtu_max` 23 makes records need two notifications.
    """

    def __init__(
        self,
        link: SimLink,
        address: str,
        computer: Computer,
        clock: Clock,
        *,
        name: str = "",
        serial: str = "1",
        answer_ms: int = 0,
        connections_max: int = 1,
        mtu_max: int = 517,
        catch_up: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(link, address, name, Service.FITNESS_MACHINE, connections_max)
        self.computer = computer
        self.device.gatt_server.max_mtu = mtu_max
        self._clock = clock
        self._answer_ms = answer_ms
        self._catch_up = catch_up
        self._procedures: set[Connection] = set()
        self._answers: dict[asyncio.Task[None], Connection] = {}
        self._hanging_up: asyncio.Task[None] | None = None
        self._training = computer.training
        self._data = peripheral.characteristic(Characteristic.TREADMILL_DATA, peripheral.NOTIFY)
        self._status = peripheral.characteristic(Characteristic.FITNESS_MACHINE_STATUS, peripheral.NOTIFY)
        self._training_status = peripheral.characteristic(
            Characteristic.TRAINING_STATUS, peripheral.READ | peripheral.NOTIFY, self._training_bytes
        )
        self._control = peripheral.characteristic(
            Characteristic.FITNESS_MACHINE_CONTROL_POINT,
            peripheral.WRITE | peripheral.INDICATE,
            write=self._on_control,
        )
        self.serve(
            peripheral.service(
                Service.FITNESS_MACHINE,
                *self._constants(),
                self._data,
                self._training_status,
                self._control,
                self._status,
            ),
            peripheral.device_information_service(MODEL, serial),
            service_data=advertisement.encode(ADVERTISED),
        )

    def _constants(self) -> Iterable[gatt.Characteristic]:
        spec = self.computer.belt.spec
        speed = ranges.SpeedRange(spec.speed_min_ckmh, spec.speed_max_ckmh, spec.speed_step_ckmh)
        incline = ranges.InclineRange(spec.incline_min_dpct, spec.incline_max_dpct, spec.incline_step_dpct)
        yield peripheral.constant(Characteristic.FITNESS_MACHINE_FEATURE, features.encode(FEATURES))
        yield peripheral.constant(Characteristic.SPEED_RANGE, ranges.encode_speed(speed))
        yield peripheral.constant(Characteristic.INCLINATION_RANGE, ranges.encode_incline(incline))

    def _training_bytes(self) -> bytes:
        return training_status.encode(training_status.TrainingStatus(self.computer.training))

    @property
    def answering(self) -> bool:
        """Is a control point procedure under way?"""
        return bool(self._procedures)

    def tell(self) -> None:
        """Notify Treadmill Data, and Training Status if it changed."""
        if not self.computer.mute and any(self.subscribers(self._data)):
            record = self.computer.record()
            for client in self.subscribers(self._data):
                self._send_frame(client, treadmill_data.split(record, client.att_mtu))
        if self.computer.training is not self._training:
            self._training = self.computer.training
            for client in self.subscribers(self._training_status):
                self.notify(client, self._training_status, self._training_bytes())

    def _send_frame(self, client: Connection, parts: Iterable[bytes]) -> None:
        """Notify one record, in its parts."""
        for part in parts:
            self.notify(client, self._data, part)

    def say(self, said: Iterable[Said]) -> None:
        """Notify Machine Status to those it concerns."""
        for each in said:
            data = machine_status.encode(each.status)
            for client in self.subscribers(self._status):
                if each.only in (None, client) and client is not each.but:
                    self.notify(client, self._status, data)

    def left(self, connection: Connection) -> None:
        """Control is lost with the link, and so is a procedure under way."""
        self._procedures.discard(connection)
        for answer, client in self._answers.items():
            if client is connection:
                answer.cancel()
        self._catch_up()
        self.computer.left(connection)

    def stop(self) -> None:
        """Power off: answers on their way never come."""
        for answer in self._answers:
            answer.cancel()
        super().stop()

    def _on_control(self, client: Connection, data: bytes) -> None:
        if client not in self.subscribers(self._control, peripheral.INDICATE_BIT):
            raise att.ATT_Error(CCCD_IMPROPERLY_CONFIGURED)
        if client in self._procedures:
            raise att.ATT_Error(PROCEDURE_ALREADY_IN_PROGRESS)
        if not data:
            raise att.ATT_Error(att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR)
        self._catch_up()
        response, said = self._obey(client, data)
        self._procedures.add(client)
        answer = asyncio.create_task(self._answer(client, control_point.encode_response(response)))
        self._answers[answer] = client
        answer.add_done_callback(self._answers.pop)
        self.say(said)
        if self.computer.hung_up:
            self.computer.hung_up = False
            self._hanging_up = asyncio.create_task(client.disconnect())

    def _obey(self, client: Connection, data: bytes) -> tuple[control_point.Response, tuple[Said, ...]]:
        """Do what was written."""
        return self.computer.request(client, control_point.decode_request(data))

    async def _answer(self, client: Connection, response: bytes) -> None:
        """Indicate the result; with that the procedure ends (§4.16.4), so that the next write may follow at once."""
        answer_ms = self.computer.answer_ms
        if answer_ms is None:
            self._procedures.discard(client)
            return
        if answer_ms or self._answer_ms:
            await self._clock.sleep((answer_ms or self._answer_ms) / 1000)
        self._procedures.discard(client)
        await self._indicate(client, response)

    async def _indicate(self, client: Connection, response: bytes) -> None:
        """Send an answer; one that is never confirmed is the client's problem, not the machine's."""
        with suppress(TimeoutError):
            await self.device.gatt_server.indicate_subscriber(client, self._control, response)
