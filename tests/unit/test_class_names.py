"""A class name means one thing in the whole product, so that a search for it finds one thing."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("device_adapters", "services")
DOMAIN_WORDS = {
    "Lease": "what is said on the bus, and what a gate holds of it",
    "Limits": "what people read, and what a gate goes by",
    "Step": "of a programme, and of serving a treadmill in the virtual gym",
}
"""Words of the field that have two meanings, each with its reason."""

TWICE_MAX = 5


def defined_twice(files: dict[str, str]) -> dict[str, list[str]]:
    """Names of classes at the top of more than one of these texts, with the files."""
    where = defaultdict[str, list[str]](list)
    for name, text in files.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                where[node.name].append(name)
    return {name: files for name, files in where.items() if len(files) > 1}


def test_a_class_name_means_one_thing_in_the_whole_product() -> None:
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    twice = defined_twice({str(path.relative_to(ROOT)): path.read_text() for path in paths})
    new = {name: files for name, files in twice.items() if name not in DOMAIN_WORDS}
    assert not new, f"call one of each by another name: {new}"
    assert set(twice) == set(DOMAIN_WORDS), "a word that means one thing by now leaves the list"
    assert len(DOMAIN_WORDS) <= TWICE_MAX


def test_the_test_sees_two_of_a_name_and_not_what_stands_inside_another() -> None:
    two = {
        "a.py": "class Tick: ...\n",
        "b.py": "x = 1\nclass Tick: ...\n",
        "c.py": "class Tock:\n    class Tick: ...\n",
    }
    assert defined_twice(two) == {"Tick": ["a.py", "b.py"]}
