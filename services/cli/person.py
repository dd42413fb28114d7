"""Who sits at this terminal."""

import getpass


def user(by: str) -> str:
    """The name given, or the user of this terminal."""
    if by.strip():
        return by.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "command line"
