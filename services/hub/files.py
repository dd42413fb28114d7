"""Files that are whole or not there, with the rights they need."""

import os
import tempfile
from pathlib import Path

PRIVATE = 0o600
SHARED = 0o640
"""Readable by the folder's group: the broker, which runs as a user of its own."""
PUBLIC = 0o644


def write(path: Path, content: bytes, mode: int = PRIVATE) -> bool:
    """Put `content` in the place of `path`; False, and nothing touched, if it was so already."""
    if path.exists() and path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    _owned_as_before(Path(temporary), path)
    Path(temporary).chmod(mode)
    Path(temporary).replace(path)
    return True


def _owned_as_before(new: Path, old: Path) -> None:
    """Root, who may, leaves a file to whom it belonged, and a new one to whom its folder belongs."""
    if os.geteuid() == 0:
        like = (old if old.exists() else old.parent).stat()
        mine = new.stat()
        if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):  # a sandbox may forbid to ask
            os.chown(new, like.st_uid, like.st_gid)
