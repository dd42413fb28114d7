"""A full disk or a kill between two files of the hub: asked again, what was begun is finished."""

import errno
from pathlib import Path

import pytest
from cryptography import x509
from enrolling_hub import EnrollingHub
from ports import free_port
from test_gone_for_good import command

from device_adapters.errors import StorageError
from services.broker import start_broker
from services.hub import authority, files, office, setup
from services.hub.setup import set_up


@pytest.fixture
def hub(tmp_path: Path) -> EnrollingHub:
    return EnrollingHub(tmp_path / "hub")


def no_room_for(*names: str) -> object:
    """A `files.write` on a disk that is full when one of these files comes."""

    def write(path: Path, content: bytes, mode: int = files.PRIVATE) -> bool:
        if path.name in names:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return files.write(path, content, mode)

    return write


def is_revoked(hub: EnrollingHub, held: authority.Pair) -> bool:
    told = x509.load_pem_x509_crl((hub.places.broker / "crl.pem").read_bytes())
    serial = x509.load_pem_x509_certificate(held.certificate).serial_number
    return told.get_revoked_certificate_by_serial_number(serial) is not None


@pytest.mark.parametrize("file", ["crl.pem", "acl"])
def test_a_revocation_that_was_cut_is_finished_when_it_is_asked_for_again(
    hub: EnrollingHub, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    held = hub.join()
    with monkeypatch.context() as full:
        full.setattr(office, "write", no_room_for(file))
        with pytest.raises(StorageError, match=f"{file}: No space left on device; make room"):
            hub.office.revoke("unit-01")
    hub.office.revoke("unit-01")
    assert is_revoked(hub, held)
    assert "unit-01" not in (hub.places.broker / "acl").read_text()
    register = hub.places.register.read_bytes()
    hub.clock.days += 1
    hub.office.revoke("unit-01")
    assert hub.places.register.read_bytes() == register, "the day of its end stays"


def test_the_brokers_key_and_certificate_belong_together_after_init_was_cut_between_them(
    hub: EnrollingHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.clock.days = authority.LEAF_DAYS - authority.RENEW_DAYS + 1
    with monkeypatch.context() as full:
        full.setattr(setup, "write", no_room_for("server.crt"))
        with pytest.raises(OSError, match="No space"):
            set_up(hub.places, None, hub.clock)
    hub.clock.days = 0  # the old certificate is not due
    set_up(hub.places, None, hub.clock)
    broker = hub.places.broker
    certificate, key = (broker / "server.crt").read_bytes(), (broker / "server.key").read_bytes()
    assert authority.Pair(certificate, key).belong_together


async def test_retire_finishes_a_revocation_that_was_cut(
    hub: EnrollingHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hub.join()
    with monkeypatch.context() as full:
        full.setattr(office, "write", no_room_for("crl.pem"))
        with pytest.raises(StorageError):
            hub.office.revoke("unit-01")
    broker = await start_broker(free_port(), tmp_path / "open")
    try:
        code, out = await command(
            "unit", "retire", "unit-01", "--broker", broker.url, "--site", "gym", "--folder", str(hub.folder)
        )
    finally:
        await broker.stop()
    assert code == 0, out
    assert is_revoked(hub, held)
