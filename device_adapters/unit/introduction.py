"""What a device says of itself when it is linked: its maker and model, and with them its profile; what it can do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from device_adapters.codecs import device_information, uuids
from device_adapters.codecs.ftms import features, ranges
from device_adapters.codecs.ftms.features import FitnessMachineFeatures
from device_adapters.codecs.ftms.ranges import InclineRange, SpeedRange
from device_adapters.contract.oddities import Odd
from device_adapters.errors import DecodeError
from device_adapters.machine_link import MachineLink
from device_adapters.profiles import loader
from device_adapters.profiles.loader import Profile
from device_adapters.unit.asking import Asking
from device_adapters.unit.oddities import Oddities

FEATURES_SIZE = 8
TEXT_MAX = 100
"""Of what a device says of itself, messages carry so many characters."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Introduction:
    """`model` is as the device says it; `profile` is the cautious one where nobody described the model."""

    model: str
    profile: Profile


async def introduced(link: MachineLink, asking: Asking | None = None) -> Introduction:
    """Read Device Information (0x180A), as far as it is told. Raises LinkError when the link is gone."""
    read = link.read if asking is None else partial(asking.read, link)
    manufacturer = device_information.decode(await read(uuids.MANUFACTURER_NAME) or b"")
    model = device_information.decode(await read(uuids.MODEL_NUMBER) or b"")
    return Introduction(model[:TEXT_MAX], loader.match(manufacturer, model, link.name))


async def firmware(link: MachineLink, asking: Asking) -> str:
    """Its firmware and software revisions (0x2A26, 0x2A28), "" where it tells none."""
    told = [await asking.read(link, uuid) for uuid in (uuids.FIRMWARE_REVISION, uuids.SOFTWARE_REVISION)]
    return " / ".join(text for each in told if (text := device_information.decode(each or b"")))[:TEXT_MAX]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a treadmill with a control point says that it can do; None where it does not say, or says it wrongly."""

    speed: SpeedRange | None
    incline: InclineRange | None
    features: FitnessMachineFeatures | None


async def abilities(link: MachineLink, asking: Asking, odd: Oddities) -> Abilities:
    """Read its ranges and features; what cannot be read is told. Raises LinkError when the link is gone."""
    speed_range = await asking.read(link, uuids.SPEED_RANGE)
    incline_range = await asking.read(link, uuids.INCLINATION_RANGE)
    claims = await asking.read(link, uuids.FITNESS_MACHINE_FEATURE)
    speed = _decoded(ranges.decode_speed, speed_range)
    usable = speed is not None and 0 < speed.min_ckmh < speed.max_ckmh
    odd.judge(Odd.RANGE_UNUSABLE, not usable, f"2ad4: {_hex(speed_range)}")
    incline = _decoded(ranges.decode_incline, incline_range)
    odd.judge(
        Odd.INCLINE_RANGE_UNUSABLE,
        incline is None and link.has(uuids.INCLINATION_RANGE),
        f"2ad5: {_hex(incline_range)}",
    )
    whole = claims is not None and len(claims) >= FEATURES_SIZE
    odd.judge(
        Odd.FEATURES_UNUSABLE,
        not whole and link.has(uuids.FITNESS_MACHINE_FEATURE),
        f"2acc: {_hex(claims)}",
    )
    # Features that are there and cannot be read claim nothing; a machine without them is believed by its ranges.
    told = claims or (b"" if link.has(uuids.FITNESS_MACHINE_FEATURE) else None)
    return Abilities(speed, incline, None if told is None else features.decode(told))


def _decoded(decode: Callable[[bytes], R], data: bytes | None) -> R | None:
    try:
        return decode(data) if data else None
    except DecodeError:
        return None


def _hex(data: bytes | None) -> str:
    return "not told" if data is None else data.hex() or "empty"
