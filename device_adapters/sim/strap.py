"""A virtual heart-rate strap (Heart Rate Service 1.0, Battery Service 1.1) worn by a simulated runner."""

from bumble import att
from bumble.device import Connection

from device_adapters.codecs import battery, heart_rate
from device_adapters.codecs.uuids import Characteristic, Service
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink
from device_adapters.sim.runner import Runner

MODEL = "VS-1"
CHEST = b"\x01"
RESET_ENERGY = b"\x01"
CONTROL_POINT_NOT_SUPPORTED = 0x80
ENERGY_MAX_KJ = 0xFFFF
ENERGY_EVERY = 10
"""Energy Expended is sent with every tenth measurement, as the service suggests."""

BATTERY_S_PER_PERCENT = 4 * 3600


class VirtualStrap(peripheral.Peripheral):
    """One strap. Lost contact is said with the contact bits and no heart rate; a frozen one repeats its last value."""

    def __init__(
        self,
        link: SimLink,
        address: str,
        runner: Runner,
        *,
        name: str = "",
        serial: str = "1",
        battery_pct: int = 100,
    ) -> None:
        super().__init__(link, address, name, Service.HEART_RATE, connections_max=1)
        self.runner = runner
        self.contact = True
        self._frozen_bpm: int | None = None
        self._energy_from_kj = 0.0
        self._told = 0
        self._battery_s = battery_pct * BATTERY_S_PER_PERCENT
        self._battery_told = battery_pct
        self._measurement = peripheral.characteristic(
            Characteristic.HEART_RATE_MEASUREMENT, peripheral.NOTIFY
        )
        self._battery = peripheral.characteristic(
            Characteristic.BATTERY_LEVEL,
            peripheral.READ | peripheral.NOTIFY,
            lambda: battery.encode(self.battery_pct),
        )
        self.serve(
            peripheral.service(
                Service.HEART_RATE,
                self._measurement,
                peripheral.characteristic(
                    Characteristic.BODY_SENSOR_LOCATION, peripheral.READ, lambda: CHEST
                ),
                peripheral.characteristic(
                    Characteristic.HEART_RATE_CONTROL_POINT, peripheral.WRITE, write=self._on_control
                ),
            ),
            peripheral.service(Service.BATTERY, self._battery),
            peripheral.device_information_service(MODEL, serial),
        )

    @property
    def battery_pct(self) -> int:
        """Charge left in the battery, %."""
        return self._battery_s // BATTERY_S_PER_PERCENT

    def freeze(self, frozen: bool) -> None:
        """Repeat the heart rate of now for ever, without beat intervals, as some straps do off the body."""
        self._frozen_bpm = self.runner.bpm if frozen else None

    def tell(self) -> None:
        """Notify a measurement; call once a second."""
        self._battery_s = max(BATTERY_S_PER_PERCENT, self._battery_s - 1)
        beats = self.runner.take_rr_1024()
        data = heart_rate.encode(self._measured(beats))
        self._told += 1
        for client in self.subscribers(self._measurement):
            self.notify(client, self._measurement, data)
        if self.battery_pct != self._battery_told:
            self._battery_told = self.battery_pct
            for client in self.subscribers(self._battery):
                self.notify(client, self._battery, battery.encode(self.battery_pct))

    def _measured(self, beats: tuple[int, ...]) -> heart_rate.HeartRateMeasurement:
        if not self.contact:
            return heart_rate.HeartRateMeasurement(bpm=0, contact=False)
        if self._frozen_bpm is not None:
            return heart_rate.HeartRateMeasurement(bpm=self._frozen_bpm, contact=True)
        spent_kj = min(int(self.runner.energy_kj - self._energy_from_kj), ENERGY_MAX_KJ)
        energy = spent_kj if self._told % ENERGY_EVERY == 0 else None
        return heart_rate.HeartRateMeasurement(
            bpm=self.runner.bpm, contact=True, energy_kj=energy, rr_1024=beats or None
        )

    def _on_control(self, _client: Connection, data: bytes) -> None:
        if data != RESET_ENERGY:
            raise att.ATT_Error(CONTROL_POINT_NOT_SUPPORTED)
        self._energy_from_kj = self.runner.energy_kj
