"""Ports of this machine that are nobody's."""

import os
import secrets
import socket

FIRST, COUNT = 15_000, 17_000
"""Below what Linux gives to outgoing connections and to whoever binds port 0 (32768 on): taken by nobody by chance."""

WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
OWN = COUNT // WORKERS
OWN_FIRST = FIRST + OWN * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Each worker of pytest has its own part: two never find the same port free at once."""

_given: set[int] = set()


def free_port() -> int:
    """A TCP port of loopback that nobody has now, and that this process has not been given before."""
    while True:
        port = OWN_FIRST + secrets.randbelow(OWN)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
