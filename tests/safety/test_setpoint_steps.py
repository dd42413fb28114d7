"""What is written on the way to a target, step by step: a rise by the ramp, a fall never above what the belt has."""

from dataclasses import replace

import pytest
from belt_states import LEASE, NOW, moving, order

from device_adapters.safety import envelope
from device_adapters.safety.admit import Verb
from device_adapters.safety.events import Effect, Measured, Tick, Write


def speeds(effects: tuple[Effect, ...]) -> list[int]:
    return [e.admitted.value for e in effects if isinstance(e, Write) and e.admitted.verb is Verb.SPEED]


@pytest.mark.parametrize("slowed_ckmh", [100, 150, 290])
def test_a_belt_slowed_at_its_console_on_the_way_to_a_lower_target_is_told_nothing_faster(
    slowed_ckmh: int,
) -> None:
    fast = {"target_ckmh": 600, "setpoint_ckmh": 600, "measured_ckmh": 600, "expected_ckmh": 600}
    state, effects = envelope.step(moving(**fast), order("target", speed_ckmh=80), NOW)
    told = speeds(effects)
    for now in range(NOW + 100, NOW + 4_100, 100):
        state = replace(state, lease=replace(LEASE, renewed_ms=now))
        belt = min(told[-1], slowed_ckmh) if now > NOW + 300 else told[-1]
        state, _ = envelope.step(state, Measured(belt, 20), now)
        state, effects = envelope.step(state, Tick(), now)
        told += speeds(effects)
    assert told == sorted(told, reverse=True)
    assert (told[-1], state.setpoint_ckmh, state.latched) == (80, 80, "")
