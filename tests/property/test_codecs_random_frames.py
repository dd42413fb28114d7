"""Random frames, a million in the proof: nothing raises but DecodeError, and that only where a frame is too short."""

import random
from collections.abc import Callable

import pytest
from sampling import many

from device_adapters.codecs import advertisement, battery, device_information, heart_rate
from device_adapters.codecs.ftms import (
    control_point,
    cross_trainer_data,
    features,
    machine_status,
    ranges,
    training_status,
    treadmill_data,
)
from device_adapters.errors import DecodeError
from device_adapters.profiles.loader import all_profiles
from services.cli.devices.frames import READERS

FRAMES = many(1_000_000, 200_000)
SEED = 20_240_110

NEVER_RAISE: dict[str, Callable[[bytes], object]] = {
    "2a19": battery.decode,
    "2a29": device_information.decode,
    "2acc": features.decode,
    "2ad3": training_status.decode,
    "2ada": machine_status.decode,
    "service data": advertisement.decode_service_data,
}
"""Read in callbacks, or so simple that anything is something."""

RAISE_WHEN_TOO_SHORT: dict[str, tuple[int, Callable[[bytes], object]]] = {
    "2a37": (3, heart_rate.decode),
    "2ace": (3, cross_trainer_data.decode),
    "2ad4": (6, ranges.decode_speed),
    "2ad5": (6, ranges.decode_incline),
    "2ad7": (3, ranges.decode_heart_rate),
    "2ad9 request": (1, control_point.decode_request),
}
"""With the length from which on nothing raises."""


@pytest.mark.timeout(900)  # no bound of the codecs: a machine that is shared may take so long
def test_random_frames_raise_nothing_unexpected() -> None:
    rng = random.Random(SEED)
    joiner = treadmill_data.Joiner()
    layouts = [rng.randbytes(2) for _ in range(60)]
    quirks = [
        treadmill_data.AS_SPECIFIED,
        treadmill_data.RecordQuirks(elevation_unavailable=(0xFFFF, 0x7FFF), pace_width="legacy"),
    ]
    others = list(NEVER_RAISE.values()) + [read for _, read in RAISE_WHEN_TOO_SHORT.values()]
    others += [control_point.decode_response, advertisement.decode]
    longest = {read: length for length, read in RAISE_WHEN_TOO_SHORT.values()}
    never = set(NEVER_RAISE.values())
    records = 0
    for i in range(FRAMES):
        frame = rng.randbytes(rng.randrange(40))
        if i % 4 < 2:
            known = layouts[i // 4 % 60] + frame if i % 4 else frame
            records += joiner.push(treadmill_data.decode(known, quirks[i // 8 % 2])) is not None
            continue
        read = others[i // 4 % len(others)]
        try:
            read(frame)
        except DecodeError:
            assert read not in never
            assert len(frame) < longest.get(read, 99)
    assert records > FRAMES / 8
    assert len(treadmill_data.readers) <= treadmill_data.READERS_MAX


@pytest.mark.parametrize("characteristic", READERS)
def test_random_frames_through_the_command_raise_nothing_unexpected(characteristic: str) -> None:
    rng = random.Random(f"{SEED} {characteristic}")
    profiles = [None, *all_profiles()]
    for _ in range(1_000):
        stream = [rng.randbytes(rng.randrange(1, 24)) for _ in range(3)]
        try:
            outputs = list(READERS[characteristic](stream, rng.choice(profiles)))
        except DecodeError:
            continue
        assert any(isinstance(output, dict) for output in outputs)
