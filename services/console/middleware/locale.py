"""Which language a request is answered in, as plain ASGI: asked for in the address, kept in a cookie, or preferred."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.languages import COOKIE, language_for
from services.texts.languages import LANGUAGES, speaking

KEPT_S = 31_536_000


class LocaleMiddleware:
    """Wraps the application: whatever answers inside speaks the reader's language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[-1]
        with speaking(language_for(asked, headers.get("accept-language", ""), _kept(headers))):
            await self._app(scope, receive, _keeping(asked, send) if asked in LANGUAGES else send)


def _kept(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _keeping(language: str, send: Send) -> Send:
    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = f"{COOKIE}={language}; Path=/; Max-Age={KEPT_S}; SameSite=Strict; HttpOnly"
            MutableHeaders(scope=message).append("Set-Cookie", kept)
        await send(message)

    return send_with_cookie
