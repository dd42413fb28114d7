"""A clock for a site without the internet: SNTP (RFC 4330) on UDP port 123 of loopback. Run on the machine that is it."""

import socket
import struct
import time

SINCE_1900_S = 2_208_988_800
SERVER, STRATUM, POLL, PRECISION = 0b00_100_100, 2, 6, -20


def answer(asked: bytes) -> bytes:
    """What the clock says to a client's 48 bytes."""
    now = time.time() + SINCE_1900_S
    stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
    return (
        struct.pack("!BBbbII4s", SERVER, STRATUM, POLL, PRECISION, 0, 0, b"LOCL")
        + stamp
        + asked[40:48]
        + stamp * 2
    )


def serve() -> None:
    """Until it is ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 123))
        while True:
            asked, who = line.recvfrom(512)
            line.sendto(answer(asked), who)


if __name__ == "__main__":
    serve()
