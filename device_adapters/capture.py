"""A capture: what one device is and said, with times, without its address and name; replayed, it is that device again.

JSON lines: a header, then one line per notification. A capture that was cut off is good up to its last whole line.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from device_adapters.errors import ConfigError
from device_adapters.unreadable import UNREADABLE

Kind = Literal["treadmill", "strap", "other"]
Hex = Annotated[str, Meta(pattern="^([0-9a-f]{2})*$", max_length=1024)]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

NAME_MIN = 4
"""Shorter names are not looked for in the bytes: they would be found by chance."""


class CapturedCharacteristic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`value` is what reading it gave; properties as bleak names them: read, notify, indicate, write, ..."""

    uuid: Uuid
    properties: tuple[str, ...] = ()
    value: Hex | None = None


class CapturedService(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A GATT service of the device, with its characteristics."""

    uuid: Uuid
    characteristics: tuple[CapturedCharacteristic, ...]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line. `profile` is the model that Backstride took it for; `day` is all that is kept of the date."""

    capture: Literal[1]
    kind: Kind
    day: str
    model: str
    profile: str
    services: tuple[CapturedService, ...]


class CapturedFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One notification or indication, `t_ms` after the first subscription."""

    t_ms: Annotated[int, Meta(ge=0)]
    uuid: Uuid
    hex: Hex


P = TypeVar("P", Header, CapturedFrame)


class Capture(msgspec.Struct, frozen=True):
    """A whole file: what was captured of whom, and its frames."""

    header: Header
    frames: tuple[CapturedFrame, ...]


def line(part: Header | CapturedFrame) -> str:
    """As it stands in the file."""
    return msgspec.json.encode(part).decode() + "\n"


def read(path: Path) -> Capture:
    """Raises ConfigError naming the line that does not fit."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"{path}: {e}; give a file that backstride capture wrote") from e
    whole = text.split("\n")[:-1]  # what follows the last line break is empty, or was cut off
    if not whole:
        raise ConfigError(f"{path}: empty; give a file that backstride capture wrote")
    header = _decoded(path, 1, whole[0], Header)
    frames = tuple(_decoded(path, number, each, CapturedFrame) for number, each in enumerate(whole[1:], 2))
    return Capture(header, frames)


def secrets(address: str, name: str) -> tuple[bytes, ...]:
    """What must not be in a capture's bytes: the address in either order, and as text; the advertised name."""
    found = [address.upper().encode(), address.lower().encode(), address.replace(":", "").upper().encode()]
    raw = bytes.fromhex(address.replace(":", "")) if address.count(":") == 5 else b""
    found += [raw, raw[::-1], name.encode() if len(name) >= NAME_MIN else b""]
    return tuple(secret for secret in found if secret)


def redacted(data: bytes, hide: tuple[bytes, ...]) -> bytes:
    """`data` with zeros where a secret was."""
    for secret in hide:
        data = data.replace(secret, bytes(len(secret)))
    return data


def _decoded(path: Path, number: int, text: str, kind: type[P]) -> P:
    try:
        return msgspec.json.decode(text, type=kind)
    except UNREADABLE as e:
        raise ConfigError(f"{path}, line {number}: {e}; give a file that backstride capture wrote") from e
