"""What a device says of itself when it is linked: its maker and model, and with them its profile; what it can do."""

from dataclasses import dataclass

from device_adapters.ble.link import Link
from device_adapters.codecs import device_information, uuids
from device_adapters.codecs.ftms import features, ranges
from device_adapters.codecs.ftms.features import FitnessMachineFeatures
from device_adapters.codecs.ftms.ranges import InclineRange, SpeedRange
from device_adapters.errors import DecodeError, LinkError
from device_adapters.profiles import loader
from device_adapters.profiles.loader import Profile


@dataclass(frozen=True, slots=True)
class Introduction:
    """`model` is as the device says it; `profile` is the cautious one where nobody described the model."""

    model: str
    profile: Profile


async def introduced(link: Link) -> Introduction:
    """Read Device Information (0x180A). Raises LinkError when the link is gone."""
    manufacturer = device_information.decode(await link.read(uuids.MANUFACTURER_NAME) or b"")
    model = device_information.decode(await link.read(uuids.MODEL_NUMBER) or b"")
    return Introduction(model, loader.match(manufacturer, model, link.name))


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a treadmill with a control point says that it can do."""

    speed: SpeedRange
    incline: InclineRange | None
    features: FitnessMachineFeatures | None


async def abilities(link: Link) -> Abilities | None:
    """Read its ranges and features; None without a control point. Raises LinkError for ranges that are none, too."""
    speed_range = await link.read(uuids.SPEED_RANGE)
    if speed_range is None or not link.has(uuids.FITNESS_MACHINE_CONTROL_POINT):
        return None
    incline_range = await link.read(uuids.INCLINATION_RANGE)
    claims = await link.read(uuids.FITNESS_MACHINE_FEATURE)
    try:
        speed = ranges.decode_speed(speed_range)
        incline = ranges.decode_incline(incline_range) if incline_range else None
    except DecodeError as e:
        raise LinkError(str(e)) from e
    return Abilities(speed, incline, features.decode(claims) if claims else None)
