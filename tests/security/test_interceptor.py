"""Somebody between a Pi and its hub while it joins: they get no secret, and nothing of theirs is trusted."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bus_clients import Client, by_each_client

from device_adapters.bus.mqtt import connect_once
from device_adapters.config import Broker
from device_adapters.errors import BusLostError, ConfigError
from services.hub import authority, code
from services.hub.join import join

NOW = datetime.now(UTC)
TRUE = authority.new_authority("gym", NOW)
FALSE = authority.new_authority("gym", NOW)
_OTHER_KEY = authority.new_key()
LEAF = authority.sign_client(FALSE, "unit-01", authority.signing_request("unit-01", _OTHER_KEY), NOW)


@dataclass
class Interceptor:
    """Answers as a desk would, with a certificate of its own authority, and remembers what it was sent."""

    root: bytes
    port: int = 0
    posts: list[bytes] = field(default_factory=list)


@contextmanager
def in_between(folder: Path, root: bytes) -> Iterator[Interceptor]:
    """An HTTPS server whose certificate is of the false authority; `root` is what it gives out as the hub's."""
    me = Interceptor(root)
    key = authority.new_key()
    pair = folder / "server.pem"
    pair.write_bytes(authority.sign_server(FALSE, ("127.0.0.1",), key, NOW) + key)

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(me.root)

        def do_POST(self) -> None:
            me.posts.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(403)
            self.end_headers()
            self.wfile.write(b'{"text": "no"}')

        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    me.port = server.server_address[1]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield me
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.mark.parametrize(
    "root",
    [
        TRUE.certificate + FALSE.certificate,
        FALSE.certificate + TRUE.certificate,
        TRUE.certificate + b"\n# and\n" + FALSE.certificate + TRUE.certificate,
        TRUE.certificate
        + FALSE.certificate.replace(b"BEGIN CERT", b"BEGIN TRUSTED CERT").replace(
            b"END CERT", b"END TRUSTED CERT"
        ),
        TRUE.certificate
        + FALSE.certificate.replace(b"BEGIN CERT", b"BEGIN X509 CERT").replace(b"END CERT", b"END X509 CERT"),
        TRUE.certificate + FALSE.key,
        FALSE.certificate,
        b"",
        b"\xff\x00" + TRUE.certificate[:200],
    ],
    ids=["true+false", "false+true", "three", "trusted", "x509", "key", "false", "nothing", "torn"],
)
def test_who_is_in_between_gets_no_secret_and_leaves_nothing(tmp_path: Path, root: bytes) -> None:
    pi = tmp_path / "pi"
    with in_between(tmp_path, root) as me:
        made = code.new("127.0.0.1", me.port, authority.fingerprint(TRUE.certificate))
        with pytest.raises(ConfigError, match="not the hub that made this code"):
            join(made, pi, "var", "hci0", {})
    assert me.posts == []
    assert not pi.exists()


def test_the_true_root_alone_does_not_make_a_stranger_the_hub(tmp_path: Path) -> None:
    """It passes the hub's own root on: then its own server certificate is not of that root."""
    with in_between(tmp_path, b"words around it\n" + TRUE.certificate + b"and after\n") as me:
        made = code.new("127.0.0.1", me.port, authority.fingerprint(TRUE.certificate))
        with pytest.raises(ConfigError, match="does not prove who it is"):
            join(made, tmp_path / "pi", "var", "hci0", {})
    assert me.posts == []


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (LEAF, "its own authority"),
        (
            authority.sign_client(TRUE, "unit-01", authority.signing_request("u", _OTHER_KEY), NOW),
            "another key",
        ),
        (LEAF + LEAF, "one certificate"),
        (b"none", "not a certificate"),
    ],
)
def test_a_certificate_is_kept_only_if_it_is_of_that_root_and_for_our_key(
    certificate: bytes, why: str
) -> None:
    with pytest.raises(ConfigError, match=why):
        authority.issued(TRUE.certificate, certificate, authority.new_key())


@by_each_client
async def test_a_unit_that_joined_believes_no_second_authority_at_its_broker(
    tmp_path: Path, client: Client
) -> None:
    roots = tmp_path / "ca.crt"
    roots.write_bytes(TRUE.certificate + FALSE.certificate)
    broker = Broker(url="mqtts://127.0.0.1:1", client=client, ca_file=str(roots), enrol="127.0.0.1:2")
    with pytest.raises(BusLostError, match="one authority only"):
        await connect_once(broker, "unit-01")
