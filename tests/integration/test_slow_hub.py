"""A hub that sends each byte in time, and never all of them: what a unit asks of it is cut as a whole."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from enrolling_hub import EnrollingHub

from device_adapters.config import Broker, UnitConfig
from device_adapters.errors import ConfigError
from services.hub import join
from services.hub.unit_update import UpdatedUnit

BYTES = 200


class SlowHub:
    """Answers one question, a byte each twentieth of a second. `sent`: so many went out."""

    def __init__(self, hub: EnrollingHub) -> None:
        self.sent = 0
        self._listener = socket.create_server(("localhost", hub.places.site().enrol_port))
        self._trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        broker = hub.places.broker
        self._trust.load_cert_chain(broker / "server.crt", broker / "server.key")
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        try:
            plain, _ = self._listener.accept()
            with self._trust.wrap_socket(plain, server_side=True) as line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BYTES)
                for _ in range(BYTES):
                    line.sendall(b"x")
                    self.sent += 1
                    time.sleep(0.05)
        except OSError:
            return

    def close(self) -> None:
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> EnrollingHub:
    return EnrollingHub(tmp_path_factory.mktemp("hub"))


@pytest.fixture
def slow(hub: EnrollingHub) -> Iterator[SlowHub]:
    slow = SlowHub(hub)
    yield slow
    slow.close()


def test_a_bundle_that_drips_is_given_up(hub: EnrollingHub, slow: SlowHub, tmp_path: Path) -> None:
    ca = str(hub.places.broker / "ca.crt")
    line = Broker(ca_file=ca, cert_file=ca, enrol=f"localhost:{hub.places.site().enrol_port}")
    unit = UpdatedUnit(UnitConfig(unit="unit-01", data=str(tmp_path), broker=line), tmp_path, within_s=0.3)
    with pytest.raises(ConfigError, match="could not be fetched"):
        unit.fetch("backstride-0.2.0-aarch64.tar.gz")
    assert not (tmp_path / "release/wanted").exists()
    assert slow.sent < BYTES


def test_an_answer_that_drips_is_given_up(
    hub: EnrollingHub, slow: SlowHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join, "WHOLE_S", 0.3)
    trust = ssl.create_default_context(cafile=hub.places.broker / "ca.crt")
    with pytest.raises(ConfigError, match="no hub answers"):
        join.ask("localhost", hub.places.site().enrol_port, trust, "GET", "/x", None)
    assert slow.sent < BYTES
