"""Times as the command line tells them: always the local ones of this machine, with how far they are from UTC. Only the
names of files have UTC.
"""

from datetime import UTC, datetime


def when(at_ms: int, *, seconds: bool = False) -> str:
    """2026-11-29 10:05 +01:00."""
    at = datetime.fromtimestamp(at_ms / 1000).astimezone()
    told = at.strftime("%Y-%m-%d %H:%M:%S %z" if seconds else "%Y-%m-%d %H:%M %z")
    return f"{told[:-2]}:{told[-2:]}"


def day(at_ms: int) -> str:
    """2026-11-29, the local day."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().date().isoformat()


def stamp() -> str:
    """20261129-090500: now, for a file's name."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
