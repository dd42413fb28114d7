"""A virtual Bluetooth controller: bumble's, with what version 0.0.236 leaves out or gets wrong.

Mended here: a connection attempt can be cancelled; a disconnect of a connection that is gone is refused instead of
never answered; a scan response is its own data; RSSI is the device's; advertising intervals are in 0.625 ms; packets
are as long as the data length extension allows. LL privacy and extended advertising are claimed by bumble but not
done, and a Linux kernel waits for events that never come (google/bumble#841), so they are not claimed.
"""

import asyncio

from bumble import hci, ll
from bumble.controller import Controller
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.transport.common import TransportSink

from device_adapters.sim.air import SimLink

RSSI_DBM = -60
ADVERTISING_INTERVAL_MS = 250
"""Scanning is what a virtual gym spends most on; connecting does not wait for it (SimLink.hasten)."""

SLOT_MS = 0.625


class SimController(Controller):  # type: ignore[misc]  # bumble is untyped here
    """One radio chip. `rssi_dbm` is how loudly others hear it; one that is `deaf` takes no connection."""

    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LL_PRIVACY
        | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )
    le_acl_data_packet_length = 251
    link: SimLink
    host: TransportSink | None

    def __init__(self, name: str, link: SimLink) -> None:
        self.rssi_dbm = RSSI_DBM
        self.deaf = False
        self._scanning = False
        self._connecting: hci.HCI_LE_Create_Connection_Command | None = None
        super().__init__(name, link=link)

    @property
    def le_scan_enable(self) -> bool:
        """Is it scanning? Bumble assigns this; the link must know."""
        return self._scanning

    @le_scan_enable.setter
    def le_scan_enable(self, scanning: bool) -> None:
        self._scanning = scanning
        self.link.listens(self, scanning or self._connecting is not None)

    @property
    def pending_le_connection(self) -> hci.HCI_LE_Create_Connection_Command | None:
        """The connection attempt under way (a controller makes one at a time)."""
        return self._connecting

    @pending_le_connection.setter
    def pending_le_connection(self, attempt: hci.HCI_LE_Create_Connection_Command | None) -> None:
        self._connecting = attempt
        self.link.listens(self, self._scanning or attempt is not None)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """To the host. Overridden because bumble formats every packet for a debug line that nobody reads."""
        if self.host:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))

    def hear(self, sender: "SimController", pdu: ll.AdvInd) -> None:
        """An advertisement: report it if scanning, answer it if it is whom we wait for."""
        if self._scanning:
            self.send_hci_packet(
                self._report(pdu.advertiser_address, pdu.data, sender.rssi_dbm, response=False)
            )
            response = sender.le_legacy_advertiser.scan_response_data
            if response and self.le_scan_type == hci.HCI_LE_Set_Scan_Parameters_Command.ACTIVE_SCANNING:
                self.send_hci_packet(
                    self._report(pdu.advertiser_address, response, sender.rssi_dbm, response=True)
                )
        attempt = self._connecting
        if attempt and attempt.peer_address == pdu.advertiser_address and not sender.deaf:
            self.create_le_connection(pdu.advertiser_address)

    @staticmethod
    def _report(address: hci.Address, data: bytes, rssi: int, *, response: bool) -> hci.HCI_Packet:
        report = hci.HCI_LE_Advertising_Report_Event
        kind = report.EventType.SCAN_RSP if response else report.EventType.ADV_IND
        return report([report.Report(kind, address.address_type, address, data, rssi)])

    def on_hci_le_set_advertising_parameters_command(
        self, command: hci.HCI_Command
    ) -> hci.HCI_ReturnParameters:
        """Core Vol 4 Part E §7.8.5: intervals are in slots of 0.625 ms; bumble's timer takes milliseconds."""
        answer = super().on_hci_le_set_advertising_parameters_command(command)
        self.le_legacy_advertiser.advertising_interval_min *= SLOT_MS
        return answer

    def on_hci_le_create_connection_command(self, command: hci.HCI_LE_Create_Connection_Command) -> None:
        """Core Vol 4 Part E §7.8.12."""
        super().on_hci_le_create_connection_command(command)
        self.link.hasten(command.peer_address)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_Command
    ) -> hci.HCI_ReturnParameters:
        """Core Vol 4 Part E §7.8.13: success, then a connection complete event with an unknown identifier."""
        attempt, self.pending_le_connection = self.pending_le_connection, None
        if attempt is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        cancelled = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=0,
            peer_address_type=attempt.peer_address.address_type,
            peer_address=attempt.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, cancelled)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """Core Vol 4 Part E §7.1.6: an unknown handle is refused."""
        if self.find_connection_by_handle(command.connection_handle) is None:
            self._send_hci_command_status(hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code)
        else:
            super().on_hci_disconnect_command(command)

    def unplug(self) -> None:
        """The host is gone: nothing more to it, and the air is told that this radio fell silent for good."""
        self.host = None
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.link.vanish(self)


def sim_device(link: SimLink, name: str, address: str) -> Device:
    """A Bluetooth device with a controller of its own on `link`; `device.host.controller` is that controller."""
    device = Device(
        config=DeviceConfiguration(
            name=name,
            address=hci.Address(address),
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        ),
        host=Host(),
    )
    device.host.controller = SimController(name, link)
    return device
