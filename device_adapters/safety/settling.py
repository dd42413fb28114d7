"""Does a belt keep the speed that it was told, or was + pressed at its console? Pure.

A press of + is taken back, and no more often than helps: a machine may fight for the speed of its console, and one that
reckons otherwise than we do tells for ever that it is faster.
"""

from dataclasses import dataclass

from device_adapters.frozen import replace

FASTER_CKMH = 20
"""Less above what was written is no press."""

SETTLED_MS = 2_000
KEPT_CKMH = 10
"""A belt keeps a speed whose number has stayed so near to one for SETTLED_MS: sensors of belts waver by as much."""

BACKS_MAX = 3
"""A machine that goes back to the speed of its console as often fights: to and fro is worse for who walks backward than
the little more. Judgement."""


@dataclass(frozen=True)
class Settling:
    """What is remembered of it. `kept_ckmh`: the belt has told about so much since `kept_ms`.

    `settled_ckmh` is the write at which the belt last settled; `backs`: how often in a row that was written back.
    `doubts`: how often a speed was written back at which the belt had not settled yet, since one helped; `doubted_ckmh`
    is the last of them.
    """

    kept_ckmh: int = 0
    kept_ms: int = 0
    settled_ckmh: int = 0
    backs: int = 0
    doubts: int = 0
    doubted_ckmh: int = 0


NEVER_SETTLED = Settling()


def followed(was: Settling, speed_ckmh: int, told_ckmh: int, *, written_ms: int, now_ms: int) -> Settling:
    """... after a belt that was told `told_ckmh` at `written_ms` is seen at `speed_ckmh`."""
    if abs(speed_ckmh - was.kept_ckmh) > KEPT_CKMH:
        was = replace(was, kept_ckmh=speed_ckmh, kept_ms=now_ms)
    if not keeps(was, written_ms, now_ms) or abs(speed_ckmh - told_ckmh) >= FASTER_CKMH:
        return was
    return replace(was, settled_ckmh=told_ckmh, doubts=0 if told_ckmh == was.doubted_ckmh else was.doubts)


def keeps(known: Settling, written_ms: int, now_ms: int) -> bool:
    """Has the belt kept its speed for long enough after the last write?"""
    return now_ms - max(known.kept_ms, written_ms) >= SETTLED_MS


def wants_back(known: Settling, speed_ckmh: int, told_ckmh: int, *, written_ms: int, now_ms: int) -> bool:
    """Is the speed in force to be written again, since the belt is a little faster? At once if it had settled at it."""
    if speed_ckmh - told_ckmh < FASTER_CKMH:
        return False
    settled = known.settled_ckmh == told_ckmh
    often = known.backs > BACKS_MAX if _was_pressed(known, told_ckmh) else known.doubts >= BACKS_MAX
    return not often and (settled or keeps(known, written_ms, now_ms))


def _was_pressed(known: Settling, told_ckmh: int) -> bool:
    """Has the belt been as slow as it was told? Then it is no machine that reckons otherwise."""
    return known.settled_ckmh == told_ckmh or known.backs > 0


def fights(known: Settling) -> bool:
    """Has it gone back to the speed of its console too often?"""
    return known.backs == BACKS_MAX


def written_back(known: Settling, told_ckmh: int) -> Settling:
    """... after it was, or after staff were told that it fights."""
    if not _was_pressed(known, told_ckmh):
        return replace(known, doubts=known.doubts + 1, doubted_ckmh=told_ckmh)
    settled_ckmh = known.settled_ckmh if fights(known) else 0
    return replace(known, backs=known.backs + 1, settled_ckmh=settled_ckmh)


def told_anew(known: Settling) -> Settling:
    """... after another speed was written: what it does now says nothing of how it fights for that."""
    return replace(known, backs=0)
