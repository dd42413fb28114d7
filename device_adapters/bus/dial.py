"""How a paho client is made and connected: credentials, TLS, TCP. The connecting half blocks: run it in a thread."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_adapters.bus.port import Will
from device_adapters.config import Broker

CONNECT_MAX_S = 3.0
KEEPALIVE_S = 5
RECEIVE_MAX = 10_000
"""Messages (QoS 1) the broker may send ahead of our acknowledgements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to connect and as whom."""

    host: str
    port: int
    tls: bool
    broker: Broker
    client_id: str
    will: Will | None
    session_expiry_s: int


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
    broker = endpoint.broker
    if broker.username:
        password = (
            Path(broker.password_file).read_text(encoding="utf-8").strip() if broker.password_file else None
        )
        client.username_pw_set(broker.username, password)
    if endpoint.tls:
        context = ssl.create_default_context(cafile=broker.ca_file or None)
        if broker.enrol and len(context.get_ca_certs()) != 1:
            raise ValueError(
                f"{broker.ca_file}: a unit that has joined believes one authority only, its hub's; join again: "
                "backstride unit join CODE"
            )
        context.sslsocket_class = _ClosedOnFailure
        if broker.cert_file:
            context.load_cert_chain(broker.cert_file, broker.key_file or None)
        client.tls_set_context(context)
    client.connect(
        endpoint.host,
        endpoint.port,
        KEEPALIVE_S,
        clean_start=endpoint.session_expiry_s == 0,
        properties=properties(
            PacketTypes.CONNECT, ReceiveMaximum=RECEIVE_MAX, SessionExpiryInterval=endpoint.session_expiry_s
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
