"""A secret that a process makes for itself once and keeps on its disk, for its own user alone."""

import os
import secrets
from pathlib import Path

LEAST_BYTES = 16
"""Fewer could be tried through. A file that a cut of the power left empty is no secret: it is made anew."""


def kept_secret(path: Path, size: int = 32) -> bytes:
    """The secret in `path`, made if there is none that is one: `size` bytes, as hexadecimal digits. Raises OSError."""
    try:
        known = path.read_bytes().strip()
    except FileNotFoundError:
        known = b""
    if len(known) >= LEAST_BYTES:
        return known
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(size).hex().encode())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return path.read_bytes().strip()
