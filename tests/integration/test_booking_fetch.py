"""Feeds of somebody else's, from a real server by TLS: what is fetched, and that none leads into this network."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from device_adapters.clock import SystemClock
from device_adapters.errors import StorageError
from services.console.diary.fetch import BYTES_MAX, BookingFetch, is_public
from services.console.diary.sources import source
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig


class BookingSite(BaseHTTPRequestHandler):
    """What a booking system may answer."""

    def do_GET(self) -> None:
        match self.path:
            case "/feed.ics?key=1":
                self._answer(200, b"BEGIN:VCALENDAR")
            case "/large":
                self._answer(200, b"x" * (BYTES_MAX + 1))
            case "/moved":
                self._answer(302, b"", "/feed.ics?key=1")
            case "/round":
                self._answer(302, b"", "/round")
            case "/plain":
                self._answer(302, b"", "http://localhost/feed.ics")
            case "/inside":
                self._answer(302, b"", "https://169.254.169.254/latest/meta-data/")
            case "/drips":
                self._drip()
            case "/short":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"BEGIN:VCALENDAR")
                self.close_connection = True
            case _:
                self._answer(404, b"no")

    def _drip(self) -> None:
        """A header that goes on: each byte comes in time."""
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(200):
                self.wfile.write(b"x")
                time.sleep(0.05)

    def _answer(self, status: int, body: bytes, to: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if to:
            self.send_header("Location", to)
        self.end_headers()
        with contextlib.suppress(OSError):  # who has read enough hangs up
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class TlsServer(ThreadingHTTPServer):
    """Whoever hangs up, or does not believe it, is no fault here."""

    trust: ssl.SSLContext

    def get_request(self) -> tuple[socket.socket, object]:
        plain, address = super().get_request()
        try:
            return self.trust.wrap_socket(plain, server_side=True), address
        except OSError:
            plain.close()
            raise

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@dataclass(frozen=True)
class Served:
    """The server's address, and a fetch that believes it and may reach 127.0.0.1 alone."""

    url: str
    fetch: BookingFetch
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("bookings")
    places = Places(folder / "etc")
    set_up(places, SiteConfig("gym", ("localhost",), data=str(folder), https_port=8443), SystemClock())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(places.services / "console-https.pem")
    server = TlsServer(("127.0.0.1", 0), BookingSite)
    server.trust = context
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    trust = ssl.create_default_context(cafile=str(places.services / "ca.crt"))
    fetch = BookingFetch(lambda address: is_public(address) or str(address) in ("127.0.0.1", "::1"), trust)
    yield Served(f"https://localhost:{server.server_address[1]}", fetch, trust)
    server.shutdown()
    server.server_close()
    thread.join()


def content(served: Served, path: str) -> bytes:
    return served.fetch.content(source(f"{served.url}{path}", 1))


def test_a_feed_is_fetched_also_where_it_moved_to(served: Served) -> None:
    assert content(served, "/feed.ics?key=1") == b"BEGIN:VCALENDAR"
    assert content(served, "/moved") == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/large", "larger than 2 MB"),
        ("/round", "elsewhere more than 3 times"),
        ("/plain", "not read"),
        ("/inside", "inside this network"),
        ("/none", "answers 404"),
        ("/short", "ends before its end|EOF"),
    ],
)
def test_what_is_refused_says_why_and_no_address(served: Served, path: str, why: str) -> None:
    with pytest.raises(StorageError, match=why) as refused:
        content(served, path)
    assert path not in str(refused.value)


def test_a_server_that_takes_its_time_is_left(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.diary.fetch.WHOLE_MAX_S", 0.5)
    began = time.monotonic()
    with pytest.raises(StorageError, match="takes longer"):
        content(served, "/drips")
    assert time.monotonic() - began < 5


def test_a_stranger_with_the_name_is_not_believed(served: Served) -> None:
    with pytest.raises(StorageError, match=r"(?i)certificate"):
        BookingFetch(lambda _: True).content(source(f"{served.url}/feed.ics?key=1", 1))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "2130706433"])
def test_no_feed_reaches_this_machine(served: Served, host: str) -> None:
    port = served.url.rpartition(":")[2]
    with pytest.raises(StorageError, match="inside this network"):
        BookingFetch(trust=served.trust).content(source(f"https://{host}:{port}/feed.ics?key=1", 1))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "::10.0.0.1", "fec0::1"],
)  # fmt: skip
def test_addresses_of_networks_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_file_is_read_and_one_that_is_none_said(served: Served, tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(b"BEGIN:VCALENDAR")
    assert served.fetch.content(source(str(tmp_path / "a.ics"), 1)) == b"BEGIN:VCALENDAR"
    (tmp_path / "b.ics").write_bytes(b"x" * (BYTES_MAX + 1))
    for path, why in (
        (tmp_path / "b.ics", "larger"),
        (tmp_path, "no such file"),
        (Path("/dev/zero"), "no such file"),
    ):
        with pytest.raises(StorageError, match=why):
            served.fetch.content(source(str(path), 1))
