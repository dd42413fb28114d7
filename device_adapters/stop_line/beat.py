"""What a unit and the process of its stop lines say to each other: one packet each way, over a UNIX socket, no disk."""

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec

from device_adapters.safety.stop_line import LineWish, Why

PACKET_MAX = 4_096
_WISHES = msgspec.json.Decoder(dict[str, LineWish])
_LINES = msgspec.json.Decoder(dict[str, Why | None])


def packed(said: Mapping[str, LineWish] | Mapping[str, Why | None]) -> bytes:
    """One datagram: a wish, or a why, by treadmill."""
    return msgspec.json.encode(said)


def wishes(packet: bytes) -> dict[str, LineWish] | None:
    """A beat; None for what is none."""
    try:
        return _WISHES.decode(packet)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def lines(packet: bytes) -> dict[str, Why | None] | None:
    """What holds each line open (None: it is closed); None for what is no answer."""
    try:
        return _LINES.decode(packet)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def listening(path: Path) -> socket.socket:
    """The process's end, readable and writable for its own user only. OSError if it cannot be had."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    ear = _socket()
    try:
        ear.bind(str(path))
        path.chmod(0o600)
        ear.listen(1)
    except OSError:
        ear.close()
        raise
    return ear


def connected(path: Path) -> socket.socket | None:
    """The unit's end; None while nobody listens."""
    mouth = _socket()
    try:
        mouth.connect(str(path))
    except OSError:
        mouth.close()
        return None
    return mouth


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.setblocking(False)
    return made
