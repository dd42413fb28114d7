"""A captured device on the virtual radio: its services and values, and its notifications at their times."""

from bumble import gatt
from bumble.core import UUID

from device_adapters.capture import Capture, CapturedCharacteristic
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.profiles.loader import all_profiles
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink

BASE = "-0000-1000-8000-00805f9b34fb"
MAIN = (uuids.TREADMILL_DATA, uuids.HEART_RATE_MEASUREMENT)
PROPERTIES = {
    "read": peripheral.READ,
    "write": peripheral.WRITE,
    "notify": peripheral.NOTIFY,
    "indicate": peripheral.INDICATE,
}
WAIT_S = 0.02


class CapturedDevice(peripheral.Peripheral):
    """It advertises the name that its profile is known by, if any, since the capture has none; writes are refused."""

    def __init__(self, link: SimLink, address: str, capture: Capture, clock: Clock) -> None:
        header = capture.header
        strap = header.kind == "strap"
        advertised = uuids.Service.HEART_RATE if strap else uuids.Service.FITNESS_MACHINE
        names = [p.match.name[0] for p in all_profiles() if p.model == header.profile and p.match.name]
        super().__init__(link, address, names[0] if names else "", advertised, connections_max=1)
        self._clock = clock
        self._frames = capture.frames
        self._characteristics: dict[str, gatt.Characteristic] = {}
        for service in header.services:
            held = [self._characteristic(each) for each in service.characteristics]
            self.serve(gatt.Service(_uuid(service.uuid), held))

    def _characteristic(self, known: CapturedCharacteristic) -> gatt.Characteristic:
        value = None if known.value is None else bytes.fromhex(known.value)
        properties = peripheral.READ & ~peripheral.READ
        for name in known.properties:
            properties |= PROPERTIES.get(name, properties)
        made = peripheral.characteristic(
            _uuid(known.uuid), properties, None if value is None else lambda: value
        )
        self._characteristics[known.uuid] = made
        return made

    async def wait_read(self) -> None:
        """Return when somebody has subscribed to its measurements."""
        main = [self._characteristics[uuid] for uuid in MAIN if uuid in self._characteristics]
        while not any(any(self.subscribers(each)) for each in main):
            await self._clock.sleep(WAIT_S)

    async def play(self, speed: float) -> None:
        """Say everything in time, `speed` times as fast; then return."""
        began_ms = self._clock.now_ms()
        for frame in self._frames:
            wait_ms = began_ms + frame.t_ms / speed - self._clock.now_ms()
            if wait_ms > 0:
                await self._clock.sleep(wait_ms / 1000)
            self._say(frame.uuid, bytes.fromhex(frame.hex))

    def _say(self, uuid: str, data: bytes) -> None:
        of = self._characteristics.get(uuid)
        if of is not None:
            for client in list(self.subscribers(of, peripheral.NOTIFY_BIT)):
                self.notify(client, of, data)


def _uuid(text: str) -> UUID:
    """16 bits where the number is the Bluetooth SIG's, as real devices have it."""
    return UUID(text[4:8].upper()) if text.startswith("0000") and text.endswith(BASE) else UUID(text)
