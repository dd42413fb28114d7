"""The releases that a hub holds for its units, each signed by the key that updates are checked by; their roll-out."""

import contextlib
import fcntl
import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from device_adapters.errors import ConfigError
from device_adapters.unreadable import UNREADABLE
from services.hub.files import PUBLIC, write, write_all
from services.hub.letters import Version
from services.hub.rollout import RollOut

CHANGES_MAX = 6_000
TEXT_MAX_BYTES = 1_000_000
ROLLOUT = "rollout.json"
KEPT = 4
"""So many releases are held; the oldest goes first, but none that units are on their way to."""


class HeldRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bundle. `changes`: its section of the changelog; `file`: its name here, `.sig` beside it."""

    version: Version
    arch: str
    file: str
    changes: str
    at_ms: int


class Releases:
    """A folder of bundles; whoever changes something holds its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile. Raises ConfigError for who may not."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write(self.folder / "lock", b"")
            lock = (self.folder / "lock").open("rb")
        except OSError as e:
            raise ConfigError(f"{e.filename}: {e.strerror}; run it with sudo") from e
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def all(self) -> tuple[HeldRelease, ...]:
        """The newest first. Raises ConfigError for an index that cannot be read."""
        held: tuple[HeldRelease, ...] = self._read("releases.json", tuple[HeldRelease, ...], ())
        return held

    def find(self, version: str, arch: str) -> HeldRelease | None:
        """The bundle of a release for such machines."""
        return next((one for one in self.all() if (one.version, one.arch) == (version, arch)), None)

    def file(self, name: str) -> Path | None:
        """A bundle that is held, or its signature; no other file of the folder."""
        known = {name for one in self.all() for name in (one.file, f"{one.file}.sig")}
        return self.folder / name if name in known else None

    def add(self, bundle: Path, key: Path, now_ms: int) -> HeldRelease:
        """Hold a bundle whose signature is beside it (`.sig`).

        Raises ConfigError, NotWrittenError; what is held is as it was then. The bundle is read once: what is held is
        what was checked, whoever writes to the file meanwhile.
        """
        try:
            content, signature = bundle.read_bytes(), Path(f"{bundle}.sig").read_bytes()
        except OSError as e:
            raise ConfigError(f"{e.filename}: {e.strerror}; see deploy/README.md, Updates") from e
        _check(bundle, content, signature, key)
        version, arch, changes = _told_by(bundle, content)
        held = HeldRelease(version, arch, f"backstride-{version}-{arch}.tar.gz", changes, now_ms)
        with self.locked():
            rollout = self.rollout()
            going = "" if rollout is None or rollout.stopped or rollout.done else rollout.version
            if going == version:
                raise ConfigError(f"{version} is being rolled out; backstride release stop ends that first")
            place = self.folder / held.file
            write_all({place.with_name(f"{place.name}.sig"): signature, place: content}, PUBLIC)
            kept = (held, *(one for one in self.all() if one.file != held.file))
            known = dict.fromkeys(one.version for one in kept)
            newest = [one for one in known if one != going][: KEPT - (going in known)]
            versions = {*newest, going}
            self.keep_index(tuple(one for one in kept if one.version in versions))
            for one in kept:
                if one.version not in versions:
                    (self.folder / one.file).unlink(missing_ok=True)
                    (self.folder / f"{one.file}.sig").unlink(missing_ok=True)
        return held

    def rollout(self) -> RollOut | None:
        """The newest one, under way or not."""
        rollout: RollOut | None = self._read(ROLLOUT, RollOut, None)
        return rollout

    def keep_index(self, held: tuple[HeldRelease, ...]) -> None:
        """Write which releases are held, the newest first; for who holds the lock."""
        self._keep("releases.json", held)

    def keep_rollout(self, rollout: RollOut) -> None:
        """Write it; for who holds the lock."""
        self._keep(ROLLOUT, rollout)

    def _keep(self, name: str, value: object) -> None:
        write(self.folder / name, msgspec.json.encode(value), PUBLIC)

    def _read(self, name: str, kind: Any, missing: Any) -> Any:
        try:
            return msgspec.json.decode((self.folder / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return missing
        except UNREADABLE as e:
            raise ConfigError(f"{self.folder / name}: {e}; remove it and add the releases anew") from e


def _check(bundle: Path, content: bytes, signature: bytes, key: Path) -> None:
    """Is what was read of `bundle` signed by the key in `key`?"""
    try:
        public = load_pem_public_key(key.read_bytes())
    except OSError as e:
        raise ConfigError(f"{e.filename}: {e.strerror}; see deploy/README.md, Updates") from e
    except ValueError as e:
        raise ConfigError(f"{key}: it has to be an Ed25519 key; see deploy/README.md, Updates") from e
    if not isinstance(public, Ed25519PublicKey):
        raise ConfigError(f"{key}: it has to be an Ed25519 key; see deploy/README.md, Updates")
    try:
        public.verify(signature, content)
    except InvalidSignature:
        raise ConfigError(f"{bundle} is not signed by the key in {key}; nothing was changed") from None


def _told_by(bundle: Path, content: bytes) -> tuple[str, str, str]:
    """Version, kind of machine, and what changed, as the bundle itself has them."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as packed:
            for member in packed:
                name = member.name.partition("/")[2]
                if name in ("VERSION", "ARCH", "CHANGELOG.md") and member.isfile():
                    if member.size > TEXT_MAX_BYTES or (read := packed.extractfile(member)) is None:
                        raise ConfigError(f"{bundle}: {name} is too large for what it should hold")
                    found[name] = read.read().decode()
    except (tarfile.TarError, OSError, UnicodeDecodeError, EOFError) as e:
        raise ConfigError(f"{bundle} is no bundle: {e}") from e
    if missing := sorted({"VERSION", "ARCH", "CHANGELOG.md"} - set(found)):
        raise ConfigError(f"{bundle} has no {', '.join(missing)}; make it with make bundle of 0.2.0 or newer")
    version, arch = found["VERSION"].strip(), found["ARCH"].strip()
    try:
        msgspec.convert(version, Version)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{bundle}: the version is none: {version[:40]!r}") from e
    if not re.fullmatch(r"[0-9a-z_]{1,20}", arch):
        raise ConfigError(f"{bundle}: ARCH names no kind of machine: {arch[:40]!r}")
    return version, arch, changes_of(found["CHANGELOG.md"], version)[:CHANGES_MAX]


def rank(version: str) -> tuple[object, ...]:
    """What versions are ordered by, the highest last: 0.9.0 < 0.10.0rc1 < 0.10.0 < 0.10.0+local."""
    numbers = re.split(r"[^0-9.]", version, maxsplit=1)[0].strip(".")
    rest = version[len(numbers) :]
    parts = re.findall(r"[0-9]+|[a-z]+", rest.lower())
    trial = bool(parts) and parts[0] in ("dev", "a", "alpha", "b", "beta", "c", "rc")
    return (
        tuple(int(one or "0") for one in re.sub(r"(\.0)+$", "", numbers).split(".")),
        not trial,
        tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts),
    )


def changes_of(changelog: str, version: str) -> str:
    """The section of a version; of one that has none yet, what is unreleased."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    for wanted in (version, "Unreleased"):
        for section in sections:
            title, _, text = section.partition("\n")
            if title.split(" ")[0].strip("[]") == wanted:
                return text.strip()
    return ""
