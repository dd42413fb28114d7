"""What is no database, or a database that complains of the request: no line is lost and the fault is named.

The answers of the database are InfluxDB 2.9.1's own.
"""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from recorded_answers import Exchange, recorded
from waiting import until

from device_adapters.clock import SystemClock
from device_adapters.config import Influx
from services.metrics import schema
from services.metrics.influx import open_influx
from services.metrics.line_protocol import unpacked
from services.metrics.points import Point
from services.metrics.shipper import Shipper
from services.metrics.spool import Spool

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COUNT = 300


def points(count: int) -> list[Point]:
    return [Point(schema.STRAP, {"strap": "hr-01"}, {"hr_bpm": n}, n + 1) for n in range(count)]


def json(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)


class Server:
    """An HTTP server that answers a write as `answer` does; what was stored stands in `rows`."""

    def __init__(self) -> None:
        self.answer: Handler = self.store
        self.rows: set[str] = set()
        self.posts = 0
        self.url = ""

    async def store(self, request: web.Request) -> web.Response:
        self.rows |= set(unpacked(await request.read()))
        return web.Response(status=204)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.posts += 1
        return await self.answer(request)

    @contextlib.asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{anything:.*}", self.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield
        finally:
            await runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with made.open():
        yield made


@contextlib.asynccontextmanager
async def shipping(spool: Spool, url: str) -> AsyncIterator[Shipper]:
    async with open_influx(Influx(url=url), "") as post:
        shipper = Shipper(spool, post, SystemClock(), lambda: 0.0)
        task = asyncio.create_task(shipper.run())
        try:
            yield shipper
        finally:
            task.cancel()
            await asyncio.wait([task])


def redirect(status: int) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/elsewhere":
            return web.Response(text="<html>Welcome</html>", content_type="text/html")
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    return answer


def says(status: int, text: str, kind: str = "text/html") -> Handler:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, text=text, content_type=kind)

    return answer


def told(status: int, code: str, message: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return json(status, code, message)

    return answer


NGINX_TLS = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        *[(redirect(status), f"answers {status} and sends on to") for status in (301, 302, 303, 307, 308)],
        (says(200, "<html>Sign in to the guest network</html>"), "no InfluxDB (status 200: <html>Sign in"),
        (says(200, '{"ok": true}', "application/json"), "no InfluxDB (status 200"),
        (says(202, ""), "no InfluxDB (status 202: nothing"),
        (says(400, NGINX_TLS), "no InfluxDB (status 400"),
        (says(400, "unable to parse request", "text/plain"), "no InfluxDB (status 400"),
        (says(404, "<html>nginx</html>"), "no InfluxDB (status 404"),
        (says(413, "<html>413 Request Entity Too Large</html>"), "no InfluxDB (status 413"),
        (says(500, "<html>500</html>"), "no InfluxDB (status 500"),
        (told(400, "invalid", "gzip: invalid header"), "gzip: invalid header"),
        (told(400, "invalid", "unexpected EOF"), "unexpected EOF"),
        (told(422, "unprocessable entity", "the body is of no known kind"), "of no known kind"),
        (told(404, "not found", 'bucket "backstride" not found'), "provision influx"),
        # A proxy that drops Content-Encoding: what could not be parsed is not what we wrote.
        (told(400, "invalid", "unable to parse '\x1f\ufffd\x08': missing fields"), "missing fields"),
        (told(400, "invalid", "unable to parse '': missing fields"), "missing fields"),
        (says(400, "[" * 60_000, "application/json"), "no InfluxDB (status 400"),
    ],
)  # fmt: skip
async def test_only_204_is_stored_and_everything_else_is_named_and_keeps_the_lines(
    tmp_path: Path, server: Server, answer: Handler, words: str
) -> None:
    spool = Spool(tmp_path / "spool.db", 10**7)
    spool.write(points(COUNT))
    server.answer = answer
    async with shipping(spool, server.url) as shipper:
        await until(lambda: words in shipper.failing)
        posts = server.posts
        await until(lambda: server.posts >= posts + 2)
        assert spool.depth() == (COUNT, 0)
        server.answer = server.store
        await until(lambda: spool.depth() == (0, 0))
        await until(lambda: shipper.failing == "")
    assert len(server.rows) == COUNT
    spool.close()


async def test_plain_http_to_a_tls_port_is_a_fault_of_the_connection(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = (
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
        "-days", "1", "-subj", "/CN=localhost",
    )  # fmt: skip
    await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server, spool = Server(), Spool(tmp_path / "spool.db", 10**7)
    spool.write(points(COUNT))
    async with server.open(tls), shipping(spool, server.url) as shipper:
        await until(lambda: "no answer from" in shipper.failing)
        assert spool.depth() == (COUNT, 0)
    spool.close()


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "invalid", "unable to parse '{line}': invalid field format"),
        (400, "invalid", "unable to parse '{line}': strconv.ParseInt: parsing \"9\": value out of range"),
        (422, "unprocessable entity", "failure writing points to database: partial write: field type conflict: input "
         'field "hr_bpm" on measurement "strap" is type string, already exists as type float dropped=1'),
        (422, "unprocessable entity", "failure writing points to database: partial write: dropped 1 points outside "
         "retention policy of duration 2160h0m0s - oldest point {line} dropped because it violates a Write Window "
         "Upper Bound"),
    ],
)  # fmt: skip
async def test_a_line_that_the_database_names_goes_to_quarantine_alone(
    tmp_path: Path, server: Server, status: int, code: str, message: str
) -> None:
    spool = Spool(tmp_path / "spool.db", 10**7)
    spool.write(points(COUNT))
    bad = "strap,strap=hr-01 hr_bpm=77i 78"

    async def answer(request: web.Request) -> web.Response:
        lines = set(unpacked(await request.read()))
        server.rows |= lines - {bad}
        return (
            json(status, code, message.replace("{line}", bad)) if bad in lines else web.Response(status=204)
        )

    server.answer = answer
    async with shipping(spool, server.url) as shipper:
        await until(lambda: spool.depth() == (0, 1))
        await until(lambda: shipper.refusing != "")
        assert shipper.failing == ""
        assert shipper.refusing == message.replace("{line}", bad)
    (kept,) = spool.in_quarantine(5)
    assert kept.line == bad
    assert len(server.rows) == COUNT - 1
    spool.close()


def test_the_quarantine_stays_in_its_bound_and_keeps_the_newest(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db", 40_000)
    for begin in range(0, 1000, 50):
        spool.write(points(1))
        parcel = spool.next()
        assert parcel is not None
        spool.delivered(parcel, [(f"line {n}", "no" * 20) for n in range(begin, begin + 50)], 0)
    kept = spool.in_quarantine(1000)
    assert sum(len(row.line) + len(row.why) for row in kept) <= 10_000
    assert len(kept) > 190
    assert kept[-1].line == "line 999"
    assert len(kept) + spool.forgotten == 1000
    spool.close()


WRITES = [each for each in recorded("influxdb-2.9.1") if each.path.startswith("/api/v2/write")]


@pytest.mark.parametrize("said", WRITES, ids=lambda said: f"{said.status} {str(said.said)[:60]}")
async def test_each_recorded_answer_is_understood(tmp_path: Path, server: Server, said: Exchange) -> None:
    """400 and 422 name lines, older ones are left out, 401, 403 and 404 keep everything."""
    spool = Spool(tmp_path / "spool.db", 10**7)
    spool.write(points(1))

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if said.said is None:
            return web.Response(status=said.status)
        return web.json_response(said.said, status=said.status)

    server.answer = answer
    async with shipping(spool, server.url) as shipper:
        await until(lambda: spool.depth()[0] == 0 or bool(shipper.failing))
        outcome = (*spool.depth(), shipper.too_old, bool(shipper.failing))
    spool.close()
    if said.status == 204:
        assert outcome == (0, 0, 0, False)
    elif said.status in (401, 403, 404):
        assert outcome == (1, 0, 0, True)
    elif "retention policy" in said.said["message"]:
        assert outcome == (0, 0, 1, False)
    else:
        assert outcome == (0, 1, 0, False)
