"""Broker and desk listen where the site's settings say: on one address, or on all."""

import contextlib
import getpass
import socket
import subprocess
from pathlib import Path

import pytest
from ports import free_port
from tls_broker import MOSQUITTO, wait_open

from device_adapters.clock import SystemClock
from services.hub import service
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

BOUND, OTHER = "127.0.0.1", "127.0.0.2"


def _answers(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


@pytest.mark.skipif(MOSQUITTO is None, reason="NEEDS mosquitto")
@pytest.mark.parametrize("host", [BOUND, ""])
def test_the_broker(host: str, tmp_path: Path) -> None:
    assert MOSQUITTO is not None
    port, hub_port = free_port(), free_port()
    site = SiteConfig("gym", ("localhost",), mqtt_port=port, hub_port=hub_port, mqtt_host=host)
    set_up(Places(tmp_path), site, SystemClock())
    conf = tmp_path / "broker/mosquitto.conf"
    text = conf.read_text().replace("/var/lib/mosquitto/", f"{tmp_path}/")
    conf.write_text(f"user {getpass.getuser()}\n{text}")
    broker = subprocess.Popen([MOSQUITTO, "-c", conf])
    try:
        wait_open(port, broker)
        assert _answers(OTHER, port) is not bool(host)
        assert not _answers(OTHER, hub_port), "the hub's own services come by loopback"
    finally:
        broker.terminate()
        broker.wait()


@pytest.mark.parametrize("host", [BOUND, ""])
def test_the_desk(host: str) -> None:
    with contextlib.closing(service.listening_at(host, 0)) as desk:
        port = desk.getsockname()[1]
        assert _answers(BOUND, port)
        assert _answers(OTHER, port) is not bool(host)
