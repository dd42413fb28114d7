"""Hold-to-run: under a lease that asks for it a belt runs only while a hand holds a button at the unit. Pure.

Nobody who tells of a hand is nobody who holds. Each movement needs a grip of its own: a button that is tied down, or
welded, starts nothing a second time.
"""

from device_adapters.frozen import replace
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import Steps
from device_adapters.safety.hazards import Cause
from device_adapters.safety.stops import stop


def told(state: State, held: bool | None, now_ms: int) -> Steps:
    """A hand took hold or let go; None: this treadmill has nothing to hold."""
    state = replace(state, held=held, let_go=state.let_go or held is False)
    return stop(state, Cause.HOLD_RELEASED, now_ms) if released(state) else (state, ())


def released(state: State) -> bool:
    """Does a belt move that should not, since nobody holds?"""
    return state.phase is Phase.MOVING and asked(state) and not state.held


def start_refusal(state: State) -> str:
    """Why the belt may not be started; ''."""
    if not asked(state):
        return ""
    if state.held is None:
        return "nothing_to_hold"
    return "" if state.held and state.let_go else "not_held"


def asked(state: State) -> bool:
    """Does the lease ask for a hand?"""
    claim = state.lease.claim
    return claim is not None and claim.hold
