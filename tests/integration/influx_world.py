"""A real InfluxDB 1.6.7 (Debian's) as child process, and the small proxy that gives it the v2 write path, and faults.

The proxy is what a v1 server lacks: `/api/v2/write?bucket=B` → `/write?db=B`. It answers with `refusals` first, and
holds every request while `frozen`.
"""

import asyncio
import shutil
from collections import deque
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from ports import free_port

needs_influxdb = pytest.mark.skipif(
    shutil.which("influxd") is None, reason="NO INFLUXDB ON THIS MACHINE: apt install influxdb"
)
READY_MAX_S = 60.0
AS_IT_SAYS = {
    400: {"code": "invalid", "message": "unable to parse 'as asked by the test': invalid field format"},
    401: {"code": "unauthorized", "message": "unauthorized access"},
    404: {"code": "not found", "message": 'bucket "backstride" not found'},
    413: {"code": "request too large", "message": "as asked by the test"},
    429: {"code": "too many requests", "message": "as asked by the test"},
    500: {"code": "internal error", "message": "as asked by the test"},
    503: {"code": "unavailable", "message": "as asked by the test"},
}
"""What InfluxDB 2 says beside a status."""

SETTINGS = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
  logging-enabled = false
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
  index-version = "tsi1"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
  max-body-size = 0
[logging]
  level = "error"
"""


class InfluxWorld:
    """The database and its proxy; `url` is what the metrics service is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rpc, self._http, port = free_port(), free_port(), free_port()
        self._port = port
        self.url = f"http://127.0.0.1:{port}"
        self._process: asyncio.subprocess.Process | None = None
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self.refusals: deque[tuple[int, dict[str, str]]] = deque()
        self.refused_with: int | None = None
        """While it is one: every write is answered by a web server that is no database, with this status."""

        self.thawed = asyncio.Event()
        self.thawed.set()
        self.posts = 0
        self.minute_posts = 0

    @property
    def database_url(self) -> str:
        """Where the database itself answers, with the v1 API."""
        return f"http://127.0.0.1:{self._http}"

    async def open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = SETTINGS.format(rpc=self._rpc, http=self._http, folder=self._folder)
        (self._folder / "influxdb.conf").write_text(settings)
        self._client = aiohttp.ClientSession()
        await self.start()
        await self.query("CREATE DATABASE backstride", post=True)
        app = web.Application(client_max_size=0)
        app.router.add_post("/api/v2/write", self._write)
        app.router.add_route("*", "/query", self._pass_on)
        app.router.add_get("/ping", self._pass_on)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)  # zipped as it came
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "influxd", "-config", str(self._folder / "influxdb.conf"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(READY_MAX_S):
            while not await self._answers():
                assert self._process.returncode is None, "influxd ended at once"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._process is not None and self._process.returncode is None:
            await self.kill()
        if self._client is not None:
            await self._client.close()

    async def query(self, influxql: str, *, post: bool = False) -> list[dict[str, Any]]:
        """The rows of all series of the first statement, tags and columns by name."""
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], values, strict=True))}
            for series in await self.series(influxql, post=post)
            for values in series.get("values", [])
        ]

    async def series(
        self, influxql: str, *, database: str = "backstride", post: bool = False
    ) -> list[dict[str, Any]]:
        """The series of the first statement, as the server tells them, times in ns."""
        assert self._client is not None
        ask = self._client.post if post else self._client.get
        url = f"http://127.0.0.1:{self._http}/query"
        async with ask(url, params={"db": database, "q": influxql, "epoch": "ns"}) as reply:
            body = await reply.json()
        assert "error" not in body, body
        (result,) = body["results"]
        assert "error" not in result, result
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    async def number(self, influxql: str) -> float:
        """The one number that a query such as `SELECT count(x) FROM y` gives; 0 without rows."""
        rows = await self.query(influxql)
        return 0 if not rows else next(value for name, value in rows[0].items() if name != "time")

    async def _answers(self) -> bool:
        assert self._client is not None
        try:
            async with self._client.get(f"http://127.0.0.1:{self._http}/ping") as reply:
                return reply.status == 204
        except aiohttp.ClientError:
            return False

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._client is not None
        url = f"http://127.0.0.1:{self._http}{request.path}"
        try:
            async with self._client.request(request.method, url, params=request.query) as reply:
                kept = {n: v for n, v in reply.headers.items() if n.lower().startswith("x-influxdb")}
                return web.Response(
                    status=reply.status,
                    body=await reply.read(),
                    headers=kept,
                    content_type="application/json",
                )
        except aiohttp.ClientError as e:
            return web.json_response({"error": str(e)}, status=503)

    async def _write(self, request: web.Request) -> web.StreamResponse:
        minutes = request.query["bucket"].endswith("/1m")
        self.minute_posts += minutes
        self.posts += not minutes
        body = await request.read()
        await self.thawed.wait()
        if self.refused_with is not None:
            sent_on = {"Location": "/elsewhere"} if self.refused_with >= 300 else {}
            return web.Response(
                status=self.refused_with,
                text="<html>Welcome</html>",
                content_type="text/html",
                headers=sent_on,
            )
        if self.refusals:
            status, headers = self.refusals.popleft()
            return web.json_response(AS_IT_SAYS[status], status=status, headers=headers)
        assert self._client is not None
        database, _, policy = request.query["bucket"].partition("/")
        params = {"db": database, "rp": policy, "precision": request.query["precision"]}
        url = f"http://127.0.0.1:{self._http}/write"
        try:
            coding = {
                name: request.headers[name] for name in ("Content-Encoding",) if name in request.headers
            }
            async with self._client.post(url, params=params, data=body, headers=coding) as reply:
                return web.Response(
                    status=reply.status, body=await reply.read(), content_type="application/json"
                )
        except aiohttp.ClientError as e:
            return web.json_response({"message": str(e)}, status=503)
