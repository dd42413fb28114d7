"""The heart as a tile shows it: a reading of now, or why there is none. Pure."""

import msgspec

from device_adapters.contract.messages import SessionView, StrapState
from device_adapters.contract.standing import HR_FRESH_MS
from services.console import phrases, tile_words, words
from services.console.languages import say
from services.console.live.facts import StrapFacts

WORKING_PCT, NEAR_PCT, FULL_PCT = 75, 90, 100
"""Where in per cent of the limit a value counts as working, as near to it, and above which as over it."""

LIMIT_AT = 85
"""Where on its bar (0–100) a value stands that is just at its limit; the rest of the bar is beyond it."""


class TileHeart(msgspec.Struct, frozen=True):
    """What a tile shows of a heart; `bpm_max`: the ceiling that it is held against, 0 without one."""

    value: str = words.NO_VALUE
    word: str = ""
    zone: str = "none"
    bar: int = 0
    limit: str = ""
    bpm_max: int = 0


def heart(
    strap: StrapFacts | None, session: SessionView | None, last: SessionView | None, now_ms: int
) -> TileHeart:
    """The strap of a treadmill, against the ceiling of its session; after the end, while the heart is still over the
    ceiling of the last one, against that: the member is still there."""
    limit_bpm = session.hr_limit_bpm if session is not None else None
    past_bpm = last.hr_limit_bpm if session is None and last is not None else None
    if past_bpm and strap is not None and (strap.hr_bpm or 0) > past_bpm:
        limit_bpm = past_bpm
    limit = tile_words.limit(str(limit_bpm)) if limit_bpm else ""
    if strap is None:
        return TileHeart(word=tile_words.no_strap(), limit=limit)
    if strap.hr_bpm is None or strap.measured_ms is None:
        return TileHeart(word=_strap_link(strap.state) or tile_words.hr_waiting(), limit=limit)
    age_ms = now_ms - strap.measured_ms
    if age_ms > HR_FRESH_MS:
        return TileHeart(word=_strap_link(strap.state) or tile_words.hr_old(age_ms // 1000), limit=limit)
    if strap.contact is False:
        return TileHeart(word=tile_words.no_contact(), limit=limit)
    zone = limit_zone(strap.hr_bpm, limit_bpm)
    return TileHeart(
        value=str(strap.hr_bpm),
        word=say(phrases.ZONES[zone]),
        zone=zone,
        bar=bar(strap.hr_bpm, limit_bpm / LIMIT_AT * 100 if limit_bpm else 200),
        limit=limit,
        bpm_max=limit_bpm or 0,
    )


def limit_zone(hr_bpm: int, limit_bpm: int | None) -> str:
    """A heart rate against the member's own limit: easy < 75 % ≤ working < 90 % ≤ near ≤ 100 % < over."""
    if not limit_bpm:
        return "none"
    if hr_bpm * 100 > limit_bpm * FULL_PCT:
        return "over"
    if hr_bpm * 100 >= limit_bpm * NEAR_PCT:
        return "near"
    return "working" if hr_bpm * 100 >= limit_bpm * WORKING_PCT else "easy"


def _strap_link(state: StrapState | None) -> str:
    return (
        ""
        if state is None or state.link == "connected"
        else say("Strap: {state}", state=say(phrases.STATES[state.link]))
    )


def bar(value: float | None, full: float) -> int:
    """How full a bar is, 0–100."""
    return 0 if value is None or full <= 0 else round(max(0.0, min(100.0, value / full * 100)))
