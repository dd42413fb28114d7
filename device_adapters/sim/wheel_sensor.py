"""A virtual CSC sensor (Cycling Speed and Cadence Service 1.0, Battery Service 1.1) on the roller of a belt."""

from device_adapters.codecs import battery, cycling_speed_cadence
from device_adapters.codecs.cycling_speed_cadence import EVENT_HZ, CscMeasurement
from device_adapters.codecs.uuids import Characteristic, Service
from device_adapters.safety.pulses import CKMH_PER_M_MS
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink
from device_adapters.units import SECOND_MS

MODEL = "VW-1"
BATTERY_PCT = 90
PER_M = 5.0
"""A roller of 64 mm turns so often in each metre of belt."""

FEATURES = b"\x01\x00"
"""CSC Feature: wheel revolutions."""


class VirtualWheelSensor(peripheral.Peripheral):
    """One sensor. `share` of the way that the machine tells is what its roller goes; a `silent` one is linked and
    tells nothing.
    """

    def __init__(self, link: SimLink, address: str, *, name: str = "", serial: str = "1") -> None:
        super().__init__(link, address, name, Service.CYCLING_SPEED_AND_CADENCE, connections_max=1)
        self.share = 1.0
        self.silent = False
        self._way_m = 0.0
        self._ms = 0.0
        self._turns = 0
        self._event_ms = 0.0
        self._measurement = peripheral.characteristic(Characteristic.CSC_MEASUREMENT, peripheral.NOTIFY)
        self.serve(
            peripheral.service(
                Service.CYCLING_SPEED_AND_CADENCE,
                self._measurement,
                peripheral.constant(Characteristic.CSC_FEATURE, FEATURES),
            ),
            peripheral.service(
                Service.BATTERY,
                peripheral.constant(Characteristic.BATTERY_LEVEL, battery.encode(BATTERY_PCT)),
            ),
            peripheral.device_information_service(MODEL, serial),
        )

    def roll(self, dt_ms: int, speed_ckmh: int) -> None:
        """Let the belt run so long at this speed."""
        self._ms += dt_ms
        m_per_ms = speed_ckmh * self.share / CKMH_PER_M_MS
        self._way_m += m_per_ms * dt_ms
        turns = int(self._way_m * PER_M)
        if turns > self._turns:
            self._turns = turns
            self._event_ms = self._ms - (self._way_m - turns / PER_M) / m_per_ms

    def tell(self) -> None:
        """Notify a measurement; call once a second."""
        if self.silent:
            return
        event = round(self._event_ms * EVENT_HZ / SECOND_MS)
        value = CscMeasurement(wheel_revolutions=self._turns, last_wheel_event_1024ths=event % 2**16)
        for client in self.subscribers(self._measurement):
            self.notify(client, self._measurement, cycling_speed_cadence.encode(value))
