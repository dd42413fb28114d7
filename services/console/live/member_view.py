"""What one member sees of their own session: facts and time in, values out. Pure.

Values are numbers and stable words, for which the page has words, and what others say, in each language. Nobody else's
anything is in here.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from device_adapters.contract.keys import hazards
from device_adapters.contract.messages import Cue, SessionView, StepBrief, UnitStatus
from device_adapters.contract.standing import HR_FRESH_MS, KNOWN_STILL, OUT_OF_REACH
from services.console import tile_words
from services.console.live.facts import StrapFacts, TreadmillFacts
from services.console.live.tile import state_of
from services.rules.zones import ZONES, percent, zone_of
from services.texts.languages import LANGUAGES, speaking
from services.texts.programmes import in_words
from services.texts.telling import tell

T = TypeVar("T")

CUE_FRESH_MS = 8_000
"""A cue older than this is not said any more: it was about another moment."""


class MemberPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. None: not known now. `hr_arc` and `ceiling_arc` are per cent of the maximum.

    `standing`: what holds until the next cue. `warning`: for a belt that may go on although it should not, by language;
    else empty. `may_move`: the belt is not known to stand, whatever the session does.
    """

    session: str
    state: str
    fresh: bool
    age_s: int | None
    speed_kmh: float | None
    target_kmh: float
    limit_kmh: float | None
    grade_pct: float
    belt_reversed: bool
    hr_bpm: int | None
    hr_age_s: int | None
    hr_arc: int
    ceiling_bpm: int | None
    ceiling_arc: int
    zone: int
    zone_name: str
    zone_word: str
    over: bool
    programme: dict[str, str]
    step: int
    steps: int
    step_kind: str
    step_left_s: float | None
    total_left_s: float
    sets_done: int
    sets: int
    progress: float
    distance_m: int
    now: dict[str, Any] | None
    next: dict[str, Any] | None
    waits_for: str
    starts_in_s: int | None
    asks_rpe: bool
    can_slower: bool
    phase: str
    outcome: str
    why: dict[str, str]
    cue_id: str
    cue: dict[str, str]
    cue_tone: str
    standing: dict[str, str]
    warning: dict[str, str]
    may_move: bool


def member_picture(
    facts: TreadmillFacts,
    unit: UnitStatus | None,
    strap: StrapFacts | None,
    session: SessionView,
    now_ms: int,
) -> MemberPicture:
    """The picture of `session`, which is or was this treadmill's last."""
    belt = state_of(facts, unit, now_ms)
    state = "ended" if session.phase == "ended" else belt
    cause = facts.danger(belt)
    fresh = facts.fresh(now_ms) and belt not in OUT_OF_REACH
    bpm, age_s = _heart_rate(strap, now_ms)
    hr_max, ceiling = session.hr_max_bpm, session.hr_limit_bpm
    zone = ZONES[0] if bpm is None or not hr_max else zone_of(bpm, hr_max)
    cue = _cue(facts, session, now_ms)
    limits = session.limits
    return MemberPicture(
        session=session.session,
        state=state,
        fresh=fresh,
        age_s=None if fresh else facts.silent_ms(now_ms) // 1000,
        speed_kmh=facts.speed_kmh if fresh else None,
        target_kmh=session.target_kmh,
        limit_kmh=limits.speed_max_kmh if limits else None,
        grade_pct=session.target_pct,
        belt_reversed=session.arrangement == "belt_reversed",
        hr_bpm=bpm,
        hr_age_s=age_s,
        hr_arc=min(100, percent(bpm, hr_max)) if bpm and hr_max else 0,
        ceiling_bpm=ceiling,
        ceiling_arc=min(100, percent(ceiling, hr_max)) if ceiling and hr_max else 0,
        zone=zone.number,
        zone_name=zone.name,
        zone_word=zone.word,
        over=bool(bpm and ceiling and bpm > ceiling),
        programme=_each(in_words, session.programme),
        step=session.step,
        steps=session.steps,
        step_kind=session.step_kind,
        step_left_s=session.step_left_s,
        total_left_s=max(0.0, session.total_s - session.elapsed_s),
        sets_done=session.sets_done,
        sets=session.sets,
        progress=session.progress,
        distance_m=round(session.distance_m),
        now=_step(session.now),
        next=_step(session.next),
        waits_for=session.waits_for,
        starts_in_s=None if session.starts_in_s is None else round(session.starts_in_s),
        asks_rpe="rpe" in session.asks,
        can_slower="slower" in session.can,
        phase=session.phase,
        outcome=session.outcome or "",
        why={each: tile_words.by_role(said) for each, said in _each(tell, session.why).items()},
        cue_id=cue.id if cue else "",
        cue=cue.text if cue else {},
        cue_tone=cue.tone if cue else "",
        standing=_each(tile_words.cue, session.cue),
        warning=_each(tell, hazards.member(cause)) if cause else {},
        may_move=belt not in KNOWN_STILL,
    )


def _each(told: Callable[[T], str], what: T) -> dict[str, str]:
    """In each language: the page has its own switch."""
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = told(what)
    return found


def _heart_rate(strap: StrapFacts | None, now_ms: int) -> tuple[int | None, int | None]:
    """The heart rate if it is of now, else None and its age in seconds."""
    if strap is None or strap.measured_ms is None:
        return None, None
    age_ms = now_ms - strap.measured_ms
    if age_ms > HR_FRESH_MS or strap.contact is False:
        return None, age_ms // 1000
    return strap.hr_bpm, None


def _cue(facts: TreadmillFacts, session: SessionView, now_ms: int) -> Cue | None:
    cue = facts.cue
    if cue is None or cue.session != session.session or now_ms - facts.cue_ms > CUE_FRESH_MS:
        return None
    return cue


def _step(step: StepBrief | None) -> dict[str, Any] | None:
    return None if step is None else msgspec.structs.asdict(step)
