"""What a lease message does where a belt is of no use, or where it answers an old word, exactly."""

from dataclasses import replace

import pytest
from belt_states import COMMISSIONED, LEASE, NOW, free, leads, lease_claim, ready

from device_adapters.safety import envelope
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import Claimed, Note
from device_adapters.safety.lease import Claim


@pytest.mark.parametrize(("given", "claimed"), [(free(), lease_claim(8, epoch=2)), (ready(), lease_claim(8))])
def test_a_belt_whose_range_is_not_known_is_not_leased(given: State, claimed: Claim) -> None:
    unknown = replace(given, machine=replace(COMMISSIONED, speed_max_ckmh=0))
    note = Note(
        kind="lease_refused", cause="range_unknown", severity="warning", after={"epoch": claimed.epoch}
    )
    leads(unknown, Claimed(claimed), unknown, note)
    slow = replace(given, machine=replace(COMMISSIONED, speed_max_ckmh=1))
    after, _ = envelope.step(slow, Claimed(claimed), NOW)
    assert (after.phase, after.lease.claim) == (Phase.READY, claimed)


def test_a_lease_that_comes_late_is_an_old_one() -> None:
    renewed = replace(LEASE, claim=lease_claim(8), renewed_ms=NOW - 400, beats=(*LEASE.beats, (8, NOW - 400)))
    leads(ready(), Claimed(lease_claim(8), NOW - 400), replace(ready(), lease=renewed))


def test_a_new_holder_has_answered_nothing_yet() -> None:
    for said_ms, answered in ((NOW - 400, False), (None, True)):
        after, _ = envelope.step(free(), Claimed(lease_claim(8, epoch=2), said_ms), NOW)
        assert after.lease.answered is answered
        assert after.lease.renewed_ms == NOW
