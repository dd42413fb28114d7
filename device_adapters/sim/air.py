"""The air between virtual controllers: who hears whom, how loudly, how late, and what happens when one goes silent.

Bumble's LocalLink finds a peer by searching all controllers, hands every advertisement to every controller, has no
loss and no supervision timeout, and names a sender by its random address even when it connected with its public
one. This link keeps an index, a set of listeners and a supervision timeout, so that a hundred machines cost what
they send and a machine that vanishes is noticed by both ends (Core v5.4 Vol 6 Part B §4.5.2).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bumble import hci, ll
from bumble.link import LocalLink

if TYPE_CHECKING:
    from bumble.controller import Connection

    from device_adapters.sim.controller import SimController

SUPERVISION_TIMEOUT_S = 0.72
"""After this much silence both ends give a connection up. BlueZ's default, 0.42 s, loses healthy links."""

HASTE_S = 0.01


class SimLink(LocalLink):  # type: ignore[misc]  # bumble is untyped here
    """One room of air. `latency_s` delays each packet on a connection, in order; advertisements are not delayed."""

    def __init__(self, latency_s: float = 0.0, supervision_timeout_s: float = SUPERVISION_TIMEOUT_S) -> None:
        super().__init__()
        self.latency_s = latency_s
        self.supervision_timeout_s = supervision_timeout_s
        self._listeners: set[SimController] = set()
        self._silent: dict[SimController, asyncio.TimerHandle] = {}
        self._by_address: dict[hci.Address, SimController] = {}
        self._in_flight: deque[tuple[float, Callable[..., None], tuple[Any, ...]]] = deque()

    def add_controller(self, controller: "SimController") -> None:
        """Called by each controller that is made with this link."""
        super().add_controller(controller)
        self.on_address_changed(controller)

    def remove_controller(self, controller: "SimController") -> None:
        """Take a controller out of the room, once; its connections must be gone already."""
        self.controllers.discard(controller)
        self._listeners.discard(controller)
        self._silent.pop(controller, None)
        self._by_address = {a: c for a, c in self._by_address.items() if c is not controller}

    def on_address_changed(self, controller: "SimController") -> None:
        """Called by a controller whose random address is new."""
        self._by_address = {a: c for a, c in self._by_address.items() if c is not controller}
        for address in (controller.random_address, controller.public_address):
            if any(bytes(address)):
                self._by_address[address] = controller

    def find_le_controller(self, address: hci.Address) -> "SimController | None":
        """The controller that owns this address."""
        return self._by_address.get(address)

    def listens(self, controller: "SimController", listening: bool) -> None:
        """A controller starts or ends to care for advertisements."""
        if listening:
            self._listeners.add(controller)
        else:
            self._listeners.discard(controller)

    def send_advertising_pdu(self, sender: "SimController", pdu: ll.AdvertisingPdu) -> None:
        """Advertisements to whoever listens; a connect indication to the one it names."""
        if sender in self._silent:
            return
        loop = asyncio.get_running_loop()
        if isinstance(pdu, ll.ConnectInd):
            loop.call_soon(self._connect, sender, pdu)
            return
        for listener in self._listeners:
            if listener is not sender and listener not in self._silent:
                loop.call_soon(listener.hear, sender, pdu)

    def hasten(self, address: hci.Address) -> None:
        """Someone wants to connect to `address`: its next advertisement comes now, not an interval later."""
        if advertiser := self.find_le_controller(address):
            asyncio.get_running_loop().call_later(
                HASTE_S, advertiser.le_legacy_advertiser.send_advertising_data
            )

    def _connect(self, initiator: "SimController", pdu: ll.ConnectInd) -> None:
        advertiser = self.find_le_controller(pdu.advertiser_address)
        if advertiser and advertiser not in self._silent:
            advertiser.on_ll_advertising_pdu(pdu)
            if pdu.initiator_address in advertiser.le_connections:
                return
        # Another central was quicker, or it went silent: the initiator thinks it is connected and hears nothing.
        if half := initiator.le_connections.get(pdu.advertiser_address):
            initiator.on_le_disconnected(half, hci.HCI_CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR)

    def send_acl_data(
        self, sender: "SimController", destination: hci.Address, transport: object, data: bytes
    ) -> None:
        """Data on a connection; lost without a trace when either end is silent."""
        peer = self.find_le_controller(destination)
        if peer is None or sender in self._silent or peer in self._silent:
            return
        connection = sender.le_connections.get(destination)
        source = connection.self_address if connection else sender.random_address
        self._deliver(peer.on_link_acl_data, source, transport, data)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Link-layer control on a connection, as `send_acl_data`."""
        peer = self.find_le_controller(receiver_address)
        if peer is None:
            return
        if peer in self._silent or self.find_le_controller(sender_address) in self._silent:
            half = peer.le_connections.get(sender_address)
            if half and isinstance(
                packet, ll.TerminateInd
            ):  # the other end was not told: it notices by itself
                asyncio.get_running_loop().call_later(self.supervision_timeout_s, _time_out, peer, half)
            return
        self._deliver(peer.on_ll_control_pdu, sender_address, packet)

    def _deliver(self, call: Callable[..., None], *args: Any) -> None:
        loop = asyncio.get_running_loop()
        if not self.latency_s:
            loop.call_soon(call, *args)
            return
        # One timer and a line, not a timer each: timers that fall due together do not keep their order.
        self._in_flight.append((loop.time() + self.latency_s, call, args))
        if len(self._in_flight) == 1:
            loop.call_at(self._in_flight[0][0], self._arrive)

    def _arrive(self) -> None:
        loop = asyncio.get_running_loop()
        while self._in_flight and self._in_flight[0][0] <= loop.time():
            _, call, args = self._in_flight.popleft()
            loop.call_soon(call, *args)
        if self._in_flight:
            loop.call_at(self._in_flight[0][0], self._arrive)

    def is_lost(self, controller: "SimController") -> bool:
        """Does nobody hear this device?"""
        return controller in self._silent

    def lose(self, controller: "SimController") -> None:
        """The device goes silent: out of range, power cut, battery empty. Both ends notice after the timeout."""
        if controller not in self._silent:
            self._silent[controller] = asyncio.get_running_loop().call_later(
                self.supervision_timeout_s, self._drop_connections, controller
            )

    def find_again(self, controller: "SimController") -> None:
        """The device can be heard again; connections survive if the timeout has not passed."""
        if timer := self._silent.pop(controller, None):
            timer.cancel()

    def vanish(self, controller: "SimController") -> None:
        """`lose`, and once both ends have noticed the controller is no more."""
        self.lose(controller)
        asyncio.get_running_loop().call_later(
            self.supervision_timeout_s + 0.01, self.remove_controller, controller
        )

    def _drop_connections(self, controller: "SimController") -> None:
        for connection in list(controller.le_connections.values()):
            _time_out(controller, connection)
            peer = self.find_le_controller(connection.peer_address)
            if peer and (half := peer.le_connections.get(connection.self_address)):
                _time_out(peer, half)


def _time_out(controller: "SimController", connection: "Connection") -> None:
    """Unless it ended otherwise and another may have taken its place."""
    if controller.le_connections.get(connection.peer_address) is connection:
        controller.on_le_disconnected(connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)
