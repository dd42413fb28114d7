"""Values that hold something of their own in each field: what leaves one out, or takes its default, is seen."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec


def each_told(value: Any) -> dict[str, Any]:
    """The fields of a message or a frozen dataclass, by name. AssertionError if one is as if it had not been said."""
    unsaid = [name for name, field, default in _fields(value) if field == default]
    assert not unsaid, f"{type(value).__name__}: give {', '.join(unsaid)} a value that is not its default"
    return {name: field for name, field, _ in _fields(value)}


def every(value: Any) -> dict[str, Any]:
    """Its fields by name, said or not."""
    return {name: field for name, field, _ in _fields(value)}


def truths(value: Any) -> tuple[str, ...]:
    """The names of its fields that are true or false: two that were swapped look alike but one at a time."""
    return tuple(name for name, field, _ in _fields(value) if isinstance(field, bool))


def _fields(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Name, value, default; a field without a default has one that equals nothing."""
    nothing = object()
    if isinstance(value, msgspec.Struct):
        for told in msgspec.structs.fields(value):
            made = nothing if told.default_factory is msgspec.NODEFAULT else told.default_factory()
            default = made if told.default is msgspec.NODEFAULT else told.default
            yield told.name, getattr(value, told.name), default
        return
    for field in dataclasses.fields(value):
        made = nothing if field.default_factory is dataclasses.MISSING else field.default_factory()
        default = made if field.default is dataclasses.MISSING else field.default
        yield field.name, getattr(value, field.name), default
