"""When a belt needs a hand now: light and sounder at the unit. Pure."""

from dataclasses import dataclass

from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.hazards import reaction
from device_adapters.safety.stops import worst_now


@dataclass(frozen=True, slots=True)
class Alarm:
    """`light`: somebody must come, until a person has cleared it; `sound`: now, for the belt is not known to rest."""

    light: bool = False
    sound: bool = False


QUIET = Alarm()


def alarm(state: State) -> Alarm:
    """What is not sure to stop a belt raises it; a belt that stops as it is told raises none."""
    worst = worst_now(state)
    if worst is None or reaction(worst).sure:
        return QUIET
    return Alarm(light=True, sound=state.phase is Phase.STOPPING)
