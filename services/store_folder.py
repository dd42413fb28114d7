"""Where a hub keeps what, in its data folder: each name known once to who writes, who reads and who owns it."""

from pathlib import Path

NAME = "metrics"
OF_ALERTS = "alerts"
"""What the alert service keeps, for itself alone."""

JOURNAL = "sessions.db"
MEMBERS = "members.db"
MEASURED = "metrics.db"

MEMBER_LINKS = "member-links.key"
KNOWN_DEVICES = "devices.key"
OUT_OF_USE = "out-of-use.json"
INCIDENT_NOTES = "incident-notes.json"
LABELS = "labels.json"
DEFECTS = "defects.json"
MACHINE_BOOK = "machine-book.json"
OF_CONSOLE = (MEMBER_LINKS, KNOWN_DEVICES, OUT_OF_USE, INCIDENT_NOTES, LABELS, DEFECTS, MACHINE_BOOK)
"""What the console keeps, for itself alone."""


def store_folder(data: Path) -> Path:
    """The folder of the embedded store, the spool and the database's tokens, for a hub's `data` folder: its own, if its
    services have users of their own."""
    own = data / NAME
    return own if own.is_dir() else data


def measured_store(data: Path) -> Path:
    """The embedded store of what was measured."""
    return store_folder(data) / MEASURED
