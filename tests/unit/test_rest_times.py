"""The table of docs/safety-evidence.md: how long a belt on a cable takes to rest. Each of its numbers is one that the
tests of each fault measure.
"""

import re
from pathlib import Path

import test_adapter_trackmaster as trackmaster
import test_adapter_woodway as woodway

PAGE = (Path(__file__).parents[2] / "docs/safety-evidence.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (Woodway|Trackmaster) \| ([^|]+) \| `(\w+)` \| ([\d.]+) s \| ([\d.]+) s \|$", re.MULTILINE
)
DIALECT = "the other one in its place, since it moved"


def test_each_fault_of_a_cable_is_told_with_its_time_to_rest() -> None:
    measured = [
        (make, fault, cause.value, f"{rest_s:.1f}", f"{longest_s:.1f}")
        for make, tests in (("Woodway", woodway), ("Trackmaster", trackmaster))
        for fault, (cause, rest_s, longest_s) in (*tests.FAULTS.items(), (DIALECT, tests.DIALECT))
    ]
    assert ROW.findall(PAGE) == measured
