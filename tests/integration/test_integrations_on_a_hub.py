"""What `deploy/integrations/` subscribes to really comes to the role `telegraf` at a hub's broker, by MQTT 3.1.1 as
Telegraf speaks it, with the one file of certificate and key that `backstride hub client add` writes.
"""

import json
import ssl
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tls_broker import MOSQUITTO, TlsBroker, tls_broker

from device_adapters.bus.subscriptions import matches
from device_adapters.contract.registry import CHANNELS
from services.hub.clients import Client

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(MOSQUITTO is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"),
]

FOLDER = Path(__file__).parents[2] / "deploy" / "integrations"
SITE, NAME = "gym", "metrics-of-ours"
WAIT_S = 60.0


def topics_of_telegraf() -> list[str]:
    told = tomllib.loads((FOLDER / "telegraf.conf").read_text().replace("${SITE}", SITE))
    topics: list[str] = told["inputs"]["mqtt_consumer"][0]["topics"]
    return topics


def topics_of_node_red() -> list[str]:
    nodes: list[dict[str, Any]] = json.loads((FOLDER / "node-red-flow.json").read_text())
    return [node["topic"] for node in nodes if node["type"] == "mqtt in"]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsBroker]:
    with tls_broker(tmp_path_factory.mktemp("broker"), SITE, [Client(name=NAME, role="telegraf")]) as made:
        yield made


def client_of(broker: TlsBroker, name: str, said: str) -> paho.Client:
    """With one file for certificate and key, as the hub writes it; `said`: the id that it gives itself."""
    line = broker.credentials(name)
    together = Path(line.cert_file).with_suffix(".pem")
    together.write_bytes(Path(line.cert_file).read_bytes() + Path(line.key_file).read_bytes())
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=said, protocol=paho.MQTTv311)
    client.tls_set(line.ca_file, str(together), str(together), cert_reqs=ssl.CERT_REQUIRED)
    client.username_pw_set(name)
    return client


@pytest.mark.parametrize("topics", [topics_of_telegraf(), topics_of_node_red()], ids=["telegraf", "node-red"])
def test_all_that_it_subscribes_to_comes_and_nothing_else(broker: TlsBroker, topics: list[str]) -> None:
    every = [channel.topic(SITE, "x-01") for channel in CHANNELS]
    wanted = {topic for topic in every if any(matches(each, topic) for each in topics)}
    assert len(wanted) == len(topics)
    done, heard, ready, over = f"test/{NAME}/done", set[str](), threading.Event(), threading.Event()

    def message(_client: object, _userdata: object, incoming: paho.MQTTMessage) -> None:
        over.set() if incoming.topic == done else heard.add(incoming.topic)

    reader, writer = client_of(broker, NAME, NAME), client_of(broker, "tester", "tester")
    reader.on_connect = lambda client, *_: client.subscribe([(each, 1) for each in [*topics, done]])
    reader.on_subscribe = lambda *_: ready.set()
    reader.on_message = message
    try:
        for client in (reader, writer):
            client.connect("127.0.0.1", broker.port)
            client.loop_start()
        assert ready.wait(WAIT_S)
        for topic in [*every, done]:
            writer.publish(topic, b"{}", qos=1).wait_for_publish(WAIT_S)
        assert over.wait(WAIT_S)
        assert heard == wanted
    finally:
        for client in (reader, writer):
            client.disconnect()
            client.loop_stop()
