"""A few read-only pages on a local port, for monitoring: enough HTTP/1.1 for a scraper and for curl.

It runs in the unit's own event loop: a unit that stands still does not answer, and that is what a monitor must see.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device_adapters.errors import ConfigError

READ_S = 5.0
HEADERS_MAX_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: HTTP status, media type, body."""

    status: int
    media_type: str
    body: bytes


NOT_FOUND = Page(404, "text/plain", b"not found\n")
NOT_ALLOWED = Page(405, "text/plain", b"only GET and HEAD\n")
BAD_REQUEST = Page(400, "text/plain", b"bad request\n")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


async def serve(host: str, port: int, pages: Mapping[str, Callable[[], Page]]) -> None:
    """Serve `pages` by path until cancelled. Raises ConfigError if the port cannot be used."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(READ_S):
                writer.write(await _answer(reader, pages))
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(answer, host, port, limit=HEADERS_MAX_BYTES)
    except (OSError, OverflowError) as e:
        raise ConfigError(f"metrics_port {port} on {host}: {e}; choose another or leave it out") from e
    async with server:
        await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, pages: Mapping[str, Callable[[], Page]]) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        return _response(BAD_REQUEST, with_body=True)
    if method not in ("GET", "HEAD"):
        return _response(NOT_ALLOWED, with_body=True)
    page = pages.get(target.partition("?")[0])
    return _response(page() if page else NOT_FOUND, with_body=method == "GET")


def _response(page: Page, *, with_body: bool) -> bytes:
    head = (
        f"HTTP/1.1 {page.status} {_REASONS[page.status]}\r\nContent-Type: {page.media_type}\r\n"
        f"Content-Length: {len(page.body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + (page.body if with_body else b"")
