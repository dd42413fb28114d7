"""RSC Measurement 0x2A53 of a foot pod (GATT Specification Supplement, Running Speed and Cadence Service 1.0)."""

from dataclasses import dataclass
from enum import IntFlag

from device_adapters.codecs.wire import U8, U16, U32
from device_adapters.errors import DecodeError

LEAST = 4


class RunningSpeedCadenceFlag(IntFlag):
    """The first byte. Without RUNNING the wearer walks, or the pod cannot tell."""

    STRIDE_LENGTH = 1
    TOTAL_DISTANCE = 2
    RUNNING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RscMeasurement:
    """One notification. `speed_256ths` in 1/256 m/s, `cadence_per_min` how often the pod's own foot lands,
    `stride_cm` (from one landing of that foot to the next) in 0.01 m, `distance_dm` in 0.1 m; what was not sent is
    None.
    """

    speed_256ths: int
    cadence_per_min: int
    stride_cm: int | None = None
    distance_dm: int | None = None
    running: bool = False

    @property
    def steps_per_min(self) -> int:
        """Steps of both feet a minute; the service counts one foot."""
        return 2 * self.cadence_per_min


def decode(data: bytes) -> RscMeasurement:
    """Read a measurement; later fields that are cut off are absent. DecodeError without speed and cadence."""
    if len(data) < LEAST:
        raise DecodeError("rsc measurement 2a53", data, "too short to hold speed and cadence")
    flags, at = data[0], LEAST
    stride = distance = None
    if flags & RunningSpeedCadenceFlag.STRIDE_LENGTH and len(data) >= at + U16.size:
        stride = U16.read(data, at)
        at += U16.size
    cut = flags & RunningSpeedCadenceFlag.STRIDE_LENGTH and stride is None
    if flags & RunningSpeedCadenceFlag.TOTAL_DISTANCE and not cut and len(data) >= at + U32.size:
        distance = U32.read(data, at)
    return RscMeasurement(
        speed_256ths=U16.read(data, 1),
        cadence_per_min=data[3],
        stride_cm=stride,
        distance_dm=distance,
        running=bool(flags & RunningSpeedCadenceFlag.RUNNING),
    )


def encode(value: RscMeasurement) -> bytes:
    """The notification of `value`. UnitError if a number does not fit."""
    flags = RunningSpeedCadenceFlag.RUNNING if value.running else RunningSpeedCadenceFlag(0)
    body = U16.write(value.speed_256ths, "speed (1/256 m/s)") + U8.write(
        value.cadence_per_min, "cadence (1/min)"
    )
    if value.stride_cm is not None:
        flags |= RunningSpeedCadenceFlag.STRIDE_LENGTH
        body += U16.write(value.stride_cm, "stride length (cm)")
    if value.distance_dm is not None:
        flags |= RunningSpeedCadenceFlag.TOTAL_DISTANCE
        body += U32.write(value.distance_dm, "total distance (0.1 m)")
    return bytes([flags]) + body
