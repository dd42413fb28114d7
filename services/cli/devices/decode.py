"""`backstride decode`: what a frame from a sniffer or a log says."""

import json
import re

import typer

from device_adapters.errors import DecodeError
from device_adapters.profiles.loader import Profile, all_profiles, named
from services.cli.devices.frames import READERS

BASE_UUID = re.compile(r"0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb")
PREFIX = re.compile(r"(?<![0-9a-f])0x")
SEPARATORS = re.compile(r"[\s:]+")


class InputError(ValueError):
    """What was typed cannot be used; says what and how to put it right."""


def decode(characteristic: str, frames: list[str], device: str = "") -> None:
    """Print what `frames` (hex; several are one stream) say: one line of JSON per record, notes on stderr.

    `characteristic` is 2acd, 0x2ACD, a full UUID, or adv-1826 for a raw advertisement. `device` names the model
    for its maker's own codes; one that no profile knows is read as specified, with a note. In the JSON a key that
    is missing was not sent; null was sent as "not available".
    Input that cannot be used: one line on stderr, exit code 2.
    """
    try:
        read = READERS[find_characteristic(characteristic)]
        profile = find_device(device) if device else None
        stream = [parse_frame(text, number) for number, text in enumerate(frames, 1)]
        for output in read(stream, profile):
            if isinstance(output, str):
                typer.echo(f"note: {output}", err=True)
            else:
                typer.echo(json.dumps(output))
    except (InputError, DecodeError) as e:
        typer.echo(f"error: {e}", err=True)
        raise typer.Exit(2) from None


def find_characteristic(text: str) -> str:
    """The key in READERS that `text` means; InputError lists them."""
    word = text.strip().lower().removeprefix("0x")
    if full := BASE_UUID.fullmatch(word):
        word = full[1]
    if word not in READERS:
        raise InputError(f"unknown characteristic {text!r}; give one of {', '.join(READERS)}")
    return word


def find_device(text: str) -> Profile | None:
    """The profile that `text` means; a note on stderr lists them if there is none."""
    found = named(text)
    if found is None:
        models = "; ".join(p.model for p in all_profiles())
        typer.echo(f"note: no profile for device {text!r}, read as specified; known: {models}", err=True)
    return found


def parse_frame(text: str, number: int) -> bytes:
    """Bytes from hex digits in any case, with 0x, spaces or colons or without; InputError names the typo."""
    plain = PREFIX.sub("  ", text.lower())
    if bad := re.search(r"[^0-9a-f\s:]", plain):
        raise InputError(
            f"frame {number}: {text[bad.start()]!r} at place {bad.start() + 1} of {text!r} is no hex digit; "
            "use 0-9 and a-f"
        )
    digits = SEPARATORS.sub("", plain)
    if not digits:
        raise InputError(f"frame {number} is empty; give its bytes in hex, such as 84042c01")
    if len(digits) % 2:
        raise InputError(
            f"frame {number}: {text!r} has {len(digits)} hex digits; a byte takes two, is one missing?"
        )
    return bytes.fromhex(digits)
