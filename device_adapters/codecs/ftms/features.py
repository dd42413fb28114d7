"""Fitness Machine Feature 0x2ACC (FTMS v1.0.1 §4.3). What a machine claims; belts claim what they cannot do."""

from dataclasses import dataclass
from enum import KEEP, IntFlag

from device_adapters.codecs.wire import U32


class Feature(IntFlag, boundary=KEEP):
    """What the machine measures. Reserved bits are kept."""

    AVERAGE_SPEED = 1 << 0
    CADENCE = 1 << 1
    TOTAL_DISTANCE = 1 << 2
    INCLINATION = 1 << 3
    ELEVATION_GAIN = 1 << 4
    PACE = 1 << 5
    STEP_COUNT = 1 << 6
    RESISTANCE_LEVEL = 1 << 7
    STRIDE_COUNT = 1 << 8
    EXPENDED_ENERGY = 1 << 9
    HEART_RATE = 1 << 10
    METABOLIC_EQUIVALENT = 1 << 11
    ELAPSED_TIME = 1 << 12
    REMAINING_TIME = 1 << 13
    POWER = 1 << 14
    FORCE_ON_BELT = 1 << 15
    USER_DATA_RETENTION = 1 << 16


class Target(IntFlag, boundary=KEEP):
    """Which targets the control point takes. Reserved bits are kept."""

    SPEED = 1 << 0
    INCLINATION = 1 << 1
    RESISTANCE = 1 << 2
    POWER = 1 << 3
    HEART_RATE = 1 << 4
    EXPENDED_ENERGY = 1 << 5
    STEP_COUNT = 1 << 6
    STRIDE_COUNT = 1 << 7
    DISTANCE = 1 << 8
    TRAINING_TIME = 1 << 9
    TIME_IN_TWO_HR_ZONES = 1 << 10
    TIME_IN_THREE_HR_ZONES = 1 << 11
    TIME_IN_FIVE_HR_ZONES = 1 << 12
    INDOOR_BIKE_SIMULATION = 1 << 13
    WHEEL_CIRCUMFERENCE = 1 << 14
    SPIN_DOWN = 1 << 15
    CADENCE = 1 << 16


@dataclass(frozen=True, slots=True)
class FitnessMachineFeatures:
    """Both halves of the characteristic."""

    features: Feature
    targets: Target


def decode(data: bytes) -> FitnessMachineFeatures:
    """Read the two words; a half that is cut off claims nothing."""
    return FitnessMachineFeatures(
        features=Feature(U32.read(data, 0) if len(data) >= 4 else 0),
        targets=Target(U32.read(data, 4) if len(data) >= 8 else 0),
    )


def encode(value: FitnessMachineFeatures) -> bytes:
    """The eight bytes."""
    return U32.write(value.features, "features") + U32.write(value.targets, "target settings")
