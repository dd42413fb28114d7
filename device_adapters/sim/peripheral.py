"""What all virtual peripherals share: a bumble device that advertises, serves GATT and notifies its subscribers."""

from collections.abc import Callable, Iterator

from bumble import att, gatt
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, LegacyAdvertiser

from device_adapters.codecs import device_information
from device_adapters.codecs.uuids import Characteristic, Service
from device_adapters.sim.air import SimLink
from device_adapters.sim.controller import SimController, sim_device

READ = gatt.Characteristic.Properties.READ
WRITE = gatt.Characteristic.Properties.WRITE
NOTIFY = gatt.Characteristic.Properties.NOTIFY
INDICATE = gatt.Characteristic.Properties.INDICATE

MANUFACTURER = "Backstride (virtual)"
NOTIFICATION = 0x1B
NOTIFY_BIT, INDICATE_BIT = 1, 2


def characteristic(
    number: Characteristic | UUID,
    properties: gatt.Characteristic.Properties,
    read: Callable[[], bytes] | None = None,
    write: Callable[[Connection, bytes], None] | None = None,
) -> gatt.Characteristic:
    """A characteristic that refuses what it does not declare, which bumble leaves to its values to do."""

    def on_read(_client: Connection) -> bytes:
        if read is None:
            raise att.ATT_Error(att.ATT_READ_NOT_PERMITTED_ERROR)
        return read()

    def on_write(client: Connection, data: bytes) -> None:
        if write is None:
            raise att.ATT_Error(att.ATT_WRITE_NOT_PERMITTED_ERROR)
        write(client, data)

    return gatt.Characteristic(
        number if isinstance(number, UUID) else UUID.from_16_bits(number),
        properties,
        gatt.Characteristic.READABLE | gatt.Characteristic.WRITEABLE,
        gatt.CharacteristicValue(read=on_read, write=on_write),
    )


def constant(number: Characteristic, value: bytes) -> gatt.Characteristic:
    """A characteristic that can be read and never changes."""
    return characteristic(number, READ, lambda: value)


def service(number: Service, *characteristics: gatt.Characteristic) -> gatt.Service:
    """A primary service."""
    return gatt.Service(f"{number:04X}", list(characteristics))


def service_of(uuid: UUID, *characteristics: gatt.Characteristic) -> gatt.Service:
    """A primary service of any number."""
    return gatt.Service(uuid, list(characteristics))


def device_information_service(model: str, serial: str) -> gatt.Service:
    """Device Information 0x180A."""
    texts: dict[Characteristic, str] = {
        Characteristic.MANUFACTURER_NAME: MANUFACTURER,
        Characteristic.MODEL_NUMBER: model,
        Characteristic.SERIAL_NUMBER: serial,
        Characteristic.FIRMWARE_REVISION: "1",
    }
    return service(
        Service.DEVICE_INFORMATION,
        *(constant(number, device_information.encode(text)) for number, text in texts.items()),
    )


class Peripheral:
    """One virtual device. `connections_max` centrals may be connected; it advertises while there is room."""

    def __init__(
        self, link: SimLink, address: str, name: str, advertised: Service, connections_max: int
    ) -> None:
        self.address = address
        self.link = link
        self.device: Device = sim_device(link, name or "virtual", address)
        self.controller: SimController = self.device.host.controller
        self.connections: list[Connection] = []
        self._connections_max = connections_max
        self._advertisement = _flags() + _services(advertised)
        self._scan_response = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, name.encode())]))
        self._named = bool(name)
        self._powered = False
        self._advertiser: LegacyAdvertiser | None = None
        self.device.on(self.device.EVENT_CONNECTION, self._on_connection)

    def serve(self, *services: gatt.Service, service_data: bytes = b"") -> None:
        """Add services, and service data (a whole AD structure) to the advertisement."""
        self.device.add_services(services)
        self._advertisement += service_data

    async def start(self) -> None:
        """Power on and advertise. The name is in the scan response, where many machines have it."""
        await self.device.power_on()
        await self.device.start_advertising(
            advertising_data=self._advertisement,
            scan_response_data=self._scan_response if self._named else b"",
        )
        self._advertiser = self.device.legacy_advertiser
        self._powered = True

    def stop(self) -> None:
        """Power off: its links end, and it is not heard."""
        self._powered = False
        self.controller.unplug()

    def vanish(self) -> None:
        """Go silent: out of range, or no power."""
        self.link.lose(self.controller)

    def reappear(self) -> None:
        """Advertise again where it had vanished."""
        self.link.find_again(self.controller)

    def left(self, connection: Connection) -> None:
        """A central is gone; for subclasses."""

    def _on_connection(self, connection: Connection) -> None:
        self.device.legacy_advertiser = self._advertiser  # bumble drops it with the first connection
        self.connections.append(connection)
        self._advertise()

        def gone(_reason: int) -> None:
            self.connections.remove(connection)
            self._advertise()
            self.left(connection)

        connection.on(connection.EVENT_DISCONNECTION, gone)

    def _advertise(self) -> None:
        """Straight at the controller: through the host it takes a task that may outlive the gym."""
        if self._powered and len(self.connections) < self._connections_max:
            self.controller.le_legacy_advertiser.start()

    def subscribers(self, of: gatt.Characteristic, bit: int = NOTIFY_BIT) -> Iterator[Connection]:
        """Centrals whose client characteristic configuration has `bit` set."""
        for client, configured in self.device.gatt_server.subscribers.items():
            if configured.get(of.handle, b"\0")[0] & bit:
                yield client

    def notify(self, client: Connection, of: gatt.Characteristic, value: bytes) -> None:
        """Send at once, cut to the MTU as a server must (bumble's own way makes a task for each notification)."""
        head = bytes([NOTIFICATION]) + int(of.handle).to_bytes(2, "little")
        self.device.gatt_server.send_gatt_pdu(client, head + value[: client.att_mtu - 3])


def _flags() -> bytes:
    return bytes(AdvertisingData([(AdvertisingData.FLAGS, b"\x06")]))


def _services(number: Service) -> bytes:
    uuid = int(number).to_bytes(2, "little")
    return bytes(AdvertisingData([(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, uuid)]))
