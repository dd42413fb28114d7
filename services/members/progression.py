"""Where a member stands in a goal: level in force, what counts towards the next, what was reached. Pure.

A fold over sign-offs and sessions in the order of time. Training is a session that was done. After 14 days without
it what was reached counts no faster than the level below; after 42 days everything begins again at novice.
"""

from dataclasses import dataclass, replace

from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Phrase, Refusal
from device_adapters.safety.limits import Goal, Level, limits_for
from device_adapters.units import DAY_MS
from services.members import doses
from services.members.clean import flared, is_clean
from services.members.model import Dossier, SessionRecord, SignOff


@dataclass(frozen=True, slots=True)
class Mark:
    """What one clean session reached."""

    at_ms: int
    session_s: int
    speed_ckmh: int
    grade_dpct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStanding:
    """`clean` sessions since the level began, from `clean_first_ms` to `clean_last_ms`.

    `rested_ms`: since the last training, None without any. `returned_ms`: the last return after 14 days without.
    `lost`: the level that 42 days without training took. `unbroken_ms`: the latest sessions were all clean for so long.
    `flared`: what the last session asked, if the pain of the next day rose after it.
    """

    goal: Goal
    level: Level = Level.NOVICE
    lost: Level | None = None
    clean: int = 0
    clean_first_ms: int = 0
    clean_last_ms: int = 0
    trained_ms: int | None = None
    rested_ms: int | None = None
    returned_ms: int | None = None
    marks: tuple[Mark, ...] = ()
    unbroken_ms: int = 0
    unbroken_from_ms: int | None = None
    flared: Mark | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a member stands in a goal; `missing` for the next level, nothing: ready, or at the top."""

    at: LevelStanding
    missing: tuple[Phrase, ...]


def standing(dossier: Dossier, goal: Goal, now_ms: int) -> LevelStanding:
    """Where the member stands at `now_ms`."""
    at = LevelStanding(goal=goal)
    happened: list[tuple[int, int, SignOff | SessionRecord]] = [
        (s.at_ms, 0, s) for s in dossier.sign_offs if s.goal is goal
    ]
    happened += [(r.ended_ms, 1, r) for r in dossier.history if r.goal is goal and r.done]
    for _, _, what in sorted(happened, key=lambda h: h[:2]):
        match what:
            case SignOff():
                at = _signed(at, what)
            case SessionRecord():
                at = _trained(_rested(at, what.began_ms), what, dossier)
    return _rested(at, now_ms)


def _signed(at: LevelStanding, sign_off: SignOff) -> LevelStanding:
    if sign_off.level is at.level:
        return at
    return replace(at, level=sign_off.level, lost=None, clean=0, clean_first_ms=0, clean_last_ms=0)


def _rested(at: LevelStanding, now_ms: int) -> LevelStanding:
    """The time without training until `now_ms`, and what it takes away."""
    if at.trained_ms is None:
        return at
    rested_ms = now_ms - at.trained_ms
    at = replace(at, rested_ms=rested_ms)
    if rested_ms >= doses.BEGIN_AGAIN_MS:
        lost = at.lost if at.level is Level.NOVICE else at.level
        return replace(
            at,
            level=Level.NOVICE,
            lost=lost,
            clean=0,
            clean_first_ms=0,
            clean_last_ms=0,
            marks=(),
            returned_ms=None,
            unbroken_ms=0,
            unbroken_from_ms=None,
            flared=None,
        )
    if rested_ms >= doses.STEP_DOWN_MS:
        fastest = limits_for(at.goal, doses.level_below(at.level)).speed_max_ckmh
        marks = tuple(replace(mark, speed_ckmh=min(mark.speed_ckmh, fastest)) for mark in at.marks)
        return replace(at, marks=marks, returned_ms=now_ms)
    return at


def _trained(at: LevelStanding, record: SessionRecord, dossier: Dossier) -> LevelStanding:
    mark = Mark(record.ended_ms, record.planned_s, _reached_ckmh(record), record.grade_max_dpct)
    at = replace(at, trained_ms=record.ended_ms, flared=mark if flared(record) else None)
    if not is_clean(record, dossier.body):
        return replace(at, unbroken_ms=0, unbroken_from_ms=None)
    began_ms = record.began_ms if at.unbroken_from_ms is None else at.unbroken_from_ms
    unbroken_ms = record.began_ms - began_ms
    at = replace(at, marks=(*at.marks, mark), unbroken_from_ms=began_ms, unbroken_ms=unbroken_ms)
    if record.level is not at.level:
        return at
    return replace(
        at,
        clean=at.clean + 1,
        clean_first_ms=record.began_ms if at.clean == 0 else at.clean_first_ms,
        clean_last_ms=record.began_ms,
    )


def _reached_ckmh(record: SessionRecord) -> int:
    """For the knee the speed that was comfortable counts, not the fastest that was tried (domain.md §2.3)."""
    if record.goal is not Goal.KNEE_STRENGTH or record.comfortable_ckmh is None:
        return record.speed_max_ckmh
    return min(record.speed_max_ckmh, record.comfortable_ckmh)


def sign_off_refusal(at: LevelStanding, level: Level) -> Refusal | None:
    """May staff set this level now? Down always; up by one, once the clean sessions are there."""
    if doses.rank(level) <= doses.rank(at.level):
        return None
    if level is not doses.next_level(at.level):
        above = doses.next_level(at.level)
        return Refusal("one_level_at_a_time", keys.one_level_at_a_time(at.level, above))
    missing = to_next(at)
    return Refusal("not_ready", keys.not_ready(level, missing)) if missing else None


def to_next(at: LevelStanding) -> tuple[Phrase, ...]:
    """What is missing for the next level; nothing: staff may sign it off, or there is none above."""
    sessions, span_ms = doses.clean_needed(at.level)
    spanned_ms = at.clean_last_ms - at.clean_first_ms
    missing = []
    if at.clean < sessions:
        missing.append(keys.clean_sessions(at.clean, sessions, at.level))
    if spanned_ms < span_ms:
        missing.append(keys.clean_span(spanned_ms // DAY_MS, span_ms // DAY_MS))
    return tuple(missing)
