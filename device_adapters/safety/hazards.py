"""Hazards: causes that must change what a belt does, what they do, and the words for them. Pure.

One table for both lines of defence: the unit's gate uses the rows of the belt, the session service those of the
heart. Each cause is one `case`; SAFETY.md has the same rows with the test of each.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Action(IntEnum):
    """What a hazard does to the belt, by severity: the worst active one wins."""

    NONE = 0
    HOLD = 1
    SLOW = 2
    RECOVERY = 3
    CONTROLLED_STOP = 4
    STOP_NOW = 5


class Cause(StrEnum):
    """Why a belt is held, slowed or stopped."""

    STOP_PRESSED = "stop_pressed"
    LEASE_EXPIRED = "lease_expired"
    BROKER_LOST = "broker_lost"
    LINK_LOST = "link_lost"
    DATA_SILENT = "data_silent"
    OVERSPEED = "overspeed"
    OFF_RAMP = "off_ramp"
    MPH_FIRMWARE = "mph_firmware"
    CONSOLE_SLOWER = "console_slower"
    CONSOLE_FASTER = "console_faster"
    SLOWER_PRESSED = "slower_pressed"
    NOT_STARTED = "not_started"
    GRADE_OUT = "grade_out"
    STOP_NOT_OBEYED = "stop_not_obeyed"
    MOVED_WHILE_LATCHED = "moved_while_latched"
    MOVED_UNORDERED = "moved_unordered"
    MACHINE_REBOOT = "machine_reboot"
    CONTROL_LOST = "control_lost"
    CONTROL_FAILED = "control_failed"
    SAFETY_KEY = "safety_key"
    CONSOLE_STOP = "console_stop"
    TIME_UP = "time_up"
    UNIT_STALLED = "unit_stalled"
    UNIT_RESTARTED = "unit_restarted"
    UNIT_STOPPING = "unit_stopping"
    LEFT_FREE = "left_free"
    WRONG_DIRECTION = "wrong_direction"
    WATCHDOG_TRIPPED = "watchdog_tripped"
    WATCHDOG_OFF = "watchdog_off"
    SET_DIFFERS = "set_differs"
    LINE_SILENT = "line_silent"
    LINE_GARBLED = "line_garbled"
    DECK_MOVED = "deck_moved"
    STOP_LINE_OPEN = "stop_line_open"
    BELT_STANDS = "belt_stands"
    BELT_MOVES = "belt_moves"
    HOLD_RELEASED = "hold_released"
    HR_STALE = "hr_stale"
    HR_MISSING = "hr_missing"
    HR_LOST = "hr_lost"
    HR_GONE = "hr_gone"
    HR_HIGH = "hr_high"
    HR_STILL_HIGH = "hr_still_high"
    HR_TOO_HIGH = "hr_too_high"
    HR_OVER_MAX = "hr_over_max"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a cause does; what staff read and what the member hears; whether it locks the treadmill.

    `sure`: a belt that is told so does so. Where it is not, the belt may go on: the words never say that it stops, and
    `rested` is what staff read once it is measured at rest.
    """

    action: Action
    staff: str
    member: str
    latches: bool = True
    rested: str = ""

    @property
    def sure(self) -> bool:
        """May people rely on the belt to do it?"""
        return not self.rested


CHECK = "Check the member, then clear."
RED = "Use the red button or the cord."
OUT_OF_USE = "Keep it out of use until it is checked."
STOPPING = "The belt is stopping. Hold the rails."
MAY_GO_ON = "The belt may not stop. Hold the rails and step off when you can. In danger use the red button or the cord."


def reaction(cause: Cause) -> Reaction:
    """The row of a cause (domain.md §2.2; ftms.md §3, §7)."""
    match cause:
        case Cause.STOP_PRESSED:
            return _stop(f"Stop was pressed. {CHECK}")
        case Cause.HOLD_RELEASED:
            return _stop(f"The button that has to be held was let go. {CHECK}")
        case Cause.LEASE_EXPIRED:
            return _stop(f"The session service went silent; the belt is ramped down. {CHECK}")
        case Cause.BROKER_LOST:
            return _stop(f"The unit lost its line to the hub; the belt is ramped down. {CHECK}")
        case Cause.LINK_LOST:
            return _unsure(
                f"Link lost: assume the belt still moves. {RED}",
                f"The link to the treadmill was lost. {CHECK}",
            )
        case Cause.DATA_SILENT:
            return _unsure(
                f"The treadmill sends no speed: assume the belt still moves. {RED}",
                f"The treadmill sent no speed for a while. {CHECK}",
            )
        case Cause.OVERSPEED:
            return _unsure(
                f"The belt ran faster than its limit and may not stop. {RED}",
                f"The belt ran faster than its limit. {OUT_OF_USE}",
            )
        case Cause.OFF_RAMP:
            return _unsure(
                f"The belt does not follow what it is told and may not stop. {RED}",
                f"The belt did not follow what it was told. {OUT_OF_USE}",
                Action.CONTROLLED_STOP,
            )
        case Cause.MPH_FIRMWARE:
            return _stop("The treadmill takes km/h for mph (1.6 times too fast). Keep it out of use.")
        case Cause.CONSOLE_SLOWER:
            return Reaction(
                Action.HOLD, "Slowed at the treadmill: it stays there.", "You set it slower.", False
            )
        case Cause.CONSOLE_FASTER:
            return Reaction(
                Action.HOLD,
                "A little faster than it was told: its speed is set back.",
                "The speed is set back.",
                False,
            )
        case Cause.SLOWER_PRESSED:
            return Reaction(
                Action.HOLD, "Slower was pressed on its button: it stays there.", "You set it slower.", False
            )
        case Cause.NOT_STARTED:
            return _unsure(
                "The belt did not start in time; the start was taken back. It may still begin to move.",
                f"The belt did not start in time; the start was taken back. {CHECK}",
                member="The belt did not start and may still begin to move. Step off.",
            )
        case Cause.GRADE_OUT:
            return _stop(f"The deck left the grade limits. {CHECK}")
        case Cause.STOP_NOT_OBEYED:
            return _unsure(
                f"The treadmill does not obey Stop. {RED}",
                f"The treadmill did not obey Stop. {OUT_OF_USE}",
            )
        case Cause.MOVED_WHILE_LATCHED:
            return _unsure(
                f"A locked belt began to move by itself and may not stop. {RED}",
                f"A locked belt began to move by itself and was stopped again. {OUT_OF_USE}",
            )
        case Cause.MOVED_UNORDERED:
            return _unsure(
                f"The belt of this session began to move without an order and may not stop. {RED}",
                f"The belt of this session began to move without an order and was stopped. {CHECK}",
            )
        case Cause.MACHINE_REBOOT:
            return _unsure(
                f"The treadmill restarted by itself: assume the belt still moves. {RED}",
                f"The treadmill restarted by itself. {CHECK}",
            )
        case Cause.CONTROL_LOST:
            return _unsure(
                f"The treadmill took control away: assume the belt still moves. {RED}",
                f"The treadmill took control away. Look at its console. {CHECK}",
            )
        case Cause.CONTROL_FAILED:
            return _unsure(
                f"The treadmill does not take commands: the belt may not stop. {RED}",
                f"The treadmill did not take commands. {CHECK}",
            )
        case Cause.SAFETY_KEY:
            return _now(f"The safety cord was pulled. {CHECK}")
        case Cause.CONSOLE_STOP:
            return _now(f"Stopped at the treadmill's own console. {CHECK}")
        case Cause.TIME_UP:
            return _stop("The session's time was over and the belt still ran; it is ramped down.")
        case Cause.UNIT_STALLED:
            return _stop("The unit stood still for a moment; the belt is ramped down.")
        case Cause.UNIT_RESTARTED:
            return _unsure(
                f"The unit restarted while the belt was its own: assume the belt still moves. {RED}",
                f"The unit restarted while the belt was its own; the belt was stopped. {CHECK}",
                Action.CONTROLLED_STOP,
            )
        case Cause.UNIT_STOPPING:
            return _stop("The unit is shutting down; the belt is ramped down.")
        case Cause.LEFT_FREE:
            return _stop("Nobody used it for a while: it locked itself. Clear it for the next member.")
        case Cause.WRONG_DIRECTION:
            return _unsure(
                f"The belt ran the other way and may not stop. {RED}",
                f"The belt ran the other way. {OUT_OF_USE}",
            )
        case Cause.WATCHDOG_TRIPPED:
            return _now(f"The treadmill stopped by itself, or at its console. {CHECK}")
        case Cause.WATCHDOG_OFF:
            return _now(
                f"The treadmill ran without the timer that stops it when nobody speaks to it. {OUT_OF_USE}"
            )
        case Cause.SET_DIFFERS:
            return _unsure(
                f"The treadmill was set faster than it was told and may not stop. {RED}",
                f"The treadmill was set faster than it was told. {CHECK}",
            )
        case Cause.LINE_SILENT:
            return _unsure(
                f"The treadmill does not answer on its cable: assume the belt still moves. {RED}",
                f"The treadmill did not answer on its cable. {CHECK}",
            )
        case Cause.LINE_GARBLED:
            return _unsure(
                f"The treadmill's cable carries what cannot be read: the belt may not stop. {RED}",
                f"The treadmill's cable carried what cannot be read. {OUT_OF_USE}",
            )
        case Cause.DECK_MOVED:
            return _stop(f"The deck left level under a belt that runs backward. {CHECK}")
        case Cause.STOP_LINE_OPEN:
            return _unsure(
                f"The stop line opened under a belt of ours: it halts abruptly, or the line failed. {RED}",
                f"The stop line opened and the belt was halted abruptly. {CHECK}",
                Action.CONTROLLED_STOP,
            )
        case Cause.BELT_STANDS:
            return _stop(f"The treadmill says it moves, and its own sensor sees no movement. {OUT_OF_USE}")
        case Cause.BELT_MOVES:
            return _unsure(
                f"The treadmill says it stands, and its own sensor sees it move. {RED}",
                f"The treadmill said it stood while its own sensor saw it move. {OUT_OF_USE}",
            )
        case _:
            return _heart(cause)


def _heart(cause: Cause) -> Reaction:
    match cause:
        case Cause.HR_STALE:
            return _mild(Action.HOLD, "Heart rate stale: no increases.", "")
        case Cause.HR_MISSING:
            return _mild(Action.HOLD, "No heart rate for 15 s. Check the strap.", "Check your strap.")
        case Cause.HR_LOST:
            return _mild(
                Action.RECOVERY, "No heart rate for 30 s: slowed down.", "No heart rate: slowing down."
            )
        case Cause.HR_GONE:
            return _mild(Action.CONTROLLED_STOP, "Paused: heart rate lost. Resume when it is back.", STOPPING)
        case Cause.HR_HIGH:
            return _mild(
                Action.SLOW, "Heart rate over the ceiling: slowed.", "Your heart rate is high: slowing down."
            )
        case Cause.HR_STILL_HIGH:
            return _mild(
                Action.RECOVERY,
                "Heart rate still over the ceiling: recovery speed.",
                "Your heart rate is high: slowing down.",
            )
        case _:
            return _mild(Action.CONTROLLED_STOP, "Heart rate too high: stopped. Check the member.", STOPPING)


def _stop(staff: str) -> Reaction:
    return Reaction(Action.CONTROLLED_STOP, staff, STOPPING)


def _now(staff: str) -> Reaction:
    return Reaction(Action.STOP_NOW, staff, STOPPING)


def _unsure(staff: str, rested: str, action: Action = Action.STOP_NOW, member: str = MAY_GO_ON) -> Reaction:
    return Reaction(action, staff, member, rested=rested)


def _mild(action: Action, staff: str, member: str) -> Reaction:
    return Reaction(action, staff, member, latches=False)
