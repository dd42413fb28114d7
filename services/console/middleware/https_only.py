"""Where pages come by TLS: what HTTP still answers, and what it sends on. Plain ASGI."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.middleware.hosts import HOST
from services.console.middleware.request_limits import STOPS

ANSWERED = ("/healthz", "/trust", "/static/")
"""Beside stops: the sign of life that watchers ask for, and how a tablet is taught to trust this site."""

HTTPS_PORT = 443
STRICT = "max-age=31536000"


class HttpsOnly:
    """Wraps the application for plain HTTP. A stop is answered there too: a page that lost TLS must stop a belt."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._port = "" if port == HTTPS_PORT else f":{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http" or _is_answered(scope):
            await self._app(scope, receive, send)
        else:
            await self._elsewhere(scope)(scope, receive, send)

    def _elsewhere(self, scope: Scope) -> ASGIApp:
        found = HOST.fullmatch(Headers(scope=scope).get("host", ""))
        if found is None:
            return PlainTextResponse("Which host?", 421)
        path = scope.get("raw_path", b"/").decode("latin-1") or "/"
        query = scope["query_string"].decode("latin-1")
        to = f"https://{found[1]}{self._port}{path}{'?' if query else ''}{query}"
        return RedirectResponse(to, 307, headers={"Cache-Control": "no-store"})


class StrictTransport:
    """Wraps the application for TLS where the settings ask for it: browsers then never come by HTTP again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""

        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = STRICT
            await send(message)

        await self._app(scope, receive, send_strict)


def _is_answered(scope: Scope) -> bool:
    path: str = scope["path"]
    stops = scope["method"] == "POST" and STOPS.fullmatch(path)
    return bool(stops) or any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in ANSWERED)
