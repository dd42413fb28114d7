"""What a virtual gym holds and where: its settings, and the ids and addresses of its devices. No Bluetooth here."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from device_adapters.config import Broker


class GymConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One virtual gym. Units reach it with `radio = "virtual:host:port"`; the same seed gives the same gym.

    `stops_on_link_loss`: what the belts do when the client in control vanishes; real ones do either.
    The last `woodways` of the treadmills, and `trackmasters` before these, are on cables, their ports named in the
    folder `cables`: "tm-06".
    `speed_at_rest`: what they do with a target speed before Start. `odd`: what is odd about a treadmill, by its id:
    names of `odd_machines.py`, or a step and how it goes wrong, as in `"tm-02" = ["repeats", "set speed: late"]`.
    """

    site: str = "gym"
    seed: int = 1
    treadmills: Annotated[int, Meta(ge=0, le=500)] = 6
    straps: Annotated[int, Meta(ge=0, le=500)] = 6
    footpods: Annotated[int, Meta(ge=0, le=500)] = 0
    wheel_sensors: Annotated[int, Meta(ge=0, le=500)] = 0
    woodways: Annotated[int, Meta(ge=0, le=500)] = 0
    trackmasters: Annotated[int, Meta(ge=0, le=500)] = 0
    cables: str = ""
    notify_hz: Annotated[int, Meta(ge=1, le=40)] = 4
    stops_on_link_loss: bool = True
    speed_at_rest: Literal["refused", "ignored", "starts"] = "refused"
    odd: dict[str, tuple[str, ...]] = {}
    host: str = "127.0.0.1"
    port: int = 9100
    broker: Broker = Broker()


def gym_layout(treadmills: int, straps: int) -> list[tuple[str, str]]:
    """(id, Bluetooth address) of every device, treadmills first; runner i wears strap i on treadmill i."""
    return [(treadmill_id(i), _address(0xF1, i)) for i in range(1, treadmills + 1)] + [
        (strap_id(i), _address(0xF2, i)) for i in range(1, straps + 1)
    ]


def on_cables(
    treadmills: int, woodways: int, trackmasters: int
) -> dict[str, Literal["woodway", "trackmaster"]]:
    """What the treadmills on cables speak, by their ids: the last ones."""
    first = max(1, treadmills - woodways - trackmasters + 1)
    return {
        treadmill_id(index): "woodway" if index > treadmills - woodways else "trackmaster"
        for index in range(first, treadmills + 1)
    }


def footpod_address(index: int) -> str:
    """The Bluetooth address of the foot pod worn at place `index`, from 1."""
    return _address(0xF3, index)


def wheel_sensor_address(index: int) -> str:
    """The Bluetooth address of the CSC sensor on the roller at place `index`, from 1."""
    return _address(0xF4, index)


def treadmill_id(index: int) -> str:
    """The id of the treadmill at place `index`, from 1."""
    return f"tm-{index:02}"


def strap_id(index: int) -> str:
    """The id of the strap worn at place `index`, from 1."""
    return f"hr-{index:02}"


def _address(kind: int, index: int) -> str:
    return f"{kind:02X}:00:00:00:{index >> 8:02X}:{index & 0xFF:02X}"
