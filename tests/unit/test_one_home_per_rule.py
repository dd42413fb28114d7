"""What is known in one place alone: units of time, files of a hub's data folder, patterns that several read."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from services import store_folder

ROOT = Path(__file__).parents[2]
UNITS_OF_TIME = {86_400, 86_400_000, 3_600_000}
STORE = re.compile(r".*\.(db|json|key)")
STORES = {value for value in vars(store_folder).values() if isinstance(value, str) and STORE.fullmatch(value)}
HOMES = ("device_adapters/units.py", "device_adapters/config.py")


def constants() -> Iterator[tuple[str, object]]:
    """Every constant of the product, with the file it stands in."""
    for folder in ("device_adapters", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant):
                    yield str(path.relative_to(ROOT)), node.value


def test_units_of_time_and_names_of_stores_are_typed_once() -> None:
    typed = {
        (file, value)
        for file, value in constants()
        if (type(value) is int and value in UNITS_OF_TIME and file not in HOMES)
        or (isinstance(value, str) and value in STORES and file != "services/store_folder.py")
    }
    assert typed == set()


def test_a_pattern_is_typed_once() -> None:
    found = defaultdict(set)
    for file, value in constants():
        if (
            isinstance(value, str)
            and re.search(r"\[[a-z0-9A-Z]+-[^\]]*\].*\{\d+,\d+\}", value)
            and len(value) < 120
        ):
            found[value].add(file)
    assert {pattern: files for pattern, files in found.items() if len(files) > 1} == {}
