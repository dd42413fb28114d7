"""What each mutant that mutmut made changes: read from the files that hold the original beside its mutants."""

import ast
import difflib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

MADE_BY_MUTMUT = "__mutmut_"
ORIGINAL = f"{MADE_BY_MUTMUT}orig"


def change_of(tree: Path, name: str) -> str:
    """The mutant's change as its removed and added lines, stable when lines move; of a constant what is done to it."""
    if MADE_BY_MUTMUT not in name:
        return name.partition(" ")[2]
    module, _, function = name.rpartition(".")
    return _changes(tree / "mutants" / f"{module.replace('.', '/')}.py")[function]


@cache
def _changes(file: Path) -> dict[str, str]:
    functions = dict(_functions(file.read_text(encoding="utf-8")))
    return {
        name: _change(functions[name.rpartition(MADE_BY_MUTMUT)[0] + ORIGINAL], lines)
        for name, lines in functions.items()
        if not name.endswith(ORIGINAL)
    }


def _functions(source: str) -> Iterator[tuple[str, list[str]]]:
    """Each original and each mutant, its lines with its name as it was written."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and MADE_BY_MUTMUT in node.name:
            body = [line.strip() for line in lines[node.lineno - 1 : node.end_lineno]]
            yield node.name, [body[0].replace(node.name, "", 1), *body[1:]]


def _change(original: list[str], mutant: list[str]) -> str:
    changed = list(difflib.unified_diff(original, mutant, n=0, lineterm=""))[2:]
    return "\n".join(line for line in changed if not line.startswith("@@") and len(line) > 1)
