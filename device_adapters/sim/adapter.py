"""The virtual gym's Bluetooth adapters over loopback TCP, so that a unit is a process of its own and can be killed.

The gym's side gives each connection a controller of its own (HCI packets in UART framing, Core Vol 4 Part A). When
the connection drops, the unit is taken for dead: its radio falls silent and, after the supervision timeout, every
machine it was connected to notices. The unit's side is `open_virtual_radio`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from bumble.core import InvalidPacketError
from bumble.host import Host
from bumble.transport.common import PacketParser
from bumble.transport.tcp_client import open_tcp_client_transport

from device_adapters.ble.radio import Backends
from device_adapters.errors import LinkError
from device_adapters.sim.air import SimLink
from device_adapters.sim.controller import SimController
from device_adapters.sim.radio import VirtualRadio

ADAPTERS_MAX = 64
"""Units at once; more are turned away."""

UNREAD_MAX_BYTES = 1_000_000
"""A unit that leaves this much unread has hung; its adapter is reset, as a real controller's buffers are finite."""

OPEN_S = 5.0

log = structlog.get_logger()


class AdapterServer:
    """Accepts units for as long as it is open."""

    def __init__(self, link: SimLink) -> None:
        self._link = link
        self._server: asyncio.Server | None = None
        self._ports: set[_Port] = set()
        self._served = 0

    async def open(self, host: str, port: int) -> int:
        """Listen and return the port (port 0: any free one). Raises OSError if it is taken."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Port(self), host, port)
        return cast("int", self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Drop all units and listen no more."""
        if self._server:
            self._server.close()
            for port in list(self._ports):
                port.abort()
            await self._server.wait_closed()

    def plug(self, port: "_Port") -> SimController | None:
        """A controller for a new connection, or None when there are too many."""
        if len(self._ports) >= ADAPTERS_MAX:
            return None
        self._ports.add(port)
        self._served += 1
        return SimController(f"adapter {self._served}", self._link)

    def unplug(self, port: "_Port") -> None:
        """A connection has ended."""
        self._ports.discard(port)


class _Port(asyncio.Protocol):
    """One unit's HCI connection."""

    def __init__(self, server: AdapterServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._controller: SimController | None = None
        self._parser = PacketParser()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._controller = self._server.plug(self)
        if self._controller is None:
            log.warning("too many units want an adapter; this one gets none", most=ADAPTERS_MAX)
            self._transport.abort()
            return
        self._controller.host = self
        self._parser.set_packet_sink(self._controller)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except InvalidPacketError as e:
            log.warning("a unit does not speak HCI: dropped", why=str(e))
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._controller:
            self._controller.unplug()
            self._server.unplug(self)

    def on_packet(self, packet: bytes) -> None:
        """A packet for the unit (bumble's sink protocol)."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > UNREAD_MAX_BYTES:
            log.warning("a unit has hung: its adapter is reset", unread_bytes=UNREAD_MAX_BYTES)
            self.abort()
            return
        self._transport.write(packet)

    def abort(self) -> None:
        """Drop the connection now."""
        if self._transport:
            self._transport.abort()


async def open_virtual_radio(address: str, slots: int | None = None) -> VirtualRadio:
    """An adapter of the virtual gym at `host:port`, powered on. Raises LinkError when there is none."""
    try:
        async with asyncio.timeout(OPEN_S):
            transport = await open_tcp_client_transport(address)
            radio = VirtualRadio(Host(transport.source, transport.sink), slots, transport.close)
            transport.source.terminated.add_done_callback(lambda _: radio.vanish())
            try:
                await radio.power_on()
            except BaseException:
                await radio.close()
                raise
    except (OSError, ValueError, TimeoutError) as e:
        raise LinkError(f"no virtual gym at {address} ({e}); start one with `backstride run gym`") from e
    return radio


class VirtualAdapter:
    """An adapter behind a unit's radio that `plug_in` makes: by `open_virtual_radio`, or on air in this process."""

    def __init__(self, name: str, slots: int, plug_in: Callable[[], Awaitable[VirtualRadio]]) -> None:
        self.name = name
        self.slots = slots
        self._plug_in = plug_in
        self._radio: VirtualRadio | None = None

    @property
    def backends(self) -> Backends:
        """Those of the present connection to the gym. LinkError before `renew`."""
        if self._radio is None:
            raise LinkError(f"{self.name} is not plugged in yet")
        return Backends(self._radio.client_backend, self._radio.scanner_backend)

    async def renew(self) -> None:
        """Plug in (again)."""
        await self.close()
        self._radio = await self._plug_in()

    async def power_cycle(self) -> None:
        """A controller that is plugged in anew is reset."""
        await self.renew()

    async def lost(self) -> None:
        """Return when the gym is gone."""
        if self._radio is not None:
            await self._radio.wait_gone()

    async def close(self) -> None:
        """Unplug the virtual adapter."""
        if self._radio is not None:
            radio, self._radio = self._radio, None
            await radio.close()
