"""Neighbouring releases understand each other: what the contract before says is taken now, and what is said now is
taken by who knows the contract before.

`contracts/N.json` is what releases of contract N read and say: channels, and the schemas of their messages. A change
that fails here needs a new number in `contract/neighbours.py`, and a way for the neighbour all the same.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from device_adapters.contract.neighbours import CONTRACT, UNTOLD, neighbours
from device_adapters.contract.registry import CHANNELS
from device_adapters.errors import MessageError

BEFORE = json.loads((Path(__file__).parent / f"contracts/{CONTRACT - 1}.json").read_text())
NOW = {channel.path: channel for channel in CHANNELS}
KINDS = {channel.message.__name__: channel.message for channel in CHANNELS}
_, SCHEMAS = msgspec.json.schema_components(KINDS.values(), ref_template="#/components/schemas/{name}")
WORDS = ("tm-01", "2026-01-10", "x", "", "a" * 40, "12:30", "#2b6cb0", "0123456789abcdef" * 4)
DEEP = 6
BETWEEN = [path for path in BEFORE["channels"] if "unit" in (*NOW[path].publishers, *NOW[path].readers)]
"""What goes between hub and units: a hub's own services are of one release, and are updated at once."""

ONCE_ASKED_FOR = {"Lease": {"hold"}}
"""Said only to a unit whose state tells that it knows it (decision 120); any other takes no lease with it."""


def corners(schema: dict[str, Any], of: dict[str, Any], deep: int = DEEP) -> Iterator[Any]:
    """Values at the edges of a schema as msgspec writes it: each branch, word and bound, all fields and few."""
    if "$ref" in schema:
        yield from corners(of[schema["$ref"].rpartition("/")[2]], of, deep - 1) if deep else ()
    elif "anyOf" in schema:
        for branch in schema["anyOf"]:
            yield from corners(branch, of, deep)
    elif "enum" in schema:
        yield from schema["enum"]
    elif "const" in schema:
        yield schema["const"]
    else:
        yield from _plain(schema, of, deep)


def _plain(schema: dict[str, Any], of: dict[str, Any], deep: int) -> Iterator[Any]:
    match schema.get("type"):
        case "null":
            yield None
        case "boolean":
            yield from (True, False)
        case "integer" | "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
            yield low
            yield schema.get("maximum", max(low, 1))
        case "string":
            least, most = schema.get("minLength", 0), schema.get("maxLength", 60)
            fits = [w for w in WORDS if least <= len(w) <= most and re.search(schema.get("pattern", ""), w)]
            assert fits, schema
            yield fits[0]
        case "array":
            for item in list(corners(schema.get("items", {"type": "null"}), of, deep))[:3] if deep else []:
                if schema.get("maxItems", 1):
                    yield [item] * max(1, schema.get("minItems", 1))
            if not schema.get("minItems"):
                yield []
        case "object":
            yield from _objects(schema, of, deep)
        case other:
            assert other is None, schema
            yield from ("x", 1)


def _objects(schema: dict[str, Any], of: dict[str, Any], deep: int) -> Iterator[Any]:
    fields = schema.get("properties", {})
    if not fields:
        more = schema.get("additionalProperties")
        yield {"x": next(corners(more, of, deep))} if isinstance(more, dict) else {}
        return
    found = {name: list(corners(each, of, deep)) for name, each in fields.items()}
    told = {name: values[0] for name, values in found.items() if values}
    yield told
    yield {name: told[name] for name in schema.get("required", ())}
    for name, values in found.items():
        for value in values[1:]:
            yield told | {name: value}


def unasked(name: str) -> Iterator[Any]:
    """What is said now to who told of nothing new."""
    for each in corners(SCHEMAS[name], SCHEMAS):
        yield {field: value for field, value in each.items() if field not in ONCE_ASKED_FOR.get(name, ())}


def test_the_numbers() -> None:
    assert neighbours(CONTRACT)
    assert neighbours(CONTRACT - 1)
    assert neighbours(CONTRACT + 1)
    assert not neighbours(CONTRACT - 2)
    assert not neighbours(CONTRACT + 2)
    assert KINDS["UnitStatus"](unit="u", online=True, boot="b", at_ms=0).contract == UNTOLD  # type: ignore[attr-defined]


def test_every_order_to_a_unit_and_all_that_it_tells_is_held_to_its_neighbour() -> None:
    assert {"treadmill/{id}/lease", "treadmill/{id}/command", "stop/{id}", "stop/all"} <= set(BETWEEN)
    assert {"unit/{id}/status", "treadmill/{id}/state", "treadmill/{id}/telemetry"} <= set(BETWEEN)


def test_no_channel_of_the_contract_before_is_gone() -> None:
    assert {path: NOW[path].message.__name__ for path in BEFORE["channels"]} == BEFORE["channels"]


@pytest.mark.parametrize("path", BEFORE["channels"])
def test_what_the_contract_before_says_is_taken_now(path: str) -> None:
    said = list(corners(BEFORE["schemas"][BEFORE["channels"][path]], BEFORE["schemas"]))
    assert said
    for each in said:
        NOW[path].decode(json.dumps(each).encode())


@pytest.mark.parametrize("path", BETWEEN)
def test_what_is_said_now_is_taken_by_the_contract_before(path: str) -> None:
    name = BEFORE["channels"][path]
    reader = jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": BEFORE["schemas"]}}
    )
    for each in unasked(name):
        NOW[path].decode(json.dumps(each).encode())
        assert reader.is_valid(each), (path, each, [str(e) for e in reader.iter_errors(each)][:2])


def test_the_corners_find_what_a_neighbour_would_not_take() -> None:
    """Such as a lease with a field more: whoever reads orders takes none that it does not know."""
    lease = next(unasked("Lease"))
    with pytest.raises(MessageError):
        NOW["treadmill/{id}/lease"].decode(json.dumps(lease | {"more": 1}).encode())
    reader = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/Lease", "components": {"schemas": BEFORE["schemas"]}}
    )
    assert reader.is_valid(lease)
    assert not reader.is_valid(lease | {"more": 1})
    for name in ONCE_ASKED_FOR["Lease"]:
        assert not reader.is_valid(lease | {name: True}), "it fails safe: no lease, so no movement"
    said = msgspec.json.decode(NOW["treadmill/{id}/lease"].encode(msgspec.convert(lease, KINDS["Lease"])))
    assert not ONCE_ASKED_FOR["Lease"] & set(said), "it is left out where nobody asks for it"
