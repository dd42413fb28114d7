"""A virtual treadmill in memory: belt and computer of the virtual gym behind the Fitness Machine service, for one unit
in the same process."""

import asyncio
from typing import Any

from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import control_point, machine_status, ranges, treadmill_data
from device_adapters.codecs.ftms.features import Feature, FitnessMachineFeatures, Target, encode
from device_adapters.sim.belt import Belt, BeltSpec
from device_adapters.sim.computer import Computer, Said
from device_adapters.sim.memory import Device, Value

STEP_MS = 100
FEATURES = FitnessMachineFeatures(Feature.INCLINATION, Target.SPEED | Target.INCLINATION)


class MemoryTreadmill:
    """`device` goes into a `MemoryAdapter`; `run` lets its time pass. `tells`: does it send Treadmill Data?"""

    def __init__(self, address: str, spec: BeltSpec, model: str = "VT-1") -> None:
        self.computer = Computer(Belt(spec))
        self.firmware = "1.4"
        self.tells = True
        self.range = ranges.SpeedRange(spec.speed_min_ckmh, spec.speed_max_ckmh, spec.speed_step_ckmh)
        self.deck = ranges.InclineRange(spec.incline_min_dpct, spec.incline_max_dpct, spec.incline_step_dpct)
        self.device = Device(
            address,
            {
                uuids.DEVICE_INFORMATION_SERVICE: [
                    Value(uuids.MANUFACTURER_NAME, ("read",), lambda: b"Backstride"),
                    Value(uuids.MODEL_NUMBER, ("read",), lambda: model.encode()),
                    Value(uuids.FIRMWARE_REVISION, ("read",), lambda: self.firmware.encode()),
                    Value(uuids.SOFTWARE_REVISION, ("read",), lambda: b"B7"),
                ],
                uuids.FITNESS_MACHINE_SERVICE: [
                    Value(uuids.FITNESS_MACHINE_FEATURE, ("read",), lambda: encode(FEATURES)),
                    Value(uuids.SPEED_RANGE, ("read",), lambda: ranges.encode_speed(self.range)),
                    Value(uuids.INCLINATION_RANGE, ("read",), lambda: ranges.encode_incline(self.deck)),
                    Value(uuids.TREADMILL_DATA, ("notify",)),
                    Value(uuids.FITNESS_MACHINE_STATUS, ("notify",)),
                    Value(uuids.FITNESS_MACHINE_CONTROL_POINT, ("write", "indicate"), write=self.written),
                ],
            },
            linked=self._linked,
        )

    @property
    def belt(self) -> Belt:
        """The true belt."""
        return self.computer.belt

    def _linked(self, up: bool) -> None:
        if not up:
            self.computer.left(self)

    def written(self, data: bytes) -> None:
        """A client wrote to the control point."""
        response, said = self.computer.request(self, control_point.decode_request(data))
        self.answer(control_point.encode_response(response))
        self.say(said)

    def answer(self, response: bytes) -> None:
        """Indicate what came of it."""
        self.device.notify(uuids.FITNESS_MACHINE_CONTROL_POINT, response)

    def say(self, said: tuple[Said, ...]) -> None:
        """Machine Status to the one client, if it is for it."""
        for each in said:
            if each.but is not self and each.only in (None, self):
                self.device.notify(uuids.FITNESS_MACHINE_STATUS, machine_status.encode(each.status))

    def tell(self) -> None:
        """Send one Treadmill Data record of now."""
        self.frame(
            speed_ckmh=self.belt.speed_ckmh, incline_dpct=self.belt.incline_dpct,
            distance_m=self.belt.distance_m, elapsed_s=self.belt.elapsed_s,
        )  # fmt: skip

    def frame(self, **numbers: Any) -> None:
        """Send a record of these fields."""
        record = treadmill_data.TreadmillData(**numbers)
        self.device.notify(uuids.TREADMILL_DATA, treadmill_data.encode(record))

    async def run(self) -> None:
        """The belt moves, and tells its speed five times a second, until cancelled."""
        while True:
            for tells in (self.tells, False):
                await asyncio.sleep(STEP_MS / 1000)
                self.computer.step(STEP_MS)
                if tells:
                    self.tell()
