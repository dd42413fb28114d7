"""How much of a large test is tried: a sample in `make test`, all of it in the gate *whole tests* of `make proof`.

`WHOLE=1` asks for all. Which cases a sample has is decided by `SEED`, by default the day: all are tried within some
days, and each worker has the same.
"""

import os
import random
import time
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

WHOLE = bool(os.environ.get("WHOLE"))
SEED = int(os.environ.setdefault("SEED", str(int(time.time() // 86_400))))


def some(cases: Sequence[Case], most: int) -> list[Case]:
    """All where all are asked for; else `most` of them, in their order."""
    if WHOLE or len(cases) <= most:
        return list(cases)
    chosen = sorted(random.Random(SEED).sample(range(len(cases)), most))
    return [cases[number] for number in chosen]


def many(whole: int, sample: int) -> int:
    """How many times: `whole` where all is asked for."""
    return whole if WHOLE else sample
