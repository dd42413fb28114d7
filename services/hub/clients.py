"""Who has a certificate of this site: the register that access list and revocation list are made from."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from device_adapters.contract.messages import Id
from device_adapters.drill import DRILL
from device_adapters.errors import ConfigError
from device_adapters.unreadable import UNREADABLE
from services.hub.files import write

Role = Literal[
    "unit", "session", "metrics", "console", "alerts", "enrol", "cli", "booking", "viewer", "home-assistant",
    "home-assistant-hearts", "telegraf", "bridge", "sim",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)
HUB_ROLES: tuple[Role, ...] = ("session", "metrics", "console", "alerts", "enrol", "cli")
"""Those that the hub itself runs: `hub init` makes their certificates, and no one may be enrolled in their name."""

PROGRAM_ROLES: tuple[Role, ...] = tuple(
    role for role in ROLES if role not in ("unit", "session", "console", "alerts", "enrol", "cli")
)
"""Those that a program may be given; units are invited."""


class UnitDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A treadmill or strap of a unit; `address` may be left to the unit."""

    id: Id
    address: str = ""


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One identity: the certificate's common name, what it may do, and which certificates it has had.

    `serials` are the certificates that hold (hexadecimal, newest first), `until` the day the newest ends (UTC, ISO).
    """

    name: Id
    role: Role
    treadmills: tuple[UnitDevice, ...] = ()
    straps: tuple[UnitDevice, ...] = ()
    serials: tuple[str, ...] = ()
    until: str = ""
    revoked: bool = False


THE_DRILL = Client(name=DRILL, role="unit", treadmills=(UnitDevice(DRILL),))
"""The identity of the unit that the hub itself runs while staff practise."""


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All clients, and the serial numbers that are no longer taken, each with the second (UTC) of its revocation."""

    clients: tuple[Client, ...] = ()
    revoked: dict[str, Annotated[int, Meta(ge=0)]] = {}

    def find(self, name: str) -> Client | None:
        """The client of that name, revoked or not."""
        return next((client for client in self.clients if client.name == name), None)

    def living(self) -> tuple[Client, ...]:
        """Those that may connect."""
        return tuple(client for client in self.clients if not client.revoked)

    def with_client(self, new: Client) -> "Register":
        """With `new` in the place of who had its name."""
        others = tuple(client for client in self.clients if client.name != new.name)
        return msgspec.structs.replace(self, clients=tuple(sorted((*others, new), key=lambda c: c.name)))

    def without(self, name: str, now_s: int) -> "Register":
        """With the client of that name revoked, and its certificates with it; as it is, if it was already."""
        client = self.find(name)
        if client is None:
            raise ConfigError(f"{name}: no such client; backstride unit list names them")
        gone = self.with_client(msgspec.structs.replace(client, revoked=True, serials=()))
        return gone.with_revoked(client.serials, now_s)

    def with_revoked(self, serials: tuple[str, ...], now_s: int) -> "Register":
        """With these certificates on the revocation list."""
        return msgspec.structs.replace(self, revoked={**self.revoked, **dict.fromkeys(serials, now_s)})

    def owner_of(self, device: str) -> str:
        """The living unit that has this device; '' if none."""
        for client in self.living():
            if device in {d.id for d in (*client.treadmills, *client.straps)}:
                return client.name
        return ""


def read(path: Path) -> Register:
    """The register in `path`; an empty one where there is none yet. Raises ConfigError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Register)
    except FileNotFoundError:
        return Register()
    except UNREADABLE as e:
        raise ConfigError(f"{path}: {e}; restore it from a backup (backstride restore)") from e


def keep(path: Path, register: Register) -> None:
    """Write it, whole or not at all."""
    write(path, msgspec.json.format(msgspec.json.encode(register), indent=1) + b"\n")
