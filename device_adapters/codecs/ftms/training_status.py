"""Training Status 0x2AD3 (FTMS v1.0.1 §4.10)."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from device_adapters.codecs.wire import U8
from device_adapters.errors import UnitError


class TrainingStatusFlag(IntFlag):
    """The first byte: is a text behind it, or an extended one?"""

    STRING = 1
    EXTENDED_STRING = 2


class TrainingCode(IntEnum):
    """What kind of training goes on (Table 4.13). Belts send reserved numbers, too: keep them as numbers."""

    OTHER = 0x00
    IDLE = 0x01
    WARMING_UP = 0x02
    LOW_INTENSITY_INTERVAL = 0x03
    HIGH_INTENSITY_INTERVAL = 0x04
    RECOVERY_INTERVAL = 0x05
    ISOMETRIC = 0x06
    HEART_RATE_CONTROL = 0x07
    FITNESS_TEST = 0x08
    SPEED_BELOW_CONTROL_REGION = 0x09
    SPEED_ABOVE_CONTROL_REGION = 0x0A
    COOL_DOWN = 0x0B
    WATT_CONTROL = 0x0C
    MANUAL_MODE = 0x0D
    PRE_WORKOUT = 0x0E
    POST_WORKOUT = 0x0F


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """`status` is None if it was cut off. `text` is the machine's own words, if flags announce some."""

    status: int | None
    flags: int = 0
    text: str | None = None


def decode(data: bytes) -> TrainingStatus:
    """Read the characteristic. Never raises."""
    flags = data[0] if data else 0
    if len(data) < 2:
        return TrainingStatus(None, flags)
    text = (
        bytes(data[2:]).split(b"\0", 1)[0].decode("utf-8", errors="replace")
        if flags & TrainingStatusFlag.STRING
        else None
    )
    return TrainingStatus(data[1], flags, text)


def encode(value: TrainingStatus) -> bytes:
    """The bytes of `value`; the string flag follows from `text`. UnitError if there is no status to send."""
    if value.status is None:
        raise UnitError("a training status is missing; give one of TrainingCode")
    text = b"" if value.text is None else value.text.encode("utf-8")
    flags = (
        value.flags | TrainingStatusFlag.STRING
        if value.text is not None
        else value.flags & ~int(TrainingStatusFlag.STRING)
    )
    return U8.write(flags, "flags") + U8.write(value.status, "training status") + text
