"""What the soak calls a leak: it must be able to fail."""

from dataclasses import replace

import pytest
from gauges import BLOCKS_MORE_MAX, HEAP_MORE_MAX_KB, HeldMemory, MemoryGauge

BEFORE = HeldMemory(sockets=3, files=20, blocks=390_000, heap_kb=16_000, tasks=("run", "run"))


@pytest.mark.parametrize(
    ("after", "more"),
    [
        (BEFORE, ""),
        (replace(BEFORE, blocks=BEFORE.blocks + BLOCKS_MORE_MAX), ""),
        (replace(BEFORE, blocks=BEFORE.blocks + BLOCKS_MORE_MAX + 1), "12001 Python objects"),
        (replace(BEFORE, heap_kb=BEFORE.heap_kb + HEAP_MORE_MAX_KB + 1), "4097 KiB of heap"),
        (replace(BEFORE, tasks=("run", "run", "run")), "1 × run"),
        (replace(BEFORE, sockets=4), "1 sockets"),
        (replace(BEFORE, files=22), "2 files"),
    ],
)
def test_what_has_become_more_is_named(after: HeldMemory, more: str) -> None:
    assert after.beyond(BEFORE) == more


def test_memory_that_grows_has_a_slope_and_a_warm_up_has_none_later() -> None:
    leak = MemoryGauge([(s, 50_000 + 20 * s) for s in range(0, 600, 2)])
    assert leak.early_slope == leak.late_slope == 1200
    warm = MemoryGauge([(s, min(50_000 + 20 * s, 52_000)) for s in range(0, 600, 2)])
    assert warm.early_slope > 0
    assert (warm.late_slope, warm.half_kb, warm.late_kb) == (0, 52_000, 52_000)
