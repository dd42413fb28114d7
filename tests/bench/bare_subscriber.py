"""The session service's reading job as a plain script does it: paho receives, msgspec decodes, nothing is decided.

python bare_subscriber.py MQTT_PORT SITE
"""

import sys

from paho.mqtt import client as paho

from device_adapters.contract import registry

READ = (
    registry.TREADMILL_TELEMETRY,
    registry.TREADMILL_STATE,
    registry.STRAP_TELEMETRY,
    registry.STRAP_STATE,
    registry.RESULT,
    registry.UNIT_STATUS,
)


def main() -> None:
    """Read until killed."""
    port, site = int(sys.argv[1]), sys.argv[2]
    line = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    for channel in READ:
        topic = channel.topic(site, "+")
        line.message_callback_add(topic, lambda _c, _u, message, c=channel: c.decode(message.payload))
    line.on_connect = lambda *_: line.subscribe([(channel.topic(site, "+"), 1) for channel in READ])
    line.connect("127.0.0.1", port)
    line.loop_forever()


if __name__ == "__main__":
    main()
