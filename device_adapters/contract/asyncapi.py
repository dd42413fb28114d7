"""The table of topics as an AsyncAPI 3.0 document, for other people's programs and generators. Pure.

`x-roles` of an operation: who may (permissions), by the role of the client's certificate. `x-retained`, `x-useful-s`
of a channel: is the newest message kept for who comes later, and for how long after its `at_ms` it says anything.
`x-texts`: every key of what is said to people, with its English text.
"""

from typing import Any

import msgspec

from device_adapters.contract.channel import ROOT, Channel
from device_adapters.contract.discovery import FOREIGN, ForeignChannel
from device_adapters.contract.keys.every import ARGUMENTS, TEXTS
from device_adapters.contract.registry import CHANNELS

Json = dict[str, Any]

ABOUT = """\
MQTT 5 with TLS and a client certificate (`backstride hub client add NAME --role ROLE`); payloads are JSON. A receiver
bears fields that it does not know; a measurement is known by its device, `boot` and `seq`. `id` in an address is that
of a device, a unit, a store or a client; who is not a service speaks for itself only."""
PARAMETERS: Json = {
    "site": {"description": "the site's id, as in site.toml"},
    "id": {
        "description": "a device, unit, store or client: lower-case letters, digits and hyphens, at most 40"
    },
}
MQTT_BINDING = "0.2.0"


def document(version: str) -> Json:
    """The document of this version of Backstride."""
    kinds = {channel.message.__name__: channel.message for channel in CHANNELS}
    _, schemas = msgspec.json.schema_components(kinds.values(), ref_template="#/components/schemas/{name}")
    channels: Json = {}
    operations: Json = {}
    messages: Json = {name: _message(name, kind) for name, kind in kinds.items()}
    for channel in CHANNELS:
        _add(channels, operations, channel, f"{ROOT}/{{site}}/{channel.path}", channel.message.__name__)
    for foreign in FOREIGN:
        name = f"HomeAssistant{foreign.does.name.title()}"
        messages[name] = {"name": name, "summary": foreign.about, "payload": {"type": ["object", "string"]}}
        _add(channels, operations, foreign, foreign.path, name)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Backstride on MQTT", "version": version, "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {"hub": {"host": "hub:8883", "protocol": "secure-mqtt", "protocolVersion": "5"}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
        "x-texts": {key: {"text": TEXTS[key], "args": list(ARGUMENTS[key])} for key in sorted(TEXTS)},
    }


def key_of(path: str) -> str:
    """What a channel is called in the document: `treadmill/{id}/state` is `treadmill_id_state`."""
    return path.replace("{", "").replace("}", "").replace("/", "_")


def _message(name: str, kind: type[msgspec.Struct]) -> Json:
    summary = (kind.__doc__ or "").strip().splitlines()[0]
    return {"name": name, "summary": summary, "payload": {"$ref": f"#/components/schemas/{name}"}}


def _add(
    channels: Json, operations: Json, channel: Channel[Any] | ForeignChannel, address: str, message: str
) -> None:
    key = key_of(channel.path)
    told = {
        "address": address,
        "description": channel.about,
        "parameters": {name: text for name, text in PARAMETERS.items() if f"{{{name}}}" in address},
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "x-retained": channel.retain,
    }
    if isinstance(channel, Channel) and channel.age_max_s is not None:
        told["x-useful-s"] = channel.age_max_s
    channels[key] = told
    common = {
        "channel": {"$ref": f"#/channels/{key}"},
        "messages": [{"$ref": f"#/channels/{key}/messages/{message}"}],
    }
    sends = {"qos": channel.qos, "retain": channel.retain, "bindingVersion": MQTT_BINDING}
    operations[f"publish_{key}"] = {
        "action": "send",
        **common,
        "summary": str(channel.does),
        "bindings": {"mqtt": sends},
        "x-roles": sorted(channel.publishers),
    }
    operations[f"read_{key}"] = {
        "action": "receive",
        **common,
        "summary": str(channel.shows),
        "bindings": {"mqtt": {"qos": channel.qos, "bindingVersion": MQTT_BINDING}},
        "x-roles": sorted(channel.readers),
    }
