"""The AsyncAPI document says what the table of topics says, and its schemas hold what is really sent."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest

from device_adapters.contract import messages as m
from device_adapters.contract.asyncapi import document, key_of
from device_adapters.contract.channel import Channel
from device_adapters.contract.discovery import FOREIGN, ForeignChannel
from device_adapters.contract.registry import CHANNELS, STOP_ONE, TREADMILL_STATE
from device_adapters.contract.registry import SESSION_REQUEST as REQUEST
from services.hub.clients import ROLES

DOCUMENT = document("1.0")
EVERY: tuple[Channel[Any] | ForeignChannel, ...] = (*CHANNELS, *FOREIGN)


@pytest.mark.parametrize("channel", EVERY, ids=lambda channel: channel.path)
def test_each_topic_is_told_with_who_writes_and_reads_it(channel: Channel[Any] | ForeignChannel) -> None:
    key = key_of(channel.path)
    told = DOCUMENT["channels"][key]
    assert told["address"].endswith(channel.path)
    assert told["x-retained"] is channel.retain
    assert set(told["parameters"]) == {name for name in ("site", "id") if f"{{{name}}}" in told["address"]}
    writes, reads = (DOCUMENT["operations"][f"{word}_{key}"] for word in ("publish", "read"))
    assert (writes["action"], set(writes["x-roles"])) == ("send", set(channel.publishers))
    assert (reads["action"], set(reads["x-roles"])) == ("receive", set(channel.readers))
    assert (writes["bindings"]["mqtt"]["qos"], writes["bindings"]["mqtt"]["retain"]) == (
        channel.qos,
        channel.retain,
    )
    assert set(reads["x-roles"]) | set(writes["x-roles"]) <= set(ROLES)


def test_nothing_else_is_told_and_each_reference_leads_somewhere() -> None:
    assert set(DOCUMENT["channels"]) == {key_of(channel.path) for channel in EVERY}
    assert len(DOCUMENT["operations"]) == 2 * len(EVERY)

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {value["$ref"]} if "$ref" in value else set().union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        (TREADMILL_STATE, m.TreadmillState(treadmill="tm-01", unit="u", boot="b", at_ms=1, link="connected")),
        (STOP_ONE, m.Stop(by="Anna")),
        (REQUEST, m.SessionRequest(id="b-1", client="desk", verb="pause", treadmill="tm-01")),
    ],
    ids=lambda value: getattr(value, "path", ""),
)
def test_what_is_sent_fits_its_schema(channel: Channel[Any], message: msgspec.Struct) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    name = type(message).__name__
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    sent = msgspec.json.decode(channel.encode(message))
    jsonschema_rs.validator_for(whole).validate(sent)
    assert not jsonschema_rs.validator_for(whole).is_valid({**sent, next(iter(sent)): 7.5})


def test_what_is_said_to_people_can_be_looked_up() -> None:
    assert DOCUMENT["x-texts"]["paused_by"] == {"text": "Paused by {by:person}.", "args": ["by"]}
    assert DOCUMENT["components"]["schemas"]["Phrase"]["required"] == ["key"]
