"""Home Assistant's own topics: where units announce their devices, and where it says that it is there. Pure.

They are not below the contract's root, and so stand beside its table: topic and right are made here, in one place.
"""

import re
from dataclasses import dataclass

from device_adapters.contract.permissions import (
    HOME_ASSISTANT,
    HOME_ASSISTANT_HEARTS,
    UNIT,
    VIEWER,
    Deed,
    require,
)

PREFIX = "homeassistant"


@dataclass(frozen=True, slots=True)
class ForeignChannel:
    """One kind of topic of another program's making; fields as of `Channel`. A unit stands for its own devices."""

    path: str
    does: Deed
    publishers: tuple[str, ...]
    shows: Deed
    readers: tuple[str, ...]
    qos: int = 1
    retain: bool = False
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse a role that has not the deed."""
        require(self.does, self.publishers, f"publish {self.path}")
        require(self.shows, self.readers, f"read {self.path}")

    def topic(self, site: str, id: str = "") -> str:
        """The topic of one device; `+` as id gives the filter for all, of every site."""
        return self.path.replace("{id}", id if id == "+" else device_name(site, id))


def device_name(site: str, id: str) -> str:
    """What Home Assistant knows a device by."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", f"backstride-{site}-{id}")


ANNOUNCEMENT = ForeignChannel(
    f"{PREFIX}/device/{{id}}/config",
    Deed.ANNOUNCE,
    (UNIT,),
    Deed.FIND,
    (UNIT, VIEWER, HOME_ASSISTANT, HOME_ASSISTANT_HEARTS),
    retain=True,
    about="a device and where its values are; empty: it is gone",
)
GREETING = ForeignChannel(
    f"{PREFIX}/status",
    Deed.GREET,
    (HOME_ASSISTANT, HOME_ASSISTANT_HEARTS),
    Deed.BE_GREETED,
    (UNIT,),
    about="`online` when Home Assistant starts, `offline` as its last will",
)
FOREIGN = (ANNOUNCEMENT, GREETING)
