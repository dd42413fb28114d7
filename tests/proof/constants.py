"""What mutmut leaves alone: the constants of a module. Each number one more and one less, each text another.

Every module that knows a constant by its name gets the changed value, the tests' own modules too: a test that takes the
number from the code does not hold it.
"""

import ast
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def changes(scope: tuple[str, ...]) -> Iterator[tuple[str, ModuleType, str, object]]:
    """For the modules whose names begin so: a name for each change, the module, its constant, its other value."""
    for module in sorted(
        (m for n, m in sys.modules.items() if scope and n.startswith(scope)), key=lambda m: m.__name__
    ):
        for constant in _assigned(module):
            value = vars(module)[constant]
            for what, other in _others(value):
                yield f"{module.__name__}.{constant} {what}", module, constant, other


def apply(module: ModuleType, constant: str, other: object) -> None:
    """Give everybody who has this constant by its name the other value."""
    value = vars(module)[constant]
    for known in list(sys.modules.values()):
        if getattr(known, constant, None) is value:
            setattr(known, constant, other)


def _assigned(module: ModuleType) -> list[str]:
    tree = ast.parse(Path(str(module.__file__)).read_text())
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return [name for name in names if name.isupper()]


def _others(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case int():
            yield from (("+ 1", value + 1), ("- 1", value - 1))
        case str():
            yield "X", f"{value}X"
        case range():
            yield from (
                ("from + 1", range(value.start + 1, value.stop)),
                ("to + 1", range(value.start, value.stop + 1)),
            )
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                for what, other in _others(getattr(value, field.name)):
                    yield f"{field.name} {what}", dataclasses.replace(value, **{field.name: other})
