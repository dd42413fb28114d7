"""On which client library a bus runs: the Rust codec where it is installed, paho-mqtt everywhere."""

import structlog

from device_adapters.bus.transport import LinkKind
from device_adapters.config import Broker
from device_adapters.errors import ConfigError

log = structlog.get_logger("bus")


def link_kind(broker: Broker) -> LinkKind:
    """What makes the connections of a bus with these settings. Raises ConfigError."""
    if broker.client != "paho":
        try:
            from device_adapters.bus.mqtt5_link import Mqtt5Link
        except ImportError as e:
            if broker.client == "mqtt5":
                raise ConfigError(
                    f'broker.client is "mqtt5", and there is none ({e}); pip install mqtt5, or write "auto" or "paho"'
                ) from e
            log.warning(
                "bus_on_paho", code=ConfigError.code, why=f"slower, and no less safe: no mqtt5 here ({e})"
            )
        else:
            return Mqtt5Link
    from device_adapters.bus.paho_link import PahoLink  # 60 ms that a bus on mqtt5 does not need

    return PahoLink
