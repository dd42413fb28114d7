"""A SQLite file that its own user alone may read: SQLite gives side files the rights of the file itself.

In a folder that hands its group on (setgid), as the hub's installer makes it for what several services share, the group
may read and write too.
"""

import os
import stat
from pathlib import Path

MODE, SHARED_MODE = 0o600, 0o660
SIDE_FILES = ("-wal", "-shm", "-journal")


def mode_in(folder: Path) -> int:
    """The rights of a store in that folder. Raises OSError."""
    bits = folder.stat().st_mode
    return SHARED_MODE if bits & stat.S_ISGID and bits & stat.S_IWGRP else MODE


def keep_private(path: Path) -> None:
    """Before SQLite opens `path`: make it, where it is missing, or take away what an earlier release gave to others.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        os.fchmod(handle, mode_in(path.parent))
        os.close(handle)
    except FileExistsError:
        narrow(path)
    else:
        give_to_folder(path)


def narrow(path: Path) -> None:
    """The file and its side files, as far as they are ours."""
    mode = mode_in(path.parent)
    for file in (path, *(path.with_name(path.name + part) for part in SIDE_FILES)):
        try:
            there = file.stat()
            if there.st_mode & 0o777 & ~mode and os.geteuid() in (0, there.st_uid):
                file.chmod(mode)
        except FileNotFoundError:
            continue  # gone with the last who had it open


def give_to_folder(new: Path) -> None:
    """What root makes belongs to whom the folder belongs to: they open it afterwards."""
    if os.geteuid() == 0:
        folder = new.parent.stat()
        os.chown(new, folder.st_uid, folder.st_gid)
