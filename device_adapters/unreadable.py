"""What reading bytes as JSON may raise, whatever they hold."""

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""RecursionError: nested too deeply."""
