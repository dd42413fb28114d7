"""Each Bluetooth address of a unit's settings is that of one device: who has it, and what is done without. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from device_adapters.config import UnitConfig

ADDRESS = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}")
FIX = "backstride scan shows the address of each device"


class Fault(NamedTuple):
    """What is wrong where: the path of the key or its table (places from 0); words that name field, value and fix."""

    where: tuple[str | int, ...]
    text: str


def faults(config: UnitConfig) -> Iterator[Fault]:
    """Addresses that are none, and those that two devices share, treadmills first, then straps, then pods."""
    owners: dict[str, str] = {}
    for where, owner, address in _devices(config):
        field = f"{owner}: {where[-1]} = {address!r}"
        if not ADDRESS.fullmatch(address.upper()):
            yield Fault(where, f"{field} is no address like F1:00:00:00:00:01; {FIX}")
        elif address.upper() in owners:
            text = f"{field} is that of {owners[address.upper()]} already: give it its own; {FIX}"
            yield Fault(where if where[-1] == "footpod" else where[:2], text)
        else:
            owners[address.upper()] = owner


def usable(config: UnitConfig) -> UnitConfig:
    """The settings without the pods and straps whose address is at fault: none of them takes a treadmill's link."""
    wrong = {fault.where for fault in faults(config)}
    pods = {where[:2] for where in wrong if where[-1] == "footpod"}
    straps = {where[:2] for where in wrong if where[0] == "strap"}
    return replace(
        config,
        treadmill=tuple(
            replace(t, footpod="") if ("treadmill", place) in pods else t
            for place, t in enumerate(config.treadmill)
        ),
        strap=tuple(s for place, s in enumerate(config.strap) if ("strap", place) not in straps),
    )


def _devices(config: UnitConfig) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for place, treadmill in enumerate(config.treadmill):
        yield ("treadmill", place, "address"), f"treadmill {treadmill.id}", treadmill.address
    for place, strap in enumerate(config.strap):
        yield ("strap", place, "address"), f"strap {strap.id}", strap.address
    for place, treadmill in enumerate(config.treadmill):
        if treadmill.footpod:
            yield ("treadmill", place, "footpod"), f"foot pod of {treadmill.id}", treadmill.footpod
