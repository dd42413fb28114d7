"""Slower, pressed on a button of the unit: the belt's limit falls to a little below what it does now. Pure.

It is anyone's, acts at once, and nothing gives the pace back: the member's own cap holds until the lease ends.
"""

from device_adapters.frozen import replace
from device_adapters.safety import evidence
from device_adapters.safety.envelope_state import Phase, State, on_grid
from device_adapters.safety.events import Note, Steps
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.setpoints import aim

EASE_CKMH = 20
EASE_PERCENT = 10
"""The larger of the two comes off, as by the console's *Slower*."""


def eased(state: State, now_ms: int, who: str) -> Steps:
    """The next lower speed for a belt of ours that moves; any other has none that this could lower."""
    machine = state.machine
    if machine is None or state.phase is not Phase.MOVING:
        return state, ()
    goes = min(
        state.setpoint_ckmh, state.target_ckmh, evidence.seen_ckmh(state, now_ms) or state.setpoint_ckmh
    )
    cap = on_grid(goes - max(EASE_CKMH, goes * EASE_PERCENT // 100), machine)
    cap = max(machine.speed_min_ckmh, min(cap, state.limits.speed_max_ckmh))
    note = Note(
        kind="hazard",
        cause=Cause.SLOWER_PRESSED,
        text=reaction(Cause.SLOWER_PRESSED).staff,
        before={"setpoint_ckmh": state.setpoint_ckmh},
        after={"setpoint_ckmh": cap, "action": "hold", "by": who},
    )
    limits = replace(state.limits, speed_max_ckmh=min(state.limits.speed_max_ckmh, cap))
    state, writes = aim(replace(state, cap_ckmh=cap, limits=limits), machine, cap, now_ms)
    return state, (note, *writes)
