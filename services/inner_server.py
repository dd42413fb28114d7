"""Uvicorn inside a process that has signals, logging and listening sockets of its own."""

import contextlib
from collections.abc import Callable, Generator
from socket import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from services.connections import BACKLOG, BoundedProtocol

SHUTDOWN_MAX_S = 1


class InnerServer(uvicorn.Server):
    """Bounded connections, no log of requests, no lifespan. `settings` are uvicorn's, of this server alone.

    `ready` is called once requests are taken. Raises OSError for a certificate or key that cannot be read.
    """

    def __init__(self, app: ASGIApp, ready: Callable[[], None], **settings: Any) -> None:
        self._ready = ready
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedProtocol,
                backlog=BACKLOG,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_MAX_S,
                **settings,
            )
        )

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Uvicorn calls it."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Uvicorn would take them from the process."""
        yield
