"""Saying what was shown, and how long it took, inside the virtual machine."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))

from waiting import until

STEP_S = 75.0
BEGAN = time.monotonic()


def shown(what: str) -> None:
    """Something was proven."""
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {what}", flush=True)


async def seen(what: str, condition: Callable[[], bool]) -> None:
    """Wait for it, bounded, and say how long it took."""
    began = time.monotonic()
    await until(condition, what, STEP_S)
    shown(f"{what} ({time.monotonic() - began:.1f} s)")


def require(condition: bool, what: str) -> None:
    """Raises AssertionError."""
    if not condition:
        raise AssertionError(what)
