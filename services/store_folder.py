"""Where a hub keeps what was measured: in a folder of its own, if its services have users of their own."""

from pathlib import Path

NAME = "metrics"
OF_ALERTS = "alerts"
"""What the alert service keeps, for itself alone."""


def store_folder(data: Path) -> Path:
    """The folder of the embedded store, the spool and the database's tokens, for a hub's `data` folder."""
    own = data / NAME
    return own if own.is_dir() else data
