"""Everything that a hub could not get back by itself, in one file: settings, keys, and every store as of one moment."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from device_adapters.errors import StorageError
from device_adapters.private_store import SIDE_FILES

SETTINGS, DATA, MANIFEST = "settings", "data", "manifest.json"
FORM = 1


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds. `damaged`: stores that it holds as they lie there, for they cannot be read whole."""

    files: int
    bytes: int
    damaged: tuple[str, ...] = ()

    def require_whole(self) -> None:
        """Raises StorageError that names the stores that are not."""
        if self.damaged:
            raise StorageError(
                f"{', '.join(self.damaged)}: malformed, and in the backup as it lies there; an earlier backup may have "
                "it whole. All else is in this one"
            )


def backup(folder: Path, data: Path, output: Path) -> BackedUp:
    """Write `output` (readable by its owner only), whole or not at all. The services may run meanwhile.

    Raises StorageError if something cannot be read or written.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        # Stores are copied there too: the machine's own place for what is temporary may be in its memory.
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as work:
            part = Path(work) / "part"
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as raw:
                kept = _write(folder, data, raw, Path(work))
                raw.flush()
                os.fsync(raw.fileno())
            part.replace(output)
    except (OSError, sqlite3.Error) as e:
        raise StorageError(f"no backup in {output}: {e}") from e
    return kept


def restore(source: Path, folder: Path, data: Path) -> BackedUp:
    """Put settings and data back. What is there now is moved aside, to `*.before-restore`.

    Every file is checked before anything is moved. Raises StorageError for a file that is no backup, or is damaged.
    """
    try:
        with (
            tarfile.open(source) as tar,
            tempfile.TemporaryDirectory(dir=folder.parent, prefix=".restore-") as work,
        ):
            kept = _unpack(tar, Path(work))
            _swap(Path(work) / SETTINGS, _home(folder))
            _swap(Path(work) / DATA, _home(data))
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError, RecursionError) as e:
        raise StorageError(f"{source}: not restored: {e}") from e
    return kept


def look_through(source: Path, scratch: Path) -> BackedUp:
    """Unpack a backup below `scratch`, and look at every file of it and into every store.

    Raises StorageError for one that could not be put back whole.
    """
    try:
        with (
            tarfile.open(source) as tar,
            tempfile.TemporaryDirectory(dir=scratch, prefix=".trial-") as work,
        ):
            kept = _unpack(tar, Path(work), owned=False)
            for store in sorted(Path(work).rglob("*.db")):
                _require_whole(store)
    except (OSError, tarfile.TarError, ValueError, KeyError, sqlite3.Error) as e:
        raise StorageError(f"this backup could not be put back: {e}") from e
    return kept


def _require_whole(store: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError(f"{store.name} is malformed")


def _write(folder: Path, data: Path, raw: io.BufferedWriter, work: Path) -> BackedUp:
    without = frozenset({work.resolve()})
    sums: dict[str, str] = {}
    damaged: list[str] = []
    size = 0
    # A link's file or folder is kept in its place: where it leads to may be gone where this is restored.
    with tarfile.open(fileobj=raw, mode="w", dereference=True) as tar:
        for name, path in (*_below(SETTINGS, folder, without), *_below(DATA, data, without)):
            info = tar.gettarinfo(path, name)
            if info.isdir():
                tar.addfile(info)
                continue
            content = path
            if path.suffix == ".db":
                copy = _copy_of_store(path, work)
                content = copy or path
                damaged += [] if copy is not None else [str(path)]
            with content.open("rb") as stream:
                info.size = os.fstat(stream.fileno()).st_size
                read = _Summed(stream)
                tar.addfile(info, cast("IO[bytes]", read))
            sums[name] = read.sum.hexdigest()
            size += info.size
        manifest = json.dumps({"form": FORM, "sums": sums}).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest))
    return BackedUp(len(sums), size, tuple(damaged))


class _Summed:
    """What is read of a stream, and its sum: of a file that changes meanwhile both are of the same bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sum = hashlib.sha256()

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self.sum.update(content)
        return content


def _below(name: str, path: Path, without: frozenset[Path]) -> Iterator[tuple[str, Path]]:
    """The folder and all in it, where links lead too; a store's side files are in the copy that is made of it.

    `without`: what is left out, as sockets are; each folder that it is in as well, a link to which has no end.
    """
    real = path.resolve()
    if real in without or not (path.is_file() or path.is_dir()):
        return
    yield name, path
    if path.is_dir():
        for inside in sorted(path.iterdir()):
            if not inside.name.endswith(tuple(f".db{part}" for part in SIDE_FILES)):
                yield from _below(f"{name}/{inside.name}", inside, without | {real})


def _copy_of_store(path: Path, work: Path) -> Path | None:
    """As it is at this moment, whoever writes to it meanwhile; None for one that is malformed."""
    copy = work / "store.db"
    copy.unlink(missing_ok=True)
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            found = target.execute("PRAGMA quick_check(1)").fetchone()
            return copy if found == ("ok",) else None
    except sqlite3.DatabaseError as e:
        # Locked, no room: not the store's fault. No store at all: somebody put another file in its place.
        if isinstance(e, sqlite3.OperationalError) or e.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise
        return None


def _unpack(tar: tarfile.TarFile, work: Path, *, owned: bool = True) -> BackedUp:
    size = 0
    for member in tar.getmembers():
        parts = Path(member.name).parts
        if ".." in parts or (member.name != MANIFEST and parts[0] not in (SETTINGS, DATA)):
            raise ValueError(f"it holds {member.name}, which no backup does")
        size += member.size
        _place(tar, member, work / member.name, owned=owned)
    manifest = json.loads((work / MANIFEST).read_bytes())
    if manifest["form"] != FORM:
        raise ValueError(f"form {manifest['form']} is of another version")
    for name, right in manifest["sums"].items():
        if _sum(work / name) != right:
            raise ValueError(f"{name} is damaged")
    return BackedUp(len(manifest["sums"]), size)


def _place(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, *, owned: bool) -> None:
    """With its rights, and if it is to be `owned`, for root, who may, with its owner, by name: another machine has
    other numbers."""
    content = tar.extractfile(member)
    if member.isdir():
        path.mkdir(parents=True)
    elif content is not None:
        with path.open("wb") as out:
            shutil.copyfileobj(content, out)
    else:
        raise ValueError(f"{member.name} is neither file nor folder")
    path.chmod(member.mode if owned else member.mode & 0o777)
    if owned and os.geteuid() == 0 and member.uname:
        with contextlib.suppress(LookupError):  # a user that is not here: root keeps it
            shutil.chown(path, member.uname, member.gname)


def _home(place: Path) -> Path:
    """Where a link leads, so that it stays one. A disk itself cannot be moved aside: its link is."""
    real = place.resolve()
    return place if real.is_mount() else real


def _swap(fresh: Path, place: Path) -> None:
    if place.exists():
        aside = place.with_name(f"{place.name}.before-restore")
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fresh, place)


def _sum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
