"""Which states of a belt raise light and sounder at the unit: each cause that is not sure to stop it, and no other."""

import pytest
from belt_states import belt, free, moving

from device_adapters.safety.alarm import QUIET, Alarm, alarm
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.hazards import Cause, reaction

LOCKS = [cause for cause in Cause if reaction(cause).latches]


@pytest.mark.parametrize("cause", LOCKS)
def test_what_may_go_on_lights_until_it_is_cleared_and_sounds_until_it_rests(cause: Cause) -> None:
    unsure = not reaction(cause).sure
    stops = belt(Phase.STOPPING, latched=cause, stop_cause=cause, halts=1)
    assert alarm(stops) == (Alarm(light=True, sound=True) if unsure else QUIET)
    assert alarm(free(latched=cause)) == (Alarm(light=True) if unsure else QUIET)


def test_a_stop_that_is_not_obeyed_or_has_lost_its_link_raises_it_whatever_latched() -> None:
    for changes in ({"halts": 2}, {"machine": None, "halts": 0}):
        stops = belt(Phase.STOPPING, latched=Cause.STOP_PRESSED, stop_cause=Cause.STOP_PRESSED, **changes)
        assert alarm(stops) == Alarm(light=True, sound=True)


def test_a_belt_without_a_fault_raises_none() -> None:
    assert alarm(moving()) == alarm(free()) == Alarm(light=False, sound=False)
    assert alarm(belt(Phase.STOPPING, latched="", stop_cause="ordered", halts=1)) == QUIET
