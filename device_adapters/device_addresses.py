"""Each Bluetooth address and port of a unit's settings is of one device: who has it, and what is done without. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from device_adapters.config import SERIAL, Treadmill, UnitConfig
from device_adapters.pin_faults import pin_faults

ADDRESS = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}")
FIX = "backstride scan shows the address of each device"
PODS = {"footpod": "foot pod", "belt_sensor_address": "belt sensor"}
"""Keys of a treadmill with an address that is not its own, and what is there."""


class AddressFault(NamedTuple):
    """What is wrong where: the path of the key or its table (places from 0); words that name field, value and fix."""

    where: tuple[str | int, ...]
    text: str


def faults(config: UnitConfig) -> Iterator[AddressFault]:
    """Addresses that are none, and those that two devices share, treadmills first, then straps, then pods; cables that
    are none, shared, or of another protocol; pins and clickers that two have.
    """
    owners: dict[str, str] = {}
    for place, treadmill in enumerate(config.treadmill):
        if treadmill.link or treadmill.protocol != "ftms":
            yield from _cable(place, treadmill, owners)
    for where, owner, address in _devices(config):
        field = f"{owner}: {where[-1]} = {address!r}"
        if not ADDRESS.fullmatch(address.upper()):
            yield AddressFault(where, f"{field} is no address like F1:00:00:00:00:01; {FIX}")
        elif address.upper() in owners:
            text = f"{field} is that of {owners[address.upper()]} already: give it its own; {FIX}"
            yield AddressFault(where if where[-1] in PODS else where[:2], text)
        else:
            owners[address.upper()] = owner
    for place, treadmill in enumerate(config.treadmill):
        if treadmill.belt_sensor_address and treadmill.belt_sensor_gpio is not None:
            field = f"treadmill {treadmill.id}: belt_sensor_address = {treadmill.belt_sensor_address!r}"
            text = f"{field} and belt_sensor_gpio = {treadmill.belt_sensor_gpio}: a belt has one sensor; take one out"
            yield AddressFault(("treadmill", place, "belt_sensor_address"), text)
    for where, text in pin_faults(config):
        yield AddressFault(where, text)


def _cable(place: int, treadmill: Treadmill, owners: dict[str, str]) -> Iterator[AddressFault]:
    owner, field = f"treadmill {treadmill.id}", f"treadmill {treadmill.id}: link = {treadmill.link!r}"
    where = ("treadmill", place, "link")
    if treadmill.protocol == "ftms":
        yield AddressFault(
            ("treadmill", place, "protocol"),
            f'{field} needs protocol = "woodway" or "trackmaster"; ftms has an address',
        )
    elif treadmill.protocol == "trackmaster" and treadmill.arrangement == "belt_reversed":
        yield AddressFault(
            ("treadmill", place, "arrangement"),
            f"treadmill {treadmill.id}: arrangement = 'belt_reversed', and a Trackmaster runs forward only; "
            "give it member_turned",
        )
    elif not treadmill.link.startswith(f"{SERIAL}/"):
        yield AddressFault(
            where, f"{field} is no cable like serial:/dev/serial/by-id/...; ls /dev/serial/by-id shows them"
        )
    elif treadmill.address:
        yield AddressFault(("treadmill", place, "address"), f"{field} and an address: give one of them")
    elif treadmill.link in owners:
        yield AddressFault(where[:2], f"{field} is that of {owners[treadmill.link]} already: give it its own")
    owners[treadmill.link] = owner


def usable(config: UnitConfig) -> UnitConfig:
    """The settings without the pods and straps whose address is at fault: none of them takes a treadmill's link."""
    wrong = {fault.where for fault in faults(config)}
    straps = {where[:2] for where in wrong if where[0] == "strap"}
    return replace(
        config,
        treadmill=tuple(
            replace(t, **{pod: "" for pod in PODS if ("treadmill", place, pod) in wrong})
            for place, t in enumerate(config.treadmill)
        ),
        strap=tuple(s for place, s in enumerate(config.strap) if ("strap", place) not in straps),
    )


def _devices(config: UnitConfig) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for place, treadmill in enumerate(config.treadmill):
        if not treadmill.link and treadmill.protocol == "ftms":
            yield ("treadmill", place, "address"), f"treadmill {treadmill.id}", treadmill.address
    for place, strap in enumerate(config.strap):
        yield ("strap", place, "address"), f"strap {strap.id}", strap.address
    for place, treadmill in enumerate(config.treadmill):
        for key, what in PODS.items():
            if address := getattr(treadmill, key):
                yield ("treadmill", place, key), f"{what} of {treadmill.id}", address
