"""The office of a site: keeps the register, signs certificates, and puts the broker's lists in step with both."""

import contextlib
import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from device_adapters.clock import Clock
from device_adapters.drill import DRILL
from device_adapters.errors import ConfigError, StorageError
from services.hub import authority, clients
from services.hub.acl import access_list
from services.hub.clients import HUB_ROLES, THE_DRILL, Client, Register
from services.hub.files import SHARED, write
from services.hub.site import Places

_DRILL = THE_DRILL.name, THE_DRILL.role, THE_DRILL.treadmills
SERIALS_MAX = 2
"""A renewed certificate's predecessor holds until the next renewal: the answer with the new one may get lost."""


class Office:
    """One at a time, over processes: whoever changes something holds the lock of the office's folder."""

    def __init__(self, places: Places, clock: Clock) -> None:
        self.places = places
        self.clock = clock

    def now(self) -> datetime:
        """By the wall clock (UTC)."""
        return datetime.fromtimestamp(self.clock.wall_ms() / 1000, UTC)

    @property
    def root(self) -> authority.Pair:
        """The authority. Raises ConfigError where there is none."""
        folder = self.places.office
        try:
            return authority.Pair(
                (folder / "authority.crt").read_bytes(), (folder / "authority.key").read_bytes()
            )
        except OSError as e:
            raise ConfigError(f"{e.filename}: {e.strerror}; run it as root, after backstride hub init") from e

    def register(self) -> Register:
        """The register as it stands on the disk now."""
        return clients.read(self.places.register)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile. Raises ConfigError for who may not."""
        path = self.places.office / "lock"
        try:
            if not path.exists():
                write(path, b"")
            lock = path.open("rb")
        except OSError as e:
            raise ConfigError(f"{e.filename}: {e.strerror}; run it as root, after backstride hub init") from e
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def admit(self, client: Client) -> None:
        """Let `client` be known: its rights are at the broker before its certificate is.

        Raises ConfigError for a name of the hub's own or the drill's, or devices that another unit has. A client that
        was revoked comes back with new certificates only.
        """
        if client.name in HUB_ROLES and client.role != client.name:
            raise ConfigError(f"{client.name} is a service of the hub; give another name")
        devices = [device.id for device in (*client.treadmills, *client.straps)]
        if DRILL in (client.name, *devices) and (client.name, client.role, client.treadmills) != _DRILL:
            raise ConfigError(f"{DRILL} is the treadmill that staff practise on; give another name")
        with self.locked():
            register = self.register()
            before = register.find(client.name)
            if client.name == DRILL and before is not None and before.treadmills != THE_DRILL.treadmills:
                raise ConfigError(
                    f"{DRILL} is the treadmill that staff practise on now; revoke this {before.role} "
                    f"(backstride unit revoke {DRILL}), and invite it by another name"
                )
            if before is not None and not before.revoked and before.role != client.role:
                raise ConfigError(
                    f"{client.name} is a {before.role} already; give another name, or revoke it first"
                )
            for device in (*client.treadmills, *client.straps):
                owner = register.owner_of(device.id)
                if owner not in ("", client.name):
                    raise ConfigError(
                        f"{device.id} belongs to {owner}; give another id, or revoke {owner} first"
                    )
            serials = before.serials if before is not None and not before.revoked else ()
            until = before.until if serials and before is not None else ""
            self._keep(register.with_client(msgspec.structs.replace(client, serials=serials, until=until)))

    def certify(self, name: str, request: bytes) -> bytes:
        """A certificate for a client that is known. Raises ConfigError if it is not, or the request is none, and
        StorageError for a full disk."""
        with self.locked():
            return self.certify_locked(name, request)

    def certify_locked(self, name: str, request: bytes) -> bytes:
        """As `certify`, for who holds the lock."""
        register = self.register()
        client = register.find(name)
        if client is None or client.revoked:
            raise ConfigError(f"{name}: not known here, or revoked; invite it anew")
        signed = authority.sign_client(self.root, name, request, self.now())
        serials = (authority.serial_of(signed), *client.serials)
        known = msgspec.structs.replace(
            client, serials=serials[:SERIALS_MAX], until=authority.ends(signed).date().isoformat()
        )
        self._keep(register.with_client(known).with_revoked(serials[SERIALS_MAX:], self._now_s()))
        return signed

    def revoke(self, name: str) -> None:
        """End a client at once: its certificates and its rights; done again, what was cut half-way is finished.

        Raises ConfigError if there is no such, StorageError for a full disk.
        """
        if name in HUB_ROLES:
            raise ConfigError(f"{name} is a service of the hub; stop it instead")
        with self.locked():
            self._keep(self.register().without(name, self._now_s()))

    def write_lists(self) -> None:
        """The broker's access and revocation lists, as the register has them. The access list is written last:
        it is what the broker's restart waits for."""
        register, broker = self.register(), self.places.broker
        revoked = authority.revocations(self.root, register.revoked, self.now())
        write(broker / "crl.pem", revoked, SHARED)
        write(broker / "acl", access_list(self.places.site().site, register.living()).encode(), SHARED)

    def _keep(self, register: Register) -> None:
        """StorageError where the disk does not take it all: done again, the lists are made anew."""
        try:
            clients.keep(self.places.register, register)
            self.write_lists()
        except OSError as e:
            raise StorageError(
                f"{e.filename or self.places.office}: {e.strerror}; make room on its disk (df -h), then do it again"
            ) from e

    def _now_s(self) -> int:
        return self.clock.wall_ms() // 1000


def credentials(office: Office, client: Client, path: Path, mode: int) -> None:
    """Certificate and key of a client of this machine in the file `path`, made or renewed where they are due."""
    known = office.register().find(client.name)
    if known is not None and not known.revoked and _holds(office, path, known):
        return
    office.admit(client)
    key = authority.new_key()
    signed = office.certify(client.name, authority.signing_request(client.name, key))
    write(path, authority.Pair(signed, key).together, mode)


def _holds(office: Office, path: Path, client: Client) -> bool:
    """Is it there, one of ours, and not due to be renewed?"""
    if not path.exists():
        return False
    certificate = authority.apart(path.read_bytes()).certificate
    days = (authority.ends(certificate) - office.now()).days
    return authority.serial_of(certificate) in client.serials and days >= authority.RENEW_DAYS
