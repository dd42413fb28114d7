"""Where a member stands in a goal: level in force, what counts towards the next, what was reached. Pure.

A fold over sign-offs and sessions in the order of time. Training is a session that was done. After 14 days without
it what was reached counts no faster than the level below; after 42 days everything begins again at novice.
"""

from dataclasses import dataclass, replace

from device_adapters.safety.limits import Goal, Level, limits_for
from services.members import doses
from services.members.clean import is_clean
from services.members.model import DAY_MS, Dossier, Refusal, SessionRecord, SignOff


@dataclass(frozen=True, slots=True)
class Mark:
    """What one clean session reached."""

    at_ms: int
    session_s: int
    speed_ckmh: int
    grade_dpct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`clean` sessions since the level began, from `clean_first_ms` to `clean_last_ms`.

    `rested_ms`: since the last training, None without any. `returned_ms`: the last return after 14 days without.
    `lost`: the level that 42 days without training took.
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


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a member stands in a goal; `missing` for the next level in words, empty: ready, or at the top."""

    at: Standing
    missing: str


def standing(dossier: Dossier, goal: Goal, now_ms: int) -> Standing:
    """Where the member stands at `now_ms`."""
    at = Standing(goal=goal)
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


def _signed(at: Standing, sign_off: SignOff) -> Standing:
    if sign_off.level is at.level:
        return at
    return replace(at, level=sign_off.level, lost=None, clean=0, clean_first_ms=0, clean_last_ms=0)


def _rested(at: Standing, now_ms: int) -> Standing:
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
        )
    if rested_ms >= doses.STEP_DOWN_MS:
        fastest = limits_for(at.goal, doses.level_below(at.level)).speed_max_ckmh
        marks = tuple(replace(mark, speed_ckmh=min(mark.speed_ckmh, fastest)) for mark in at.marks)
        return replace(at, marks=marks, returned_ms=now_ms)
    return at


def _trained(at: Standing, record: SessionRecord, dossier: Dossier) -> Standing:
    at = replace(at, trained_ms=record.ended_ms)
    if not is_clean(record, dossier.body):
        return at
    mark = Mark(record.ended_ms, record.planned_s, record.speed_max_ckmh, record.grade_max_dpct)
    at = replace(at, marks=(*at.marks, mark))
    if record.level is not at.level:
        return at
    return replace(
        at,
        clean=at.clean + 1,
        clean_first_ms=record.began_ms if at.clean == 0 else at.clean_first_ms,
        clean_last_ms=record.began_ms,
    )


def sign_off_refusal(at: Standing, level: Level) -> Refusal | None:
    """May staff set this level now? Down always; up by one, once the clean sessions are there."""
    if doses.rank(level) <= doses.rank(at.level):
        return None
    if level is not doses.next_level(at.level):
        return Refusal(
            "one_level_at_a_time",
            f"From {at.level} the next level is {doses.next_level(at.level)}; sign that off first.",
        )
    missing = to_next(at)
    return Refusal("not_ready", f"Not ready for {level}: {missing}.") if missing else None


def to_next(at: Standing) -> str:
    """What is missing for the next level, in words; empty: staff may sign it off, or there is none above."""
    sessions, span_ms = doses.clean_needed(at.level)
    spanned_ms = at.clean_last_ms - at.clean_first_ms
    missing = []
    if at.clean < sessions:
        missing.append(f"{at.clean} of {sessions} clean sessions at {at.level}")
    if spanned_ms < span_ms:
        missing.append(f"they span {spanned_ms // DAY_MS} of {span_ms // DAY_MS} days")
    return ", ".join(missing)
