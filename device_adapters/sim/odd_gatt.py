"""Odd attributes: how a table of services is bent, and how requests to it are answered, by the oddities of a device."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from bumble import att, gatt
from bumble.core import UUID
from bumble.device import Device

from device_adapters.clock import Clock
from device_adapters.codecs.uuids import Characteristic
from device_adapters.sim import peripheral
from device_adapters.sim.oddities import SUBSCRIPTIONS, Step, Way

LATE_S = 1.5
SLOW_TABLE_S = 0.4
EARLY_S = 1.0
INSUFFICIENT_AUTHENTICATION = 0x05

VALUES: dict[Characteristic, Step] = {
    Characteristic.MODEL_NUMBER: Step.INFO,
    Characteristic.FITNESS_MACHINE_FEATURE: Step.FEATURE,
    Characteristic.SPEED_RANGE: Step.SPEED_RANGE,
    Characteristic.INCLINATION_RANGE: Step.INCLINE_RANGE,
    Characteristic.TREADMILL_DATA: Step.DATA,
    Characteristic.FITNESS_MACHINE_STATUS: Step.STATUS_ON,
    Characteristic.FITNESS_MACHINE_CONTROL_POINT: Step.CONTROL_ON,
    Characteristic.HEART_RATE_MEASUREMENT: Step.HEART,
    Characteristic.BATTERY_LEVEL: Step.BATTERY,
}
FALSE_VALUES: dict[Step, bytes] = {
    Step.INFO: b"ASSAULT T9",
    Step.FEATURE: b"\xff" * 8,
    Step.SPEED_RANGE: bytes(6),
    Step.INCLINE_RANGE: bytes.fromhex("0000ff7f0100"),
    Step.BATTERY: b"\xff",
}
CONFIGURATION = UUID.from_16_bits(0x2902)
DESCRIPTION = UUID.from_16_bits(0x2901)
WITHOUT_RESPONSE = gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE

Ways = dict[Step, Way]


def uuid_of(characteristic: gatt.Characteristic) -> UUID:
    """The number of a characteristic."""
    return characteristic.uuid


def step_of(characteristic: gatt.Characteristic) -> Step | None:
    """The step that this characteristic is for."""
    return next(
        (step for number, step in VALUES.items() if UUID.from_16_bits(number) == uuid_of(characteristic)),
        None,
    )


def bent(services: Iterable[gatt.Service], ways: Ways) -> list[gatt.Service]:
    """The services as this device has them: parts missing, doubled, cut short, false or in another order."""
    table = [peripheral.service_of(s.uuid, *_bent(s.characteristics, ways)) for s in services]
    match ways.get(Step.DISCOVER):
        case Way.DOUBLE:
            table.append(peripheral.device_information_service("VT-1", "1"))
        case Way.SHORT:
            control = UUID.from_16_bits(Characteristic.FITNESS_MACHINE_CONTROL_POINT)
            table = [
                peripheral.service_of(s.uuid, *(c for c in s.characteristics if uuid_of(c) != control))
                for s in table
            ]
        case Way.OUT_OF_ORDER:
            table = [peripheral.service_of(s.uuid, *reversed(s.characteristics)) for s in reversed(table)]
        case Way.FALSE:
            for service in table:
                for each in service.characteristics:
                    if step_of(each) is Step.CONTROL_ON:
                        each.properties = WITHOUT_RESPONSE | peripheral.INDICATE
        case _:
            pass
    return table


def _bent(characteristics: Iterable[gatt.Characteristic], ways: Ways) -> list[gatt.Characteristic]:
    out: list[gatt.Characteristic] = []
    for each in characteristics:
        step = step_of(each)
        way = ways.get(step) if step is not None else None
        subscribed = step in SUBSCRIPTIONS
        if way is Way.ABSENT and not subscribed:
            continue
        if way is Way.SHORT or (way is Way.FALSE and not subscribed and step is not None):
            value = b"\x01" if way is Way.SHORT else FALSE_VALUES[step]  # type: ignore[index]
            out.append(peripheral.characteristic(uuid_of(each), peripheral.READ, lambda value=value: value))  # type: ignore[misc]
            continue
        out.append(each)
        if way is Way.DOUBLE:
            out.append(peripheral.characteristic(uuid_of(each), each.properties))
    return out


class OddServer:
    """Stands before a device's GATT server and answers some requests in the device's own way."""

    def __init__(self, device: Device, ways: Ways, clock: Clock) -> None:
        self._server = device.gatt_server
        self._ways = ways
        self._clock = clock
        self._answers = self._server.on_gatt_pdu
        self._steps: dict[int, Step] = {}
        self._discovered = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server.on_gatt_pdu = self._asked

    def learn(self) -> None:
        """The table is served: which handle is which step, and configurations that are not there."""
        step: Step | None = None
        for attribute in self._server.attributes:
            if isinstance(attribute, gatt.Characteristic):
                step = step_of(attribute)
                if step is not None and step not in SUBSCRIPTIONS:
                    self._steps[attribute.handle] = step
            elif attribute.type == CONFIGURATION and step is not None:
                self._steps[attribute.handle] = step
                if self._ways.get(step) is Way.ABSENT:
                    attribute.type = DESCRIPTION

    def _asked(self, bearer: Any, pdu: Any) -> None:
        if self._ways.get(Step.CONNECT) is Way.SILENT:
            return
        if isinstance(pdu, DISCOVERIES) and Step.DISCOVER in self._ways:
            self._discovery(bearer, pdu)
            return
        handle = getattr(pdu, "attribute_handle", None)
        step = self._steps.get(handle) if isinstance(handle, int) else None
        way = self._ways.get(step) if step is not None else None
        match way:
            case Way.SILENT:
                return
            case Way.REFUSED:
                self._refuse(bearer, pdu, INSUFFICIENT_AUTHENTICATION)
            case Way.LATE:
                self._later(LATE_S, lambda: self._answers(bearer, pdu))
            case Way.OUT_OF_ORDER:
                self._early(bearer, pdu)
            case _:
                self._answers(bearer, pdu)

    def _discovery(self, bearer: Any, pdu: Any) -> None:
        self._discovered += 1
        match self._ways[Step.DISCOVER]:
            case Way.LATE:
                self._later(SLOW_TABLE_S, lambda: self._answers(bearer, pdu))
            case Way.REFUSED if self._discovered == 1:
                self._refuse(bearer, pdu, att.ATT_UNLIKELY_ERROR_ERROR)
            case Way.SILENT if self._discovered == 1:
                return
            case _:
                self._answers(bearer, pdu)

    def _refuse(self, bearer: Any, pdu: Any, code: int) -> None:
        handle = getattr(pdu, "attribute_handle", 0)
        self._server.send_response(
            bearer,
            att.ATT_Error_Response(
                request_opcode_in_error=pdu.op_code, attribute_handle_in_error=handle, error_code=code
            ),
        )

    def _early(self, bearer: Any, pdu: Any) -> None:
        """The subscription holds at once, and is answered later: notifications come in between."""
        attribute = self._server.get_attribute(pdu.attribute_handle)

        async def take() -> None:
            await attribute.write_value(bearer, pdu.attribute_value)
            await self._clock.sleep(EARLY_S)
            self._server.send_response(bearer, att.ATT_Write_Response())

        self._run(take())

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        async def wait() -> None:
            await self._clock.sleep(seconds)
            do()

        self._run(wait())

    def _run(self, job: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Power off: nothing is answered any more."""
        for task in self._tasks:
            task.cancel()


DISCOVERIES = (
    att.ATT_Read_By_Group_Type_Request,
    att.ATT_Read_By_Type_Request,
    att.ATT_Find_Information_Request,
)
