"""May a session start here, how far may its targets go, and why did it end: small pure functions, no transitions."""

from device_adapters.contract.keys import requests, sessions
from device_adapters.contract.messages import Outcome
from device_adapters.contract.neighbours import CONTRACT, neighbours
from device_adapters.contract.phrase import Phrase, Refusal
from device_adapters.safety.limits import (
    FIRST_MOVEMENT_CKMH,
    SITE_CEILING,
    Level,
    Limits,
    limits_for,
    tighter,
)
from device_adapters.units import kmh_from_ckmh
from services.programme.model import Step
from services.session.engine.events import Answered, Start
from services.session.engine.state import EngineState, TreadmillSeen, Wanted

UNKNOWN = Refusal("unknown_treadmill", requests.unknown_treadmill())


def limits_of(start: Start) -> Limits:
    """The envelope before the treadmill has said its own."""
    return tighter(table_limits(start.wanted), SITE_CEILING)


def table_limits(wanted: Wanted) -> Limits:
    """What a session may do without a raise: the table's limits, within the member's own and a novice's if need be."""
    programme = wanted.programme
    limits = limits_for(programme.goal, programme.level)
    if wanted.member_limits is not None:
        limits = tighter(limits, wanted.member_limits)
    return tighter(limits, limits_for(programme.goal, level_of(wanted)))


def level_of(wanted: Wanted) -> Level:
    """A heart without a strap, or without a known maximum, has no ceiling: its caps are a novice's (domain.md §2.2)."""
    return wanted.programme.level if wanted.strap and wanted.hr_max_bpm is not None else Level.NOVICE


def start_refusal(state: EngineState, start: Start) -> Refusal | None:
    """Why no session may start; None: it may."""
    seen = state.seen
    if state.live is not None:
        return Refusal("busy", requests.session_runs())
    if start.strap_busy:
        return Refusal("strap_busy", requests.strap_busy(start.wanted.strap))
    if seen is None:
        return UNKNOWN
    if not seen.online:
        return Refusal("unit_offline", requests.unit_offline())
    if not neighbours(seen.speaks):
        return Refusal("release_apart", requests.release_apart(seen.speaks, CONTRACT))
    if not seen.connected:
        return Refusal("link_lost", requests.not_linked())
    if seen.latched:
        return Refusal("latched", requests.latched(seen.latched_why or seen.latched))
    if seen.lease_holder:
        return Refusal("lease_taken", requests.lease_taken())
    if not seen.still:
        return Refusal("not_still", requests.not_still_stop())
    if start.wanted.hold and not seen.hold:
        return Refusal("nothing_to_hold", requests.nothing_to_hold())
    if not start.wanted.strap and not start.wanted.waiver:
        return Refusal("no_strap", requests.no_strap())
    if first_ckmh(seen) > limits_of(start).speed_max_ckmh:
        slowest = requests.machine_minimum_over_limit(kmh_from_ckmh(seen.speed_min_ckmh))
        return Refusal("machine_minimum_over_limit", slowest)
    return None


def hand_missing(seen: TreadmillSeen | None, wanted: Wanted) -> Phrase | None:
    """What the member does before a belt of hold-to-run may be started; None: nothing. The unit asks it again."""
    if not wanted.hold or (seen is not None and seen.hold == "held"):
        return None
    return sessions.hold_anew() if seen is not None and seen.hold == "stuck" else sessions.hold_first()


def first_ckmh(seen: TreadmillSeen) -> int:
    """The speed of a first movement: 1.0 km/h, or the machine's minimum if that is more."""
    return max(seen.speed_min_ckmh, FIRST_MOVEMENT_CKMH)


def allowed(step: Step, limits: Limits, seen: TreadmillSeen) -> tuple[int, int]:
    """The step's speed and grade inside the limits in force and the machine's own range."""
    fastest = min(limits.speed_max_ckmh, seen.speed_max_ckmh or limits.speed_max_ckmh)
    speed = min(max(step.speed_ckmh, seen.speed_min_ckmh), fastest)
    return speed, max(limits.grade_min_dpct, min(step.incline_dpct, limits.grade_max_dpct))


def latch_outcome(cause: str) -> Outcome:
    """A person stopped it, or something went wrong."""
    return (
        "stopped"
        if cause in ("stop_pressed", "safety_key", "console_stop", "hold_released")
        else "interrupted"
    )


def said(result: Answered) -> Phrase | str:
    """Why the unit refused a command, and what to do."""
    if result.cause == "grade_out_of_limits":
        return sessions.deck_too_steep()
    if result.cause == "deck_unknown":
        return sessions.deck_unknown()
    if result.cause in ("machine_step_too_large", "machine_minimum_too_fast"):
        return sessions.machine_too_coarse()
    if result.cause in ("not_held", "nothing_to_hold"):
        return sessions.hold_first()
    if result.cause in ("not_marked", "line_not_proven"):
        return sessions.unit_not_ready()
    return result.text or result.cause


def loss(cause: str) -> Phrase:
    """What staff are told when the belt is out of the session's reach."""
    match cause:
        case "link_lost":
            return sessions.lost_link()
        case "unit_offline":
            return sessions.lost_unit()
        case "data_silent":
            return sessions.lost_speed()
        case "unit_restarted":
            return sessions.unit_restarted()
        case "lease_lost":
            return sessions.lease_lost()
        case _:
            return sessions.moved_while_paused()
