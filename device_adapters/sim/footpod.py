"""A virtual foot pod (Running Speed and Cadence Service 1.0) on the shoe of a simulated person."""

from device_adapters.codecs import running_speed_cadence
from device_adapters.codecs.running_speed_cadence import RscMeasurement
from device_adapters.codecs.uuids import Characteristic, Service
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink

MODEL = "VF-1"
FEATURES = b"\x05\x00"
"""RSC Feature: stride length, walking or running status."""

CADENCE_MAX = 0xFF


class VirtualFootpod(peripheral.Peripheral):
    """One pod. It counts the landings of its own foot, as the service asks."""

    def __init__(self, link: SimLink, address: str, *, name: str = "", serial: str = "1") -> None:
        super().__init__(link, address, name, Service.RUNNING_SPEED_AND_CADENCE, connections_max=1)
        self._measurement = peripheral.characteristic(Characteristic.RSC_MEASUREMENT, peripheral.NOTIFY)
        self.serve(
            peripheral.service(
                Service.RUNNING_SPEED_AND_CADENCE,
                self._measurement,
                peripheral.constant(Characteristic.RSC_FEATURE, FEATURES),
            ),
            peripheral.device_information_service(MODEL, serial),
        )

    def tell(self, speed_ckmh: int, steps_per_min: int, *, running: bool) -> None:
        """Notify a measurement; call once a second."""
        value = RscMeasurement(
            speed_256ths=speed_ckmh * 256 // 360,
            cadence_per_min=min(steps_per_min // 2, CADENCE_MAX),
            stride_cm=speed_ckmh * 1000 // (30 * steps_per_min) if steps_per_min else 0,
            running=running,
        )
        for client in self.subscribers(self._measurement):
            self.notify(client, self._measurement, running_speed_cadence.encode(value))
