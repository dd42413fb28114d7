"""How much of a site is taken in, and from when on it is all known: the same for the floor and for alerts. Pure."""

from device_adapters.contract.messages.health import STATUS_EVERY_S

DEVICES_MAX = 500
"""Of each kind (units, treadmills, straps, stores); what is beyond is not taken in."""

SETTLED_MS = round(STATUS_EVERY_S * 1000) + 1_000
"""With a line for so long, everybody who is there has told of themselves."""
