"""A docstring says more than the name it stands under: few are so short that they cannot."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHORT = 16
"""Characters; what is shorter names no unit, error or reason."""

SHORT_MAX = 64


def short_docstrings(text: str) -> list[str]:
    """Those of functions, classes and the module itself."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return [doc for doc in found if doc is not None and len(doc) < SHORT]


def test_few_docstrings_only_repeat_a_name() -> None:
    short = {
        f"{path.relative_to(ROOT)}: {doc}"
        for room in ("device_adapters", "services")
        for path in (ROOT / room).rglob("*.py")
        for doc in short_docstrings(path.read_text())
    }
    assert len(short) < SHORT_MAX, sorted(short)


def test_the_count_sees_classes_functions_and_modules() -> None:
    assert short_docstrings(
        '"""Itself."""\nclass A:\n    """Typed."""\n    def b(self):\n        """A unit."""'
    ) == [
        "Itself.",
        "Typed.",
        "A unit.",
    ]
