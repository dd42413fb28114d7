"""A renewal keeps what the lease was granted for: another goal or level would raise limits with nobody's name to it."""

from dataclasses import replace

import pytest

from device_adapters.safety.lease import NO_LEASE, Claim, refusal, take
from device_adapters.safety.limits import Goal, Level

CLAIM = Claim(
    epoch=1, beat=1, holder="svc", boot="b", session="s", goal=Goal.MOBILITY, level=Level.NOVICE, ttl_ms=3_000
)


@pytest.mark.parametrize("changes", [{"goal": Goal.ATHLETIC}, {"level": Level.ADVANCED}])
def test_a_renewal_with_another_goal_or_level_is_refused(changes: dict[str, Goal | Level]) -> None:
    lease = take(NO_LEASE, CLAIM, 1_000)
    assert refusal(lease, replace(CLAIM, beat=2), "b", False, 1_100) == ""
    forged = replace(CLAIM, beat=2, **changes)  # type: ignore[arg-type]
    assert refusal(lease, forged, "b", False, 1_100) == "other_goal"
