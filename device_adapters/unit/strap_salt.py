"""The secret that turns a strap's address into its pseudonym: from the settings, or made once and kept on disk."""

from pathlib import Path

from device_adapters.errors import ConfigError
from device_adapters.secret_file import kept_secret

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
        return kept_secret(path)
    except OSError as e:
        raise ConfigError(f"{path}: {e}; give strap_salt in the unit's settings") from e
