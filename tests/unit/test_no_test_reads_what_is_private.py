"""A test holds what a module promises, not how it keeps it: nobody reads a name with an underscore of another file."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
OTHERS = {
    "bench/decode.py: _asdict": "pycyclingf's own way to tell a record: it is a namedtuple's public method",
    "proof/mutants.py: _exit": "os._exit ends a forked child; the name is the library's public one",
    "security/users_in_namespace.py: _exit": "the same",
    "support/virtual_time.py: _threads_queues": "which threads are pools' own, told nowhere else by Python",
}
"""Names of libraries, each with its reason."""


def _own(tree: ast.Module) -> set[str]:
    """Names that the file gives itself: functions, classes, variables, fields, attributes of its own objects."""
    own = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Name(id=name, ctx=ast.Store()):
                own.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                own.add(name)
            case _:
                pass
    return own


def private_reads(text: str, family: frozenset[str] = frozenset()) -> list[str]:
    """Private names of other files that a test file reads, sets, imports or names to `setattr`.

    `family`: what test files give themselves; a class that inherits from one of them may use it by `self`.
    """
    tree = ast.parse(text)
    found = list[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in family:
                pass
            case ast.Attribute(attr=name):
                found.append(name)
            case ast.ImportFrom(names=names):
                found += [alias.name for alias in names]
            case ast.Call(func=ast.Attribute(attr="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                found.append(name)
            case _:
                pass
    own = _own(tree)
    return sorted({name for name in found if name[0] == "_" and name[:2] != "__" and name not in own})


def test_what_is_private_is_found() -> None:
    assert private_reads("import m\nm._x\nm.y._z = 1\nfrom n import _f\npatch.setattr(m, '_g', 1)\n") == [
        "_f", "_g", "_x", "_z",
    ]  # fmt: skip
    assert private_reads("class A:\n  def _a(self): self._b = 1\nA()._a; A()._b; A().__dict__") == []
    of_a_base = "class A(m.B):\n  def a(self): return self._of_b"
    assert private_reads(of_a_base) == ["_of_b"]
    assert private_reads(of_a_base, frozenset({"_of_b"})) == []


def test_no_test_reads_what_is_private_elsewhere() -> None:
    texts = {path.relative_to(TESTS).as_posix(): path.read_text("utf-8") for path in TESTS.rglob("*.py")}
    family = frozenset(name for text in texts.values() for name in _own(ast.parse(text)))
    found = {f"{path}: {name}" for path, text in texts.items() for name in private_reads(text, family)}
    assert found == set(OTHERS)
