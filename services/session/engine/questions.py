"""The session's open questions: asking, recording, and what an answer changes. Pure; phases change elsewhere."""

from typing import Literal

from device_adapters.contract.keys import sessions as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.frozen import replace
from device_adapters.safety import heart as hearts
from device_adapters.safety.limits import Goal
from services.session.engine import prompts
from services.session.engine.events import Effect, EventNote, Publish
from services.session.engine.prompts import Prompt, Stage
from services.session.engine.state import Session, Wanted

Question = Literal["rpe", "present"]

PRESENCE_MS = 180_000
"""How often staff are asked whether they are with a novice, or a member who needs them. Staff at the machine or in
view is what domain.md §2 has for every novice; 2 to 5 minutes (§3) and the 3 of them are judgement."""

PAUSED: dict[Question, Phrase] = {"rpe": keys.rpe_unanswered(), "present": keys.presence_unanswered()}
TOLD: dict[Stage, Phrase] = {
    Stage.ASKED: keys.question_asked(),
    Stage.HOLD: keys.question_holds(),
    Stage.SLOW: keys.question_slows(),
    Stage.PAUSE: keys.question_stops(),
}


def asks_rpe(wanted: Wanted) -> bool:
    """Is the member to say how hard it is? Without a strap, and where the heart has no ceiling (a guest whose maximum
    nobody typed, a beta blocker)."""
    return not wanted.strap or wanted.hr_max_bpm is None


def asks(session: Session) -> tuple[Question, ...]:
    """The questions that wait for an answer now."""
    if session.phase != "running":
        return ()
    open_ones: tuple[tuple[Question, Prompt | None], ...] = (
        ("rpe", session.rpe),
        ("present", session.presence),
    )
    return tuple(name for name, prompt in open_ones if prompt is not None and prompt.stage >= Stage.ASKED)


def looked(session: Session, going_ckmh: int) -> tuple[Session, tuple[Effect, ...], Question | None]:
    """Bring both ladders up to now; the question is one that has waited too long, if any.

    A belt is held or slowed from what it does now (`going_ckmh`), not from where it was going.
    """
    if session.rpe is None and session.presence is None:
        return session, (), None
    session, effects, rpe_over = _one(session, "rpe", session.rpe, going_ckmh)
    session, more, presence_over = _one(session, "present", session.presence, going_ckmh)
    return session, (*effects, *more), "rpe" if rpe_over else "present" if presence_over else None


def _one(
    session: Session, name: Question, prompt: Prompt | None, going_ckmh: int
) -> tuple[Session, tuple[Effect, ...], bool]:
    if prompt is None:
        return session, (), False
    after = prompts.looked(
        prompt,
        elapsed_ms=session.elapsed_ms,
        going_ckmh=going_ckmh,
        recovery_ckmh=recovery_ckmh(session),
    )
    if after is prompt:
        return session, (), False
    session = _with(session, name, after)
    note = EventNote(
        kind="question",
        cause=name,
        said=TOLD[after.stage],
        severity="warning" if after.stage >= Stage.HOLD else "info",
        session=session.wanted.session,
        after={"stage": after.stage.name.lower(), "speed_ckmh": after.cap_ckmh},
    )
    return session, (note, Publish()), after.stage is Stage.PAUSE


def answered(session: Session, name: Question) -> Session:
    """An answer ends the ladder; what it took off stays off until the step is over, so that nothing rises by it."""
    prompt = session.rpe if name == "rpe" else session.presence
    if prompt is None:
        return session
    if prompt.cap_ckmh is not None:
        cap = session.step_cap_ckmh
        session = replace(
            session, step_cap_ckmh=prompt.cap_ckmh if cap is None else min(cap, prompt.cap_ckmh)
        )
    return _with(session, name, prompts.begun(prompt.every_ms, session.elapsed_ms))


def caps(session: Session) -> tuple[int, ...]:
    """Speeds that open questions and *slower* hold the belt under, 0.01 km/h."""
    prompts_ = (session.rpe, session.presence)
    found = (session.step_cap_ckmh, *(p.cap_ckmh for p in prompts_ if p is not None))
    return tuple(cap for cap in found if cap is not None)


def recovery_ckmh(session: Session) -> int:
    """The speed to which an unanswered question slows the belt: that of a lost heart rate (domain.md §2.2)."""
    mobility = session.wanted.programme.goal is Goal.MOBILITY
    return hearts.RECOVERY_MOBILITY_CKMH if mobility else hearts.RECOVERY_CKMH


def _with(session: Session, name: Question, prompt: Prompt) -> Session:
    return replace(session, rpe=prompt) if name == "rpe" else replace(session, presence=prompt)
