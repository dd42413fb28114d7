"""To invite, to revoke and to renew writes files: nothing is signalled and nothing is started that could.

A SIGHUP can kill Mosquitto 2.0.11 while a persistent session is away; every belt would stop.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_adapters.clock import SystemClock
from services.cli.main import app
from services.hub import authority
from services.hub.office import Office
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

WATCHED = ("os.kill", "os.killpg", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork")
_seen: list[tuple[str, tuple[object, ...]]] = []
_watching = False


def _hook(event: str, values: tuple[object, ...]) -> None:
    if _watching and event in WATCHED:
        _seen.append((event, values))


sys.addaudithook(_hook)


class TwoYearsOn(SystemClock):
    """Every certificate of a site is due then."""

    def wall_ms(self) -> int:
        return super().wall_ms() + 2 * 365 * 86_400_000


@pytest.fixture
def signalled() -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    global _watching
    _seen.clear()
    _watching = True
    yield _seen
    _watching = False


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path)
    set_up(made, SiteConfig("gym", ("localhost",)), SystemClock())
    return made


def _run(places: Places, *words: str) -> None:
    done = CliRunner().invoke(app, [*words, "--folder", str(places.folder)])
    assert done.exit_code == 0, done.output


def test_a_signal_would_be_seen(signalled: list[tuple[str, tuple[object, ...]]]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.kill(os.getpid(), signal.SIGHUP)
    signal.signal(signal.SIGHUP, before)
    assert signalled == [("os.kill", (os.getpid(), signal.SIGHUP))]


def test_neither_invitation_nor_certificate_nor_revocation_signals_anybody(
    places: Places, signalled: list[tuple[str, tuple[object, ...]]]
) -> None:
    acl = places.broker / "acl"
    before = acl.read_bytes()
    _run(places, "unit", "invite", "unit-01", "--treadmill", "tm-01")
    assert acl.read_bytes() != before
    office = Office(places, SystemClock())
    revoked = (places.broker / "crl.pem").read_bytes()
    office.certify("unit-01", authority.signing_request("unit-01", authority.new_key()))
    _run(places, "unit", "revoke", "unit-01")
    assert (places.broker / "crl.pem").read_bytes() != revoked
    assert signalled == []


def test_nor_does_a_renewal_of_all_that_is_due(
    places: Places, signalled: list[tuple[str, tuple[object, ...]]]
) -> None:
    certificate = places.broker / "server.crt"
    before = certificate.read_bytes()
    _run(places, "hub", "init")
    assert certificate.read_bytes() == before, "nothing is due"
    set_up(places, None, TwoYearsOn())
    assert certificate.read_bytes() != before
    assert signalled == []
