"""Well-formed messages at the edges of what the contract allows, made from the messages' own types."""

import re
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

TEXTS = (
    "",
    "x",
    "\x00",
    "\u202e<b>&\"'",
    "{name} %s %(a)d",
    "💓é\u0301",
    "2^53",
    "9999-12-31",
    "0001-01-01",
    "-",
)
TIMES = ("", "00:00", "23:59")
IDS = ("a", "0" * 40, "tm-01", "hr-0123456789")


def message(kind: type[msgspec.Struct], **fixed: Any) -> st.SearchStrategy[Any]:
    """Messages of `kind` with some fields as given."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    parts = {f.name: _of(f.type) for f in info.fields if f.name not in fixed}
    optional = {f.name: parts.pop(f.name) for f in info.fields if not f.required and f.name in parts}
    return st.fixed_dictionaries(parts, optional=optional).map(lambda found: kind(**{**found, **fixed}))


@cache
def _nested(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """A struct inside a message, which may hold others of its own kind."""
    return st.deferred(lambda: message(kind))


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.IntType():
            low = -(2**63) if kind.ge is None else kind.ge
            high = 2**63 - 1 if kind.le is None else kind.le
            return st.sampled_from(sorted({low, low + 1, high - 1, high, min(max(low, 0), high)}))
        case inspect.FloatType():
            least = -1.7e308 if kind.ge is None else float(kind.ge)
            most = 1.7e308 if kind.le is None else float(kind.le)
            edges = {least, most, least / 3, most / 3, 0.0, 5e-324, 0.005}
            return st.sampled_from(sorted(edge for edge in edges if least <= edge <= most))
        case inspect.StrType():
            if kind.pattern is not None:
                return st.sampled_from([text for text in (*IDS, *TIMES) if re.search(kind.pattern, text)])
            fewest, longest = kind.min_length or 0, kind.max_length or 60_000
            texts = (*TEXTS, "W" * longest, "é" * longest)
            fitting = [text for text in texts if fewest <= len(text) <= longest]
            return st.sampled_from(fitting)
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.EnumType():
            return st.sampled_from(list(kind.cls))
        case inspect.UnionType():
            return st.one_of(*(_of(one) for one in kind.types))
        case inspect.VarTupleType():
            return st.lists(_of(kind.item_type), max_size=min(kind.max_length or 5, 5)).map(tuple)
        case inspect.DictType():
            return st.dictionaries(_of(kind.key_type), _of(kind.value_type), max_size=3)
        case inspect.StructType():
            return _nested(kind.cls)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
    raise TypeError(kind)
