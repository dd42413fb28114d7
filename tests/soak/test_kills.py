"""A short `make kills`: units and broker killed at random moments lose nothing that was acknowledged."""

import secrets
from pathlib import Path

import pytest
from kills import CLIENTS, kill_at_random

from device_adapters.config import MqttClient


@pytest.mark.broker
@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", CLIENTS)
async def test_every_acknowledged_frame_is_stored_once(tmp_path: Path, client: MqttClient) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    outcome = await kill_at_random(tmp_path, client, kills=5, seed=seed, treadmills=2, straps=2, units=1)
    assert outcome.missing == []
    assert outcome.acked
    assert outcome.stored <= outcome.produced
