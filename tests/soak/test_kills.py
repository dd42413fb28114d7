"""A short `make kills`: units and broker killed at random moments lose nothing that was acknowledged."""

import secrets
from pathlib import Path

import pytest
from kills import kill_at_random


@pytest.mark.broker
@pytest.mark.timeout(300)
async def test_every_acknowledged_frame_is_stored_once(tmp_path: Path) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    outcome = await kill_at_random(tmp_path, kills=5, seed=seed, treadmills=2, straps=2, units=1)
    assert outcome.missing == []
    assert outcome.acked
    assert outcome.stored <= outcome.produced
