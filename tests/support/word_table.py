"""Who emits what: every event kind, every cause and every error code of the product, read out of its code."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVENTS = ("Note", "EventNote", "Event")
"""Constructors of events, and (first argument) whatever is called `_publish_event`."""

REFUSALS = (
    "device_adapters/safety/lease.py",
    "device_adapters/safety/admit.py",
)
"""Whose functions called `*refusal` answer with causes that events carry without a sentence."""


@dataclass
class WordTable:
    """Each word with the modules that emit it."""

    kinds: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    causes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Class name → where it is raised or its code is used."""

    defined: dict[str, str] = field(default_factory=dict)
    """Class name → code."""

    modules: set[str] = field(default_factory=set)
    """Where errors with codes are defined."""


@cache
def table() -> WordTable:
    """The table of this checkout."""
    found = WordTable()
    for folder in ("device_adapters", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            _read(ast.parse(path.read_text()), path.relative_to(ROOT).as_posix(), found)
    return found


def _read(tree: ast.Module, where: str, found: WordTable) -> None:
    for function in [
        None,
        *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)),
    ]:
        if function is not None and where in REFUSALS and function.name.endswith("refusal"):
            for each in ast.walk(function):
                if isinstance(each, ast.Return) and each.value is not None:
                    _add(found.causes, strings(each.value), where)
        scope = function if function is not None else tree
        for call in (n for n in ast.walk(scope) if isinstance(n, ast.Call)):
            _read_call(call, function, where, found)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="cause")], value=value) if where in REFUSALS:
                _add(found.causes, strings(value), where)
            case ast.ClassDef(name=name, body=body):
                for line in body:
                    match line:
                        case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                            _define(found, name, code, where)
                        case ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str(code))):
                            _define(found, name, code, where)
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
                found.codes[name].add(where)
            case ast.Attribute(value=ast.Name(id=name), attr="code"):
                found.codes[name].add(where)


def _read_call(
    call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef | None, where: str, found: WordTable
) -> None:
    name = ast.unparse(call.func).rpartition(".")[2]
    if name not in (*EVENTS, "_publish_event", "Refused"):
        return
    if name == "_publish_event":
        _add(found.kinds, _resolved(call.args[0], function), where)
    if name == "Refused" and where in REFUSALS and call.args:
        _add(found.causes, strings(call.args[0]), where)
    for word in call.keywords:
        if word.arg == "kind":
            _add(found.kinds, _resolved(word.value, function), where)
        if word.arg == "cause":
            _add(found.causes, _resolved(word.value, function), where)


def _resolved(value: ast.expr, function: ast.FunctionDef | ast.AsyncFunctionDef | None) -> Iterator[str]:
    """Words that an expression may be: its strings, or those of the variable that it names."""
    yield from strings(value)
    if isinstance(value, ast.Name) and function is not None:
        for each in ast.walk(function):
            match each:
                case ast.Assign(targets=[ast.Name(id=name)], value=set_to) if name == value.id:
                    yield from strings(set_to)


def strings(value: ast.expr) -> Iterator[str]:
    """The strings that an expression may be."""
    match value:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from strings(one)
            yield from strings(other)


def _define(found: WordTable, name: str, code: str, where: str) -> None:
    found.defined[name] = code
    found.modules.add(where.removesuffix(".py").replace("/", "."))


def _add(words: dict[str, set[str]], some: Iterator[str], where: str) -> None:
    for word in some:
        words[word].add(where)
