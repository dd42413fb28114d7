"""Disks without room: a small one to be filled, which needs root as CI's container and `make deploy-test` have it; or
any, with no room for a longer file."""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = 5_000


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A folder on a disk of so many megabytes; the test is skipped where none may be mounted."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("NO DISK MAY BE MOUNTED HERE: run as root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(place: Path) -> Path:
    """A file that takes all that is left on the disk."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as out:
        for piece in (65_536, 512):
            with contextlib.suppress(OSError):
                while True:
                    out.write(bytes(piece))
    return filler


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """No file may grow beyond ROOM bytes: what a full disk says, at once, whoever runs it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
