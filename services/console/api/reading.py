"""The API's OpenAPI document, for a page that people read. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.console.api.responses import REASONS
from services.console.auth.permissions import API, ROWS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field: its type and bounds in words."""

    name: str
    needed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `roles`: of tokens; none: open to all. `refusals`: status and reason."""

    method: str
    path: str
    group: str
    about: str
    roles: tuple[str, ...]
    parameters: tuple[SchemaField, ...]
    body: str
    example: str
    answer: str
    refusals: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A body or an answer."""

    name: str
    about: str
    fields: tuple[SchemaField, ...]


def operations(document: Json) -> list[Operation]:
    """Every operation, by address."""
    return [
        _operation(path, method.upper(), told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def shapes(document: Json) -> list[Shape]:
    """Every body and answer, by name."""
    told = document["components"]["schemas"]
    return [
        Shape(name, _lines(one.get("description", "")), tuple(_fields(one)))
        for name, one in sorted(told.items())
        if one.get("properties")
    ]


def type_words(schema: Json) -> str:
    """A type in words: `integer 6 to 20`, `string (novice, intermediate)`, `list of Session`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if options := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(map(type_words, options)))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    words = str(schema.get("type", "anything"))
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        words += f" {least} to {most}"
    if (longest := schema.get("maxLength")) is not None:
        words += f", at most {longest} characters"
    return words


def _operation(path: str, method: str, told: Json) -> Operation:
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    example = content.get("example")
    answers = told.get("responses", {})
    good: Json = next((one for status, one in answers.items() if status.startswith("2")), {})
    schema = good.get("content", {}).get("application/json", {}).get("schema")
    return Operation(
        method=method,
        path=path,
        group=told.get("tags", [""])[0],
        about=_lines(told.get("description", "")),
        roles=tuple(sorted(ROWS[method, f"{API}{path}"])),
        parameters=tuple(
            SchemaField(one["name"], one.get("required", False), type_words(one["schema"]))
            for one in told.get("parameters", ())
        ),
        body=type_words(content["schema"]) if "schema" in content else "",
        example="" if example is None else json.dumps(example, ensure_ascii=False),
        answer=", ".join(good.get("content", {})) if schema is None else type_words(schema),
        refusals=tuple((s, REASONS[int(s)]) for s in sorted(answers) if int(s) in REASONS),
    )


def _fields(schema: Json) -> Iterator[SchemaField]:
    needed = schema.get("required", ())
    for name, told in schema["properties"].items():
        yield SchemaField(name, name in needed, type_words(told))


def _lines(text: str) -> str:
    return " ".join(text.split())
