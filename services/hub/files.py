"""Files that are whole or not there, with the rights they need."""

import errno
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from device_adapters.errors import StorageError

PRIVATE = 0o600
SHARED = 0o640
"""Readable by the folder's group: the broker, which runs as a user of its own."""
PUBLIC = 0o644


class NotWrittenError(StorageError, OSError):
    """A file could not be written; what was in its place is there still."""

    def __init__(self, path: Path, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror, str(path))

    def __str__(self) -> str:
        mend = "run it with sudo" if self.errno in (errno.EACCES, errno.EPERM) else "see its disk with df -h"
        return f"{self.filename}: {self.strerror}; {mend}"


def write(path: Path, content: bytes, mode: int = PRIVATE) -> bool:
    """Put `content` in the place of `path`; False, and nothing touched, if it was so already.

    Raises NotWrittenError.
    """
    try:
        if path.exists() and path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return False
    except OSError as e:
        raise NotWrittenError(path, e) from e
    write_all({path: content}, mode)
    return True


def write_all(contents: Mapping[Path, bytes], mode: int) -> None:
    """Put files that belong together in their places, once there is room for them all. Raises NotWrittenError."""

    def kept(new: Path, old: Path) -> None:
        _owned_as_before(new, old)
        new.chmod(mode)

    for path in contents:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise NotWrittenError(path, e) from e
    _put(contents, kept)


def write_for_owner(path: Path, content: bytes) -> None:
    """Put what only who asked for it may read in the place of `path`, whole or not at all; through it, where it is a
    pipe or a terminal. Raises OSError. It sets no rights afterwards: a stick's file system has none."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    _put({path.resolve(): content}, lambda _new, _old: None)


def _put(contents: Mapping[Path, bytes], ready: Callable[[Path, Path], None]) -> None:
    """New files, their owner's alone until they are `ready`, take the places of all in the end, or nothing is left."""
    made: list[Path] = []
    path = Path()
    try:
        for path, content in contents.items():
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
            made.append(Path(temporary))
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            ready(made[-1], path)
        for path, new in zip(contents, made, strict=True):
            new.replace(path)
    except OSError as e:
        raise NotWrittenError(path, e) from e
    finally:
        for new in made:
            new.unlink(missing_ok=True)


def _owned_as_before(new: Path, old: Path) -> None:
    """Root, who may, leaves a file to whom it belonged, and a new one to whom its folder belongs."""
    if os.geteuid() == 0:
        like = (old if old.exists() else old.parent).stat()
        mine = new.stat()
        if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):  # a sandbox may forbid to ask
            os.chown(new, like.st_uid, like.st_gid)
