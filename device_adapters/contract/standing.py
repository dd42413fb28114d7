"""How a treadmill stands, in one word, and whether its belt may move although nobody wants it to: one rule for pages,
boards and alerts. Pure.

Ages are in ms; `speed_kmh` is the newest measured, however old.
"""

from typing import Final, Literal, get_args

from device_adapters.contract import registry
from device_adapters.contract.messages import SessionView, TreadmillState
from device_adapters.safety.hazards import Cause, reaction

Standing = Literal[
    "ready", "starting", "running", "pausing", "paused", "stopping", "stopped", "moving", "waiting", "silent", "lost",
    "offline", "absent", "connecting",
]  # fmt: skip

STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
"""In the order of their numbers, where a number stands for the word."""

SPEED_FRESH_MS: Final = round((registry.TREADMILL_TELEMETRY.age_max_s or 0) * 1000)
HR_FRESH_MS: Final = round((registry.STRAP_TELEMETRY.age_max_s or 0) * 1000)
"""domain.md §2.2: no fresh heart rate for 5 s is a stale one."""

SESSION_FRESH_MS: Final = 5_000
"""A running session is told each second; five missed ones are silence."""

KNOWN_STILL: Final = frozenset({"ready", "paused", "stopped"})
"""States in which the belt is measured at rest now."""

OUT_OF_REACH: Final = frozenset({"offline", "lost", "absent", "connecting"})
"""States in which no stop reaches the belt."""

_SESSION_STATES: Final = frozenset({"starting", "running", "pausing", "stopping"})
_WALKED: Final = frozenset({"running", "pausing", "stopping"})
_CAUSES: Final = frozenset(Cause)


def standing(
    said: TreadmillState | None,
    session: SessionView | None,
    *,
    unit_online: bool,
    speed_kmh: float | None,
    speed_age_ms: int | None,
    silent_ms: int,
) -> Standing:
    """The one word. What hides the belt from us comes first.

    `session`: the one that has this belt and is told in time. `speed_age_ms`: None without any. `silent_ms`: for how
    long no speed was told, since it was first heard of if never.
    """
    if not unit_online:
        return "offline"
    if said is None:
        return "waiting"
    if said.link != "connected":
        return said.link
    if speed_age_ms is None or speed_age_ms > SPEED_FRESH_MS:
        return "silent" if silent_ms > SPEED_FRESH_MS else "waiting"
    moving = said.belt == "moving" or bool(speed_kmh)
    if said.latched:
        return "stopping" if moving else "stopped"
    if session is not None:
        if session.phase in _SESSION_STATES:
            return session.phase  # type: ignore[return-value]  # one of the words above
        if session.phase == "paused" and not moving:
            return "paused"
    if moving:
        return "moving"
    return "ready" if said.belt == "still" else "waiting"


def danger(
    said: TreadmillState | None, session: SessionView | None, state: str, speed_kmh: float | None
) -> Cause | None:
    """The hazard by which this belt may move and not stop; None where it stops, rests, or is not known to have moved.

    `session`: the one that has this belt. A belt that was last seen at rest, with nobody under way on it, is no danger
    when its unit is switched off.
    """
    if state in OUT_OF_REACH:
        return Cause.LINK_LOST if _was_moving(said, session, speed_kmh) else None
    if state == "silent":
        return Cause.DATA_SILENT if _was_moving(said, session, speed_kmh) else None
    if said is None or state == "waiting" or state in KNOWN_STILL:
        return None
    hazard = said.hazard or said.latched
    if hazard in _CAUSES and not reaction(Cause(hazard)).sure:
        return Cause(hazard)
    if state == "moving" and session is not None and session.phase == "paused":
        return Cause.MOVED_WHILE_LATCHED
    return None


def _was_moving(said: TreadmillState | None, session: SessionView | None, speed_kmh: float | None) -> bool:
    under_way = session is not None and session.phase in _WALKED
    return bool(speed_kmh) or (said is not None and said.belt == "moving") or under_way
