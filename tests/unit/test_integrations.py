"""The settings that we give for other people's programs (`deploy/integrations/`): each topic is one of the contract
that their role may read, each key is in a message of such a topic, and Telegraf's file has documented options only.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device_adapters.bus.subscriptions import matches
from device_adapters.contract.freshness import AGE_MAX_MS
from device_adapters.contract.permissions import MAY, Deed
from device_adapters.contract.registry import CHANNELS, Channel

FOLDER = Path(__file__).parents[2] / "deploy" / "integrations"
SITE, ROLE = "gym", "telegraf"
ID = "tm-01"

CONSUMER = {
    "servers", "client_id", "username", "tls_ca", "tls_cert", "tls_key", "topics", "topic_tag", "qos", "data_format",
    "topic_parsing", "json_v2",
}  # fmt: skip
OBJECT = {"path", "timestamp_key", "timestamp_format", "included_keys", "fields"}
"""As far as we use them: plugins/inputs/mqtt_consumer and plugins/parsers/json_v2 of Telegraf's documentation."""


def telegraf() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "telegraf.conf").read_text().replace("${SITE}", SITE))


def node_red() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = json.loads((FOLDER / "node-red-flow.json").read_text())
    return nodes


def topics() -> dict[str, list[str]]:
    """What each of them subscribes to."""
    (consumer,) = telegraf()["inputs"]["mqtt_consumer"]
    return {
        "telegraf.conf": consumer["topics"],
        "node-red-flow.json": [node["topic"] for node in node_red() if node["type"] == "mqtt in"],
    }


def meant(topic: str) -> list[Channel[Any]]:
    """The channels whose topics a filter takes."""
    return [channel for channel in CHANNELS if matches(topic, channel.topic(SITE, ID))]


def keys(channel: Channel[Any]) -> dict[str, str]:
    """Key → its type in the schema of the channel's message, where it has one type beside null."""
    _, schemas = msgspec.json.schema_components([channel.message], ref_template="{name}")
    told = schemas[channel.message.__name__]["properties"]
    found = {}
    for key, schema in told.items():
        kinds = [each.get("type") for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
        found[key] = kinds[0] if len(kinds) == 1 else ""
    return found


@pytest.mark.parametrize("name", topics())
def test_each_topic_is_one_channel_that_the_role_may_read_and_has_no_heart(name: str) -> None:
    assert topics()[name]
    for topic in topics()[name]:
        (channel,) = meant(topic)
        assert ROLE in channel.readers, topic
        assert ROLE in MAY[channel.shows]
        assert channel.shows is not Deed.HEAR_HEARTS


def test_telegraf_has_documented_options_only() -> None:
    told = telegraf()
    assert set(told) == {"agent", "inputs", "outputs"}
    assert set(told["agent"]) <= {"interval", "flush_interval", "omit_hostname"}
    assert set(told["inputs"]) == {"mqtt_consumer"}
    (consumer,) = told["inputs"]["mqtt_consumer"]
    assert set(consumer) == CONSUMER
    (parser,) = consumer["json_v2"]
    (objects,) = parser["object"]
    assert (set(parser), set(objects)) == ({"object"}, OBJECT)
    assert set(told["outputs"]["influxdb_v2"][0]) == {"urls", "token", "organization", "bucket"}


def test_telegraf_takes_a_topic_apart_at_its_own_places() -> None:
    (consumer,) = telegraf()["inputs"]["mqtt_consumer"]
    (parsing,) = consumer["topic_parsing"]
    assert {len(parsing[part].split("/")) for part in parsing} == {6}
    for topic in consumer["topics"]:
        assert matches(parsing["topic"], topic.replace("+", ID)), topic
        parts = dict(zip(parsing["tags"].split("/"), topic.split("/"), strict=True))
        assert (parts["site"], parts["kind"], parts["id"]) == (SITE, topic.split("/")[3], "+")
    assert parsing["measurement"].split("/")[5] == "measurement"


def test_telegraf_takes_keys_that_messages_have_by_the_kind_that_they_are() -> None:
    (consumer,) = telegraf()["inputs"]["mqtt_consumer"]
    (objects,) = consumer["json_v2"][0]["object"]
    channels = [channel for topic in consumer["topics"] for channel in meant(topic)]
    every = {key: kind for channel in channels for key, kind in keys(channel).items()}
    wanted = set(objects["included_keys"])
    assert wanted <= set(every)
    assert not [key for key in wanted if "hr_" in key or key in ("boot", "seq", "session", "lease_holder")]
    kinds = {"float": "number", "int": "integer"}
    assert {key: kinds[kind] for key, kind in objects["fields"].items()} == {
        key: every[key] for key in wanted - {"at_ms"} if every[key] in kinds.values()
    }
    for channel in channels:
        told = keys(channel)
        assert told[objects["timestamp_key"]] == "integer", channel.path
        assert wanted - {"at_ms"} & set(told), channel.path
        # One whose name begins a wanted key is taken, too, and an array makes a row of each of its parts.
        nested = [key for key, kind in told.items() if kind in ("object", "array", "")]
        assert not [key for key in nested if any(each.startswith(key) for each in wanted)], channel.path


def test_telegraf_connects_once_under_the_name_of_its_certificate() -> None:
    """The hub takes the certificate's name for the client's id: a second input would end the first one's line."""
    (consumer,) = telegraf()["inputs"]["mqtt_consumer"]
    assert consumer["servers"] == ["ssl://${HUB}:8883"]
    assert consumer["client_id"] == consumer["username"] == "${NAME}"
    assert consumer["tls_cert"] == consumer["tls_key"]


def test_the_flow_reads_keys_that_messages_have_and_connects_once() -> None:
    nodes = {node["id"]: node for node in node_red()}
    (broker,) = (node for node in nodes.values() if node["type"] == "mqtt-broker")
    assert (broker["usetls"], broker["protocolVersion"], broker["clientid"]) == (True, "5", "${NAME}")
    assert nodes[broker["tls"]]["verifyservercert"] is True
    assert not [node for node in nodes.values() if node["type"] in ("mqtt out", "function", "exec")]
    for node in nodes.values():
        if node["type"] != "mqtt in":
            continue
        (channel,) = meant(node["topic"])
        (next_,) = (nodes[each] for each in node["wires"][0])
        read = set(re.findall(r"payload\.(\w+)", json.dumps([next_["rules"], next_.get("property")])))
        assert read, next_["name"]
        assert read <= set(keys(channel)), (channel.path, read)


def test_node_red_shows_no_speed_that_waited_for_the_broker() -> None:
    (of_now,) = (node for node in node_red() if node["type"] == "switch")
    assert [(rule["t"], rule["v"]) for rule in of_now["rules"]] == [("lte", str(AGE_MAX_MS))]
    assert of_now["property"] == "$exists(payload.age_ms) ? payload.age_ms : 0"
    feeding = {node["id"] for node in node_red() if ["bs-speed"] in node.get("wires", [])}
    assert feeding == {of_now["id"]}
