"""Is a strap's reading that of a heart? By its beat intervals (RR), as a pure machine.

It only ever says "no contact": what follows from that is the governor's (safety/heart.py), which also finds frozen,
jumping and impossible rates. Integers: bpm, ms, 1/1024 s.
"""

from dataclasses import dataclass, replace
from statistics import median_low

RR_LEAST, RR_MOST = 246, 2048
"""0.24–2.0 s: what lies outside is no beat (ftms.md §7.9)."""

BEATS = 8
BEATS_LEAST = 5
OFF_PERCENT = 20
OFF_MS = 10_000
"""The median of the last beats may differ this much from the rate for this long: straps average over seconds."""

WITHOUT_MS = 5_000
"""A strap that sends RR with every beat, and has sent none for this long, is not on a body. At 35 bpm a beat takes
1.7 s, so that a single measurement without one means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What is remembered of one strap's beats. `off_since_ms`: since when they disagree with the rate (None: not)."""

    beats: tuple[int, ...] = ()
    beat_ms: int | None = None
    off_since_ms: int | None = None


def step(
    signal: Signal, bpm: int, rr_1024: tuple[int, ...], *, always_sends_rr: bool, now_ms: int
) -> tuple[Signal, bool]:
    """Take a measurement; the new memory, and whether the reading may be a heart's.

    `always_sends_rr`: what the strap's profile says. A strap without RR is believed.
    """
    beats = tuple(rr for rr in rr_1024 if RR_LEAST <= rr <= RR_MOST)
    first = signal.beat_ms is None and not beats
    beat_ms = now_ms if beats or (first and always_sends_rr) else signal.beat_ms
    kept = (*signal.beats, *beats)[-BEATS:]
    off = bool(beats) and len(kept) >= BEATS_LEAST and _disagrees(kept, bpm)
    if beats:
        since = signal.off_since_ms if off and signal.off_since_ms is not None else now_ms
        signal = replace(signal, off_since_ms=since if off else None)
    signal = replace(signal, beats=kept, beat_ms=beat_ms)
    missing = always_sends_rr and beat_ms is not None and now_ms - beat_ms >= WITHOUT_MS
    wrong = signal.off_since_ms is not None and now_ms - signal.off_since_ms >= OFF_MS
    return signal, not (missing or wrong)


def _disagrees(beats: tuple[int, ...], bpm: int) -> bool:
    """Does the median beat tell another rate? The median bears missed and early beats."""
    told = 60 * 1024 // median_low(beats)
    return abs(told - bpm) * 100 > OFF_PERCENT * bpm
