"""The makes of treadmill on a serial line: what each is told, and what it is called."""

from dataclasses import dataclass

from device_adapters.codecs.serial_frames import Tongue
from device_adapters.codecs.trackmaster import TrackmasterTongue
from device_adapters.codecs.woodway import Direction, WoodwayTongue
from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Arrangement


@dataclass(frozen=True, slots=True)
class Make:
    """One make, arranged in one way."""

    maker: str
    model: str
    tongue: Tongue


def make_of(protocol: str, arrangement: Arrangement) -> Make:
    """What a treadmill of these settings is spoken to as. ConfigError for one that cannot be so."""
    reversed_ = arrangement is Arrangement.BELT_REVERSED
    if protocol == "trackmaster":
        if reversed_:
            raise ConfigError(
                "arrangement = 'belt_reversed': a Trackmaster runs forward only; give it member_turned"
            )
        return Make("Trackmaster", "Trackmaster (serial)", TrackmasterTongue())
    direction = Direction.REVERSE if reversed_ else Direction.FORWARD
    return Make("Woodway", "Woodway (serial)", WoodwayTongue(direction))
