"""Which treadmills a site has, by what its living units say. Pure.

What a broker keeps of a treadmill outlives it: one that was renamed, or taken out of a unit's settings, would be a belt
that may move for ever. So its unit's own list counts, once that is newer: by the unit's clock while it has not been
started anew, and always of another start, for a clock may have been set in between. A unit that is offline vouches for
nothing: its belts may move until somebody retires it. The drill alone is over with its unit: it is no belt.
"""

from device_adapters.contract.messages import TreadmillState, UnitStatus
from device_adapters.drill import DRILL


def drill_is_over(treadmill: str, unit: UnitStatus | None) -> bool:
    """Is this the drill, and nobody practises? `unit` is the newest status of its unit."""
    return treadmill == DRILL and (unit is None or not unit.online)


def served(state: TreadmillState, unit: UnitStatus | None) -> bool:
    """May this treadmill still be there? `unit` is the newest status of the unit that the state names."""
    if drill_is_over(state.treadmill, unit):
        return False
    if unit is None or not unit.online:
        return True
    if unit.boot == state.boot and unit.at_ms < state.at_ms:
        return True
    return state.treadmill in unit.treadmills or not (unit.treadmills or unit.straps)
