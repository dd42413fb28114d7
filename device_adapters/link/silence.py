"""When a link that is up and says nothing is asked anew, and when it is made anew: a pure machine.

A machine may be silent at rest, and a strap in a drawer: each new link without a word doubles the patience, so that
none of them flaps. The first word ends that.
"""

from dataclasses import dataclass, replace
from typing import Literal

from device_adapters.units import HOUR_MS

Step = Literal["resubscribe", "relink", ""]
"""What to do now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a silence lasts until the subscription is made anew, and until the link is; and the longest of that."""

    resubscribe_ms: int
    relink_ms: int
    relink_most_ms: int


STRAP = Patience(resubscribe_ms=10_000, relink_ms=30_000, relink_most_ms=600_000)
"""A strap on a body tells each second."""

TREADMILL = Patience(resubscribe_ms=20_000, relink_ms=120_000, relink_most_ms=HOUR_MS)
FOOTPOD = Patience(resubscribe_ms=30_000, relink_ms=120_000, relink_most_ms=HOUR_MS)
"""Pods and some treadmills say nothing at rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Since when (monotonic ms), how often the link was made anew for it in a row, and whether it was asked anew."""

    since_ms: int
    relinks: int = 0
    asked: bool = False


def heard(now_ms: int) -> Silence:
    """It told something."""
    return Silence(since_ms=now_ms)


def linked(silence: Silence, now_ms: int) -> Silence:
    """There is a new link, of which nothing can be expected before now."""
    return replace(silence, since_ms=now_ms, asked=False)


def step(silence: Silence, patience: Patience, now_ms: int) -> tuple[Silence, Step]:
    """What the silence asks for now."""
    silent_ms = now_ms - silence.since_ms
    relink_ms = min(patience.relink_most_ms, patience.relink_ms << silence.relinks)
    if silent_ms >= relink_ms:
        return replace(silence, relinks=silence.relinks + 1, since_ms=now_ms), "relink"
    if silent_ms >= patience.resubscribe_ms and not silence.asked:
        return replace(silence, asked=True), "resubscribe"
    return silence, ""
