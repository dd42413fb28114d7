"""May a session start here, how far may its targets go, and why did it end: small pure functions, no transitions."""

from device_adapters.contract.messages import Outcome
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
from services.session.engine.state import State, Treadmill, Wanted


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


def start_refusal(state: State, start: Start) -> tuple[str, str]:
    """Why no session may start: a stable word, and what to do. Two empty texts: it may."""
    seen = state.seen
    if state.live is not None:
        return "busy", "A session runs on this treadmill; stop it first."
    if start.strap_busy:
        return "strap_busy", f"Strap {start.wanted.strap} is read by another session; choose another strap."
    if seen is None:
        return "unknown_treadmill", "No unit has told of this treadmill; check its id and its unit."
    if not seen.online:
        return "unit_offline", "The treadmill's unit is offline; check its power and network."
    if not seen.connected:
        return "link_lost", "The treadmill is not linked to its unit; switch it on and wait for the link."
    if seen.latched:
        return (
            "latched",
            f"Stopped: {seen.latched_why or seen.latched} Check the member and the belt, then clear.",
        )
    if seen.lease_holder:
        return "lease_taken", "Another service holds this belt; end its session first."
    if not seen.still:
        return "not_still", "The belt is not known to stand still; stop it and wait."
    if not start.wanted.strap and not start.wanted.waiver:
        return (
            "no_strap",
            "No strap is known here: choose one, or give the reason why there is none (waiver).",
        )
    if first_ckmh(seen) > limits_of(start).speed_max_ckmh:
        return "machine_minimum_over_limit", (
            f"This treadmill's slowest speed, {kmh_from_ckmh(seen.speed_min_ckmh):g} km/h, is above the limit; "
            "use another treadmill."
        )
    return "", ""


def first_ckmh(seen: Treadmill) -> int:
    """The speed of a first movement: 1.0 km/h, or the machine's minimum if that is more."""
    return max(seen.speed_min_ckmh, FIRST_MOVEMENT_CKMH)


def allowed(step: Step, limits: Limits, seen: Treadmill) -> tuple[int, int]:
    """The step's speed and grade inside the limits in force and the machine's own range."""
    fastest = min(limits.speed_max_ckmh, seen.speed_max_ckmh or limits.speed_max_ckmh)
    speed = min(max(step.speed_ckmh, seen.speed_min_ckmh), fastest)
    return speed, max(limits.grade_min_dpct, min(step.incline_dpct, limits.grade_max_dpct))


def latch_outcome(cause: str) -> Outcome:
    """A person stopped it, or something went wrong."""
    return "stopped" if cause in ("stop_pressed", "safety_key", "console_stop") else "interrupted"


def said(result: Answered) -> str:
    """Why the unit refused a command, and what to do."""
    if result.cause == "grade_out_of_limits":
        return "the deck is steeper than the limit; lower it at the treadmill, then start again"
    if result.cause == "deck_unknown":
        return "the treadmill does not tell how steep its deck is; level it and switch it off and on, or use another"
    if result.cause in ("machine_step_too_large", "machine_minimum_too_fast"):
        return "its slowest speed, or a step of it, is too large to walk backward on; use another treadmill"
    if result.cause in ("not_marked", "line_not_proven"):
        return "the unit was not ready yet; try again, and look at its disk and its network if it stays so"
    return result.text or result.cause


def loss(cause: str) -> str:
    """What staff are told when the belt is out of the session's reach."""
    match cause:
        case "link_lost":
            return "Link to the treadmill lost: assume the belt still moves. Use the red button or the cord."
        case "unit_offline":
            return (
                "The treadmill's unit vanished: assume the belt still moves. Use the red button or the cord."
            )
        case "data_silent":
            return "No speed from the treadmill for 3 s: assume the belt still moves. Look at it."
        case "unit_restarted":
            return "The treadmill's unit restarted. Look at the belt; start anew when it is still."
        case "lease_lost":
            return "The unit took the belt away from this session. Look at the belt; start anew when it is still."
        case _:
            return "The belt moved while the session was paused. Look at the treadmill's console."
