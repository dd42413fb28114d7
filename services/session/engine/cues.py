"""What a member must hear, derived from two states of a session: one step before and one after an event. Pure.

A member who walks backward cannot see the console (domain.md §4), so every change of speed is said 10 s ahead and
counted down, and every start, stop and turn is said. A cue is a key and its arguments; words are in `catalogue`.
"""

from dataclasses import dataclass, field
from typing import Literal

from device_adapters.contract.keys import hazards
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.hazards import Cause
from device_adapters.units import kmh_from_ckmh
from services.programme import plan
from services.programme.model import Facing, Step
from services.session.engine import questions
from services.session.engine.state import Session

Tone = Literal["info", "count", "change", "warning"]
Args = dict[str, float | int | str]

SOON_MS = 10_000
COUNT_FROM = 3
AGAIN_MS = 10_000
"""What matters for life is said again after so long, until it is over."""

STEP_MIN_MS = 5_000
"""A step that has not lasted this long is too short to announce its end."""

CHANGE_CKMH = 10
"""A smaller change of speed is not worth words."""

BY_ITSELF_CKMH = 20
"""What rises by itself, within a heart's limits, rises by no more at once."""

HEART: dict[Cause, str] = {
    Cause.HR_MISSING: "hr_missing",
    Cause.HR_LOST: "hr_lost",
    Cause.HR_HIGH: "hr_high",
    Cause.HR_STILL_HIGH: "hr_high",
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to say. `id` is the same for the same moment of a session, however often it is derived."""

    id: str
    key: str
    args: Args = field(default_factory=dict)
    tone: Tone = "info"


def due(
    before: Session | None, after: Session, now_ms: int, doubt: Phrase | None = None
) -> tuple[Utterance, ...]:
    """What to say now. The same cue may come several times in a row; who speaks drops the ids that it has said.

    `doubt`: the belt may go on although it is told to stop; then nothing else is said.
    """
    if before is None or before.wanted.session != after.wanted.session:
        before = None
    if doubt is not None:
        return (_in_doubt(after, doubt, now_ms),)
    cues = [*_counted(after, now_ms), *_phase(before, after)]
    if after.phase == "running":
        cues += [*_step(before, after), *_with_class(before, after), *_ahead(after), *_warned(before, after)]
    return tuple(cues)


def _in_doubt(session: Session, doubt: Phrase, now_ms: int) -> Utterance:
    if session.phase == "ended":
        return _cue(session, "belt_unknown", "warning")
    mark = f"-{session.phase_ms}-{(now_ms - session.phase_ms) // AGAIN_MS}"
    if doubt == hazards.belt_may_go_on:
        return _cue(session, "belt_may_go_on", "warning", mark)
    return _cue(session, "belt_may_begin", "warning", mark)


def _cue(session: Session, key: str, tone: Tone = "info", mark: str = "", **args: float | str) -> Utterance:
    """A cue that is said once in a step, or once for each `mark`."""
    return Utterance(f"{session.wanted.session}-{len(session.laps)}-{key}{mark}", key, dict(args), tone)


def _once_more(session: Session, key: str, tone: Tone = "info", **args: float | str) -> Utterance:
    """A cue that a step may need several times, since people pause and resume."""
    return _cue(session, key, tone, f"-{session.phase_ms}", **args)


def _counted(session: Session, now_ms: int) -> list[Utterance]:
    if session.starts_ms is None:
        return []
    left_s = -(-(session.starts_ms - now_ms) // 1000)
    if left_s > COUNT_FROM:
        return [_once_more(session, "starts_in", "change", s=session.wanted.countdown_ms // 1000)]
    if left_s < 1:
        return []
    return [_cue(session, "count", "count", f"-{session.phase_ms}-{left_s}", n=left_s)]


def _phase(before: Session | None, after: Session) -> list[Utterance]:
    was = before.phase if before else ""
    match after.phase:
        case "starting" if _told_to_move(after) and not (before and _told_to_move(before)):
            return [_once_more(after, "belt_starts", "change")]
        case "pausing" | "stopping" if was in ("running", "starting") and after.start_sent:
            return [_once_more(after, "belt_stops", "change")]
        case "paused" if before is None or was != "paused" or before.progress.index != after.progress.index:
            return [_waiting(after)]
        case "ended" if was != "ended":
            return [_ended(after)]
        case _:
            return []


def _told_to_move(session: Session) -> bool:
    return session.phase == "starting" and session.start_sent and session.starts_ms is None


def _waiting(session: Session) -> Utterance:
    step = session.step
    if step.off_belt:
        return _once_more(session, "step_off", "change", text=step.cue)
    if session.facing in (None, step.facing):
        return _once_more(session, "wait")
    return _once_more(session, "turn_retro" if step.facing is Facing.RETRO else "turn_forward", "change")


def _ended(session: Session) -> Utterance:
    match session.outcome:
        case "completed":
            return _cue(session, "finished", "change")
        case _:
            return _cue(session, "ended", "change")


def _step(before: Session | None, session: Session) -> list[Utterance]:
    """The beginning of a step: its set, its words, and its speed if nobody announced it."""
    begins = before is None or before.phase != "running"
    changes = before is not None and len(before.laps) != len(session.laps)
    if not (begins or changes):
        return []
    step, cues = session.step, []
    if before is not None and changes and not announced(before):
        cues += _change(session, before.asked_ckmh, step, "now")
    if step.sets and (changes or session.lap.ms == 0):
        cues.append(_cue(session, "set", n=step.set_number, of=step.sets))
    if step.cue:
        cues.append(_once_more(session, "step_text", text=step.cue))
    return cues


def _with_class(before: Session | None, session: Session) -> list[Utterance]:
    """The class's clock runs: who walked in goes faster, in a step that nobody announced."""
    same = before is not None and len(before.laps) == len(session.laps)
    if session.lane is None or before is None or not same:
        return []
    if session.asked_ckmh - before.asked_ckmh <= BY_ITSELF_CKMH:
        return []
    return [_cue(session, "now_faster", "change", "-class", kmh=_spoken(session.asked_ckmh))]


def _ahead(session: Session) -> list[Utterance]:
    """The end of the present step: 10 s ahead, then 3, 2, 1."""
    if not announced(session):
        return []
    left_s = -(-plan.left_ms(session.step, session.progress, session.asked_ckmh) // 1000)
    if left_s <= 0:
        return []
    following = session.next_step
    stops = following is None or following.off_belt or following.facing is not session.facing
    if following is None or stops:
        ahead = [_cue(session, "soon_stop", "change", s=left_s)]
    else:
        ahead = _change(session, session.asked_ckmh, following, "soon", s=left_s)
    if not ahead:
        return []
    if left_s <= COUNT_FROM:
        return [_cue(session, "count", "count", f"-{left_s}", n=left_s)]
    return ahead if left_s > COUNT_FROM + 2 else []


def announced(session: Session) -> bool:
    """Is the end of the present step near enough to be said, and the step long enough for it?"""
    if session.asked_dpct is None or session.progress.step_ms < STEP_MIN_MS:
        return False
    return plan.left_ms(session.step, session.progress, session.asked_ckmh) <= SOON_MS


def _change(session: Session, from_ckmh: int, to: Step, when: str, **args: int) -> list[Utterance]:
    to_ckmh = min(to.speed_ckmh * session.pace_pct // 100, session.limits.speed_max_ckmh)
    if abs(to_ckmh - from_ckmh) < CHANGE_CKMH:
        return []
    word = "faster" if to_ckmh > from_ckmh else "easier"
    return [_cue(session, f"{when}_{word}", "change", "", kmh=_spoken(to_ckmh), **args)]


def _warned(before: Session | None, session: Session) -> list[Utterance]:
    """The heart, open questions, and what *slower* did."""
    cues = []
    cause = session.heart.cause if session.heart else None
    was = before.heart.cause if before is not None and before.heart else None
    if cause is not None and cause is not was and cause in HEART:
        cues.append(_cue(session, HEART[cause], "warning", f"-{session.elapsed_ms // 1000}"))
    asked = "rpe" in questions.asks(session)
    if asked and (before is None or "rpe" not in questions.asks(before)):
        cues.append(_cue(session, "ask_rpe", "info", f"-{session.elapsed_ms // 1000}"))
    if before is not None and session.asked_ckmh < before.asked_ckmh and _pressed(before, session):
        cues.append(
            _cue(session, "slower", "change", f"-{session.commands}", kmh=_spoken(session.asked_ckmh))
        )
    return cues


def _pressed(before: Session, session: Session) -> bool:
    same_step = len(before.laps) == len(session.laps)
    return same_step and session.step_cap_ckmh is not None and session.step_cap_ckmh != before.step_cap_ckmh


def _spoken(ckmh: int) -> float:
    """km/h with one decimal."""
    return round(kmh_from_ckmh(ckmh), 1)
