"""The secret that turns a strap's address into its pseudonym: from the settings, or made once and kept on disk."""

import os
import secrets
from pathlib import Path

from device_adapters.errors import ConfigError

FILE = "strap_salt"
LEAST = 16
"""Characters; fewer could be tried through, and with them every address."""


def strap_salt(configured: str, data: Path) -> bytes:
    """`configured` is the site's, the same at each unit; '' takes this unit's own. ConfigError names what to do."""
    if configured:
        if len(configured) < LEAST:
            raise ConfigError(
                f"strap_salt: {len(configured)} characters; give at least {LEAST}, chosen at random"
            )
        return configured.encode()
    path = data / FILE
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text().strip().encode()
    except OSError as e:
        raise ConfigError(f"{path}: {e}; give strap_salt in the unit's settings") from e
