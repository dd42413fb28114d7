"""bleak's scanner over the virtual adapter. Advertisement and scan response of a device are merged, as BlueZ does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.uuids import normalize_uuid_str
from bumble import hci
from bumble.core import UUID, AdvertisingData

if TYPE_CHECKING:
    from device_adapters.sim.radio import VirtualRadio

SIGHTINGS_MAX = 2000
"""Devices remembered; beyond it all are forgotten and learned again from their next advertisement."""

_SERVICE_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_SERVICE_DATA = (AdvertisingData.SERVICE_DATA_16_BIT_UUID, AdvertisingData.SERVICE_DATA_128_BIT_UUID)


def uuid_text(uuid: UUID) -> str:
    """A UUID as bleak writes it: 128 bits, lower case."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


_NOTHING = AdvertisementData(None, {}, {}, [], None, 0, ())


@dataclass(slots=True)
class Advertiser:
    """What is known of one advertiser."""

    bumble_address: hci.Address
    address: str
    advertised: bytes = b""
    responded: bytes = b""
    name: str | None = None
    data: AdvertisementData = _NOTHING

    def update(self, report: hci.HCI_LE_Advertising_Report_Event.Report) -> None:
        """Take a report in; parse only what is new."""
        raw = bytes(report.data)
        response = report.event_type == hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP
        if raw != (self.responded if response else self.advertised):
            if response:
                self.responded = raw
            else:
                self.advertised = raw
            self.data = _parsed(self.advertised + self.responded)
            self.name = self.data.local_name or self.name
        if report.rssi != self.data.rssi:
            self.data = self.data._replace(rssi=report.rssi)


def _parsed(raw: bytes) -> AdvertisementData:
    fields = AdvertisingData.from_bytes(raw)
    services = (uuid_text(u) for kind in _SERVICE_LISTS for found in fields.get_all(kind) for u in found)
    return AdvertisementData(
        local_name=fields.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        or fields.get(AdvertisingData.SHORTENED_LOCAL_NAME),
        manufacturer_data={
            int(company): bytes(value)
            for company, value in fields.get_all(AdvertisingData.MANUFACTURER_SPECIFIC_DATA)
        },
        service_data={uuid_text(u): bytes(v) for kind in _SERVICE_DATA for u, v in fields.get_all(kind)},
        service_uuids=list(dict.fromkeys(services)),
        tx_power=fields.get(AdvertisingData.TX_POWER_LEVEL),
        rssi=0,
        platform_data=(),
    )


class Sightings:
    """All advertisers heard by one adapter, by address."""

    def __init__(self) -> None:
        self._by_address: dict[str, Advertiser] = {}

    def add(self, report: hci.HCI_LE_Advertising_Report_Event.Report) -> Advertiser:
        """The advertiser of this report, brought up to date."""
        address = report.address.to_string(False).upper()
        sighting = self._by_address.get(address)
        if sighting is None:
            if len(self._by_address) >= SIGHTINGS_MAX:
                self._by_address.clear()
            sighting = self._by_address[address] = Advertiser(report.address, address)
        sighting.update(report)
        return sighting

    def get(self, address: str) -> Advertiser | None:
        """What is known of the device with this address."""
        return self._by_address.get(address.upper())


class VirtualScanner(BaseBleakScanner):
    """`BleakScanner(backend=radio.scanner_backend)`."""

    radio: "VirtualRadio"

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",
        **_kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode != "passive"

    async def start(self) -> None:
        """Raises BleakBluetoothNotAvailableError when the adapter is off or gone."""
        self.seen_devices = {}
        await self.radio.scan(self, active=self._active)

    async def stop(self) -> None:
        """Stop listening; harmless when the adapter is gone."""
        await self.radio.end_scan(self)

    def on_sighting(self, sighting: Advertiser) -> None:
        """An advertiser was heard."""
        if self.is_allowed_uuid(sighting.data.service_uuids):
            device = self.create_or_update_device(
                sighting.address, sighting.address, sighting.name, sighting.bumble_address, sighting.data
            )
            self.call_detection_callbacks(device, sighting.data)
