"""What a device says of itself when it is linked: its maker and model, and with them its profile."""

from dataclasses import dataclass

from device_adapters.ble.link import Link
from device_adapters.codecs import device_information, uuids
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
