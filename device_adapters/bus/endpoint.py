"""Where a bus connects and as whom, what it asks of the broker, and the secrets that the settings name."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from device_adapters.bus.port import Will
from device_adapters.config import Broker

CONNECT_MAX_S = 3.0
KEEPALIVE_S = 5
RECEIVE_MAX = 10_000
"""Messages (QoS 1) the broker may send ahead of our acknowledgements."""
PACKET_MAX_BYTES = 4 * 1024 * 1024
"""The largest packet the broker may send us."""


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


def password_of(broker: Broker) -> str | None:
    """The password in the file that the settings name; blocks. Raises OSError, ValueError."""
    if not broker.username or not broker.password_file:
        return None
    return Path(broker.password_file).read_text(encoding="utf-8").strip()


def tls_context_of(broker: Broker) -> ssl.SSLContext:
    """Whom to believe and how to show who we are; blocks. Raises OSError, ValueError."""
    context = ssl.create_default_context(cafile=broker.ca_file or None)
    if broker.enrol and len(context.get_ca_certs()) != 1:
        raise ValueError(
            f"{broker.ca_file}: a unit that has joined believes one authority only, its hub's; join again: "
            "backstride unit join"
        )
    if broker.cert_file:
        context.load_cert_chain(broker.cert_file, broker.key_file or None)
    return context
