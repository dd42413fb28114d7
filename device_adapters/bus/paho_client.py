"""How a paho client is made and connected: credentials, TLS, TCP. The connecting half blocks: run it in a thread."""

import socket
import ssl
from typing import cast

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_adapters.bus.endpoint import (
    CONNECT_MAX_S,
    KEEPALIVE_S,
    PACKET_MAX_BYTES,
    RECEIVE_MAX,
    Endpoint,
    password_of,
    tls_context_of,
)


def new_client(endpoint: Endpoint) -> paho.Client:
    """A client that acknowledges nothing and reconnects never by itself."""
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=endpoint.client_id,
        protocol=paho.MQTTv5,
        manual_ack=True,
        reconnect_on_failure=False,
    )
    client.connect_timeout = CONNECT_MAX_S
    client.max_inflight_messages = (
        0  # our own window replaces paho's, which scans all messages at each PUBACK
    )
    if endpoint.will is not None:
        client.will_set(endpoint.will.topic, endpoint.will.payload, qos=1, retain=endpoint.will.retain)
    client.on_socket_open = lambda _client, _data, sock: _no_delay(cast("socket.socket", sock))
    return client


def connect_blocking(client: paho.Client, endpoint: Endpoint) -> None:
    """Read credentials, look up the name, connect TCP and TLS. Raises OSError or ValueError."""
    if endpoint.broker.username:
        client.username_pw_set(endpoint.broker.username, password_of(endpoint.broker))
    if endpoint.tls:
        context = tls_context_of(endpoint.broker)
        context.sslsocket_class = _ClosedOnFailure
        client.tls_set_context(context)
    client.connect(
        endpoint.host,
        endpoint.port,
        KEEPALIVE_S,
        clean_start=endpoint.session_expiry_s == 0,
        properties=properties(
            PacketTypes.CONNECT,
            ReceiveMaximum=RECEIVE_MAX,
            SessionExpiryInterval=endpoint.session_expiry_s,
            MaximumPacketSize=PACKET_MAX_BYTES,
        ),
    )


def properties(packet: int, **values: int) -> Properties:
    """MQTT 5 properties of a packet; names as in the standard's table 2-4, without spaces."""
    made = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(made, name, value)
    return made


class _ClosedOnFailure(ssl.SSLSocket):
    """paho forgets a socket whose handshake failed, and it would stay open until it is collected."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _no_delay(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else Nagle makes a QoS 1 round trip 40 ms
