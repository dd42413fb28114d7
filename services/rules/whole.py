"""A whole number that somebody else wrote: in a form, a header, an address, a message. Pure."""

DIGITS_MAX = 15
"""Milliseconds of thirty thousand years: what is longer is none of ours, and Python refuses thousands of digits."""


def whole(text: str) -> int | None:
    """The number, 0 or more; None: `text` is none, or beyond all that is asked for."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX else None
