"""Files that are whole or not there, with the rights they need."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

PRIVATE = 0o600
SHARED = 0o640
"""Readable by the folder's group: the broker, which runs as a user of its own."""
PUBLIC = 0o644


def write(path: Path, content: bytes, mode: int = PRIVATE) -> bool:
    """Put `content` in the place of `path`; False, and nothing touched, if it was so already. Raises OSError."""
    if path.exists() and path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with _in_the_place_of(path, content) as fresh:
        _owned_as_before(fresh, path)
        fresh.chmod(mode)
    return True


def write_for_owner(path: Path, content: bytes) -> None:
    """Put what only who asked for it may read in the place of `path`, whole or not at all; through it, where it is a
    pipe or a terminal. Raises OSError. It sets no rights afterwards: a stick's file system has none."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    with _in_the_place_of(path.resolve(), content):
        pass


@contextlib.contextmanager
def _in_the_place_of(path: Path, content: bytes) -> Iterator[Path]:
    """A new file, its owner's alone until then, that takes the place of `path` in the end; nothing is left if not."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        yield fresh
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _owned_as_before(new: Path, old: Path) -> None:
    """Root, who may, leaves a file to whom it belonged, and a new one to whom its folder belongs."""
    if os.geteuid() == 0:
        like = (old if old.exists() else old.parent).stat()
        mine = new.stat()
        if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):  # a sandbox may forbid to ask
            os.chown(new, like.st_uid, like.st_gid)
