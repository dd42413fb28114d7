"""A treadmill as its tile shows it: facts and time in, words and numbers out. Pure.

A tile never shows an old value as if it were of now: without a speed of the last 3 s it is in none of the states
that speak of the belt, its speed is blank, and its age is told.
"""

import math

import msgspec

from device_adapters.contract.keys import hazards
from device_adapters.contract.messages import SessionView, UnitStatus
from device_adapters.contract.standing import KNOWN_STILL, standing
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import UNCOMMISSIONED_CKMH, ceiling_for
from device_adapters.units import kmh_from_ckmh
from services.console import phrases, tile_words, words
from services.console.languages import say
from services.console.live.facts import StrapFacts, TreadmillFacts
from services.console.live.tile_heart import LIMIT_AT, bar, heart
from services.texts.figures import fixed
from services.texts.programmes import in_words
from services.texts.telling import tell

ROUNDING_KMH = 0.05

NOWHERE = -9
"""Left of its bar: a mark that is not to be seen."""


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a tile shows. Bars are 0–100; `age_s` is set where the speed is old.

    `name`: what staff call it, else its id. `count`: what is left of a countdown to a start, in whole seconds, else
    empty. `danger`: words for a belt that may move and not stop, else empty. `latch`: the cause of the stop that Clear
    means.

    For its panel: `session` is the last session, under way or not, `goal` its goal and `member` its member's
    pseudonym; `can` is what would be taken now; `limit_kmh` is in force, and nobody can raise it above `ceiling_kmh`.
    `out_of_use`: why nobody may start here, by whom and since when. `defect`: what it did and nobody has checked
    since. `drill`: no treadmill, and nothing of it is kept. `way`: that its belt runs backward, else empty.
    `held_kmh`: more the machine does for nobody before it is commissioned. `holds`: it has a button to hold.
    """

    id: str
    name: str = ""
    place: str = ""
    state: str = "waiting"
    word: str = phrases.STATES["waiting"]
    fresh: bool = False
    may_move: bool = True
    age_s: int | None = None
    who: str = ""
    plan: str = ""
    speed: str = words.NO_VALUE
    speed_bar: int = 0
    speed_limit: str = ""
    over: bool = False
    last: str = ""
    target: str = words.NO_VALUE
    target_bar: int = NOWHERE
    grade: str = words.NO_VALUE
    way: str = ""
    hr: str = words.NO_VALUE
    hr_bar: int = 0
    hr_limit: str = ""
    zone: str = "none"
    zone_word: str = ""
    programme: str = ""
    step: str = ""
    left: str = ""
    count: str = ""
    progress: int = 0
    nearest: str = ""
    note: str = ""
    why: str = ""
    danger: str = ""
    out_of_use: str = ""
    defect: str = ""
    drill: bool = False
    in_danger: bool = False
    latch: str = ""
    sets: str = ""
    next: str = ""
    waits: str = ""
    asks_present: bool = False
    asks_rpe: bool = False
    can: tuple[str, ...] = ()
    session: str = ""
    goal: str = ""
    member: str = ""
    ended: bool = False
    limit_kmh: float | None = None
    ceiling_kmh: float | None = None
    held_kmh: float | None = None
    holds: bool = False
    can_start: bool = False
    can_pause: bool = False
    can_resume: bool = False
    can_end: bool = False
    can_clear: bool = False
    has_session: bool = False
    has_record: bool = False


def tile(facts: TreadmillFacts, unit: UnitStatus | None, strap: StrapFacts | None, now_ms: int) -> Tile:
    """The tile of one treadmill at `now_ms`. Unit and strap are None while nothing is known of them."""
    state = state_of(facts, unit, now_ms)
    fresh = facts.fresh(now_ms) and state not in ("offline", "lost", "absent", "connecting")
    session = None if facts.session_silent_ms(now_ms) else facts.active_session()
    speed = words.NO_VALUE if facts.speed_kmh is None else fixed(facts.speed_kmh)
    scale_kmh, limit_kmh = _speed_scale(facts, session)
    over = fresh and limit_kmh is not None and (facts.speed_kmh or 0) > limit_kmh + ROUNDING_KMH
    hr = heart(strap, session, facts.session, now_ms)
    # After a stop the member is still there; after an end the belt is free for the next.
    latched = facts.state is not None and bool(facts.state.latched)
    present = facts.session if latched else facts.active_session()
    last = facts.session
    cause = facts.danger(state)
    why = tile_words.by_role(_why(facts, state, cause, now_ms))
    if state == "ready" and hr.zone == "over":
        why = tile_words.heart_over(hr.value, hr.bpm_max)
    can = () if session is None else session.can
    return Tile(
        id=facts.id,
        state=state,
        word=say(words.HEART_OVER if state == "ready" and hr.zone == "over" else phrases.STATES[state]),
        fresh=fresh,
        may_move=state not in KNOWN_STILL,
        age_s=None if fresh else facts.silent_ms(now_ms) // 1000,
        who=present.alias if present is not None else "",
        plan=_plan(present),
        speed=speed if fresh else words.NO_VALUE,
        speed_bar=bar(facts.speed_kmh, scale_kmh) if fresh else 0,
        speed_limit=tile_words.limit(fixed(limit_kmh), over) if limit_kmh else "",
        over=over,
        last="" if fresh else tile_words.last_reading(speed),
        target=words.NO_VALUE if session is None else fixed(session.target_kmh),
        target_bar=NOWHERE if session is None else bar(session.target_kmh, scale_kmh),
        grade=_grade(facts) if fresh else words.NO_VALUE,
        way=tile_words.way(facts.state),
        hr=hr.value,
        hr_bar=hr.bar,
        hr_limit=hr.limit,
        zone=hr.zone,
        zone_word=hr.word,
        programme="" if session is None else in_words(session.programme),
        step="" if session is None else tile_words.step(session.step, session.steps, session.step_kind),
        left=_left(session),
        count=_count(session),
        progress=_progress(session),
        nearest="" if session is None else tell(session.nearest_limit),
        note=why or ("" if session is None else tile_words.cue(session.cue)),
        why=why,
        danger=why if cause is not None else "",
        in_danger=cause is not None,
        latch=facts.state.latched if facts.state is not None else "",
        sets="" if session is None else tile_words.sets(session.sets_done, session.sets),
        next="" if session is None else tile_words.step_brief(session.next),
        waits="" if session is None or not session.waits_for else say(phrases.WAITS[session.waits_for]),
        asks_present=session is not None and "present" in session.asks,
        asks_rpe=session is not None and "rpe" in session.asks,
        can=can,
        session="" if last is None else last.session,
        goal="" if last is None else last.goal.value,
        member="" if last is None else last.member,
        ended=last is not None and last.phase == "ended",
        limit_kmh=None if session is None or session.limits is None else session.limits.speed_max_kmh,
        ceiling_kmh=None if session is None else kmh_from_ckmh(ceiling_for(session.goal).speed_max_ckmh),
        held_kmh=_held(facts),
        holds=facts.state is not None and facts.state.hold != "",
        can_start=state == "ready",
        can_pause=state == "running" or "pause" in can,
        can_resume=state == "paused",
        can_end=state == "paused",
        can_clear=state == "stopped",
        has_session=present is not None,
        has_record=last is not None,
    )


def as_drill(made: Tile) -> Tile:
    """The drill's: it says what it is wherever its name stands, and has no member's page and no record."""
    return msgspec.structs.replace(
        made, name=say(words.DRILL), drill=True, has_session=False, has_record=False
    )


def state_of(facts: TreadmillFacts, unit: UnitStatus | None, now_ms: int) -> str:
    """The one word for a treadmill: a key of `phrases.STATES`."""
    silent_ms = facts.silent_ms(now_ms)
    return standing(
        facts.state,
        None if facts.session_silent_ms(now_ms) else facts.active_session(),
        unit_online=unit is None or unit.online,
        speed_kmh=facts.speed_kmh,
        speed_age_ms=None if facts.measured_ms is None else silent_ms,
        silent_ms=silent_ms,
    )


def _speed_scale(facts: TreadmillFacts, session: SessionView | None) -> tuple[float, float | None]:
    """The bar's full length and the limit in force, if one is. Without one the machine's own maximum is the end."""
    said = facts.state
    limits = session.limits if session is not None else None
    limits = limits or (said.limits if said is not None else None)
    if limits is not None and limits.speed_max_kmh > 0:
        return limits.speed_max_kmh / LIMIT_AT * 100, limits.speed_max_kmh
    return (said.speed_max_kmh if said is not None else None) or 10.0, None


def _grade(facts: TreadmillFacts) -> str:
    """Effective grade: a machine's +5 % is uphill for a member who turned round, downhill on a reversed belt."""
    if facts.incline_pct is None or facts.state is None:
        return words.NO_VALUE
    grade_pct = facts.incline_pct if facts.state.arrangement == "member_turned" else -facts.incline_pct
    told = round(grade_pct, 1) or 0.0
    return f"{fixed(told, signed=told != 0)} %"


def _plan(session: SessionView | None) -> str:
    if session is None:
        return ""
    plan = f"{say(phrases.GOALS[session.goal][0])} · {say(phrases.LEVELS[session.level])}"
    return f"{plan} · {say(words.HOLD_TO_RUN)}" if session.hold else plan


def _left(session: SessionView | None) -> str:
    return (
        tile_words.left(session.total_s - session.elapsed_s)
        if session is not None and session.total_s
        else ""
    )


def _held(facts: TreadmillFacts) -> float | None:
    said = facts.state
    return kmh_from_ckmh(UNCOMMISSIONED_CKMH) if said is not None and not said.commissioned else None


def _count(session: SessionView | None) -> str:
    if session is None or session.waits_for != "countdown" or session.starts_in_s is None:
        return ""
    return str(max(0, math.ceil(session.starts_in_s)))


def _progress(session: SessionView | None) -> int:
    return bar(session.elapsed_s, session.total_s) if session is not None and session.total_s else 0


def _why(facts: TreadmillFacts, state: str, cause: Cause | None, now_ms: int) -> str:
    match state:
        case "offline":
            return tile_words.unit_offline(facts.unit)
        case "lost":
            return tile_words.link_lost()
        case "silent":
            return tile_words.data_silent()
    if cause is not None:
        return tell(hazards.staff(cause))
    if facts.state is not None and facts.state.latched:
        return tile_words.locked(facts.state)
    if silent_ms := facts.session_silent_ms(now_ms):
        return tile_words.session_silent(silent_ms // 1000)
    if facts.session is None:
        return ""
    if facts.session.phase == "ended":
        outcome = say(phrases.OUTCOMES[facts.session.outcome]) if facts.session.outcome else ""
        return f"{outcome} {tell(facts.session.why)}".strip()
    return tell(facts.session.why)
