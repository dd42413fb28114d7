"""The fast `replace` does what that of the standard library does, for every state that is replaced by it."""

import dataclasses
from typing import Any

import pytest

from device_adapters import frozen
from device_adapters.link import talk
from device_adapters.safety import envelope_state, heart, lease, limits
from services.programme import plan
from services.session.engine import state as sessions

VALUES = [
    (envelope_state.State(boot="b"), {"setpoint_ckmh": 250, "latched": "safety_key"}),
    (envelope_state.NOTHING_ALLOWED, {"speed_max_ckmh": 100}),
    (lease.NO_LEASE, {"epoch": 3}),
    (heart.begun(5), {"bpm": 120}),
    (talk.ControlPointState(), {"held": True}),
    (talk.Procedure(1, b"\x01"), {"retries": 1}),
    (plan.Ramp(0, 100, 7), {"to_ckmh": 50}),
    (plan.RunProgress(), {"index": 1}),
    (sessions.EngineState(treadmill="tm-01", holder="h"), {"measured_ckmh": 0}),
    (limits.SITE_CEILING, {}),
]


@pytest.mark.parametrize(("value", "changes"), VALUES, ids=lambda v: type(v).__name__)
def test_a_copy_is_that_of_the_standard_library(value: Any, changes: dict[str, Any]) -> None:
    was = dataclasses.astuple(value)
    new = frozen.replace(value, **changes)
    assert new == dataclasses.replace(value, **changes)
    assert hash(new) == hash(dataclasses.replace(value, **changes))
    assert type(new) is type(value)
    assert dataclasses.astuple(value) == was


def test_a_name_that_is_no_field_is_refused() -> None:
    value: Any = plan.Ramp(0, 100, 7)
    with pytest.raises(TypeError, match="Ramp has no speed"):
        frozen.replace(value, speed=1)


def test_the_copy_is_frozen_too() -> None:
    value: Any = frozen.replace(limits.SITE_CEILING, speed_max_ckmh=100)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.speed_max_ckmh = 200
