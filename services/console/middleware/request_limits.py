"""What every request passes first, as plain ASGI: by which name it asks, whose page asks, how large the
body is, which headers go back.

This is what keeps another site's page from starting a belt through a staff member's browser; who may ask what is
for `auth/page_access.py`, which also refuses a write by cookie that names no origin.
"""

import asyncio
import contextlib
import re

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console import words
from services.console.middleware.hosts import Hosts
from services.rules.whole import whole

BODY_MAX_BYTES = 16_384
DISCARD_MAX_BYTES = 1_048_576
BODY_MAX_S = 5.0
READS = frozenset({"GET", "HEAD", "OPTIONS"})
STOPS = re.compile(r"/(api(/v1)?(/treadmills/[^/]+)?|m/[^/]+)/stop")
"""Where belts are stopped: what the body is, and whether it ever comes to its end, is nothing to them."""

POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class RequestLimits:
    """Wraps the whole application, error pages included."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        stops = scope["type"] == "http" and scope["method"] == "POST" and STOPS.fullmatch(scope["path"])
        if stops:
            receive, send = _replay(b""), _answer_then_discard(headers, receive, send)
        elif scope["type"] == "http" and scope["method"] not in READS:
            # The body is read even for a refusal: who is still sending would not hear it.
            try:
                receive = _replay(await _body(headers, receive))
            except _TooLargeError:
                await _refuse(scope, receive, send, 413, words.too_large(BODY_MAX_BYTES))
                return
            except TimeoutError:
                await _refuse(scope, receive, send, 408, words.too_slow())
                return
            except _GoneError:
                return
        writes = scope["type"] == "websocket" or scope["method"] not in READS
        if not stops and not self._hosts.ours(scope):
            await _refuse(scope, receive, send, 421, words.foreign_host(headers.get("host", "")[:100]))
        elif writes and not self._hosts.wrote(headers):
            await _refuse(scope, receive, send, 403, words.foreign_origin(headers["origin"][:100]))
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _with_policy(send))


class _TooLargeError(Exception):
    pass


class _GoneError(Exception):
    pass


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The whole body. One that is too large is still read to its end, within bounds, and dropped."""
    announced = whole(headers.get("content-length", "0"))
    if announced is None or announced > DISCARD_MAX_BYTES:
        raise _TooLargeError
    body, size, more = b"", 0, True
    async with asyncio.timeout(BODY_MAX_S):
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            part = message.get("body", b"")
            size += len(part)
            if size > DISCARD_MAX_BYTES:
                raise _TooLargeError
            body += part if size <= BODY_MAX_BYTES else b""
            more = message.get("more_body", False)
    if size > BODY_MAX_BYTES:
        raise _TooLargeError
    return body


def _answer_then_discard(headers: Headers, receive: Receive, send: Send) -> Send:
    """The answer goes out whole before the body is looked at; then the body is read, within bounds, so that who is
    still sending hears the answer."""
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return send

    async def answer(message: Message) -> None:
        if message["type"] != "http.response.body" or message.get("more_body", False):
            await send(message)
            return
        await send({**message, "more_body": True})
        with contextlib.suppress(_TooLargeError, _GoneError, TimeoutError):
            await _body(headers, receive)
        await send({"type": "http.response.body", "body": b""})

    return answer


def _replay(body: bytes) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


def _with_policy(send: Send) -> Send:
    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in POLICY.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_policy


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = msgspec.json.encode({"ok": False, "text": text})
    answer = _with_policy(send)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await answer({"type": "http.response.start", "status": status, "headers": headers})
    await answer({"type": "http.response.body", "body": body})
