"""The words of hazards by cause, as keys; the table of hazards has their English."""

from device_adapters.contract.phrase import Phrase, declare
from device_adapters.safety.hazards import MAY_GO_ON, STOPPING, Cause, reaction

_STAFF = {cause: declare(f"hazard.{cause}", reaction(cause).staff) for cause in Cause}
_RESTED = {
    cause: declare(f"hazard.{cause}.rested", row.rested) for cause in Cause if (row := reaction(cause)).rested
}
belt_may_go_on = declare("belt_may_go_on", MAY_GO_ON)
"""What the member hears of a belt that may not stop, whatever the cause."""

belt_is_stopping = declare("belt_is_stopping", STOPPING)

_OF_MANY = {MAY_GO_ON: belt_may_go_on, STOPPING: belt_is_stopping}
_MEMBER = {
    cause: _OF_MANY.get(row.member) or declare(f"hazard.{cause}.member", row.member)
    for cause in Cause
    if (row := reaction(cause)).member
}


def staff(cause: Cause) -> Phrase:
    """What staff read while the hazard is there."""
    return _STAFF[cause]


def at_rest(cause: Cause) -> Phrase:
    """What staff read once the belt rests: what it was, where it was not sure to stop."""
    return _RESTED.get(cause, _STAFF[cause])


def member(cause: Cause) -> Phrase | None:
    """What the member hears; None: nothing."""
    return _MEMBER.get(cause)


def of_state(hazard: str, *, still: bool) -> Phrase | None:
    """What staff read of the hazard that a unit tells of; None for none, and for one of a newer unit."""
    if hazard not in set(Cause):
        return None
    return at_rest(Cause(hazard)) if still else staff(Cause(hazard))
