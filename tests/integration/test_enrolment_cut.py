"""A full disk or a kill between two files of the hub: asked again, what was begun is finished."""

import errno
from pathlib import Path
from types import ModuleType

import pytest
from cryptography import x509
from enrolling_hub import EnrollingHub, desk_process
from ports import free_port
from test_gone_for_good import command

from device_adapters.errors import ConfigError, StorageError
from services.broker import start_broker
from services.hub import authority, clients, files, invitations, office, setup
from services.hub import join as joining
from services.hub.desk import WRONG_PER_ADDRESS
from services.hub.letters import Welcome
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


@pytest.mark.parametrize(
    ("module", "file"), [(clients, "register.json"), (office, "crl.pem"), (invitations, "invitations.json")]
)
def test_a_code_that_met_a_full_disk_is_good_again_once_there_is_room(
    hub: EnrollingHub, monkeypatch: pytest.MonkeyPatch, module: ModuleType, file: str
) -> None:
    made, key = hub.invite(), authority.new_key()
    with monkeypatch.context() as full:
        full.setattr(module, "write", no_room_for(file))
        for _ in range(WRONG_PER_ADDRESS + 1):
            refusal = hub.ask(made.secret, key)
            assert "make room" in str(getattr(refusal, "text", "")), "and it is no wrong try"
    assert isinstance(hub.ask(made.secret, key), Welcome)


def test_a_lost_answer_is_given_again_to_the_same_key_until_the_code_runs_out(hub: EnrollingHub) -> None:
    made, key = hub.invite(minutes=30), authority.new_key()
    lost, again = hub.ask(made.secret, key), hub.ask(made.secret, key)
    assert isinstance(lost, Welcome)
    assert isinstance(again, Welcome)
    serials = [authority.serial_of(each.certificate.encode()) for each in (again, lost)]
    assert list(hub.office.register().clients[-1].serials) == serials
    assert "not valid" in str(hub.ask(made.secret, authority.new_key()))
    hub.clock.days += 31 / 1440
    assert "not valid" in str(hub.ask(made.secret, key))


def test_who_was_revoked_gets_no_certificate_by_the_code_it_had(hub: EnrollingHub) -> None:
    made, key = hub.invite(), authority.new_key()
    assert isinstance(hub.ask(made.secret, key), Welcome)
    hub.office.revoke("unit-01")
    assert "revoked" in str(hub.ask(made.secret, key))
    hub.invite()
    assert "not valid" in str(hub.ask(made.secret, key))


def test_a_pi_whose_join_was_cut_joins_by_the_same_code(
    hub: EnrollingHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pi = tmp_path / "pi"
    with desk_process(hub):
        made = hub.invite()
        with monkeypatch.context() as full:
            full.setattr(joining, "write", no_room_for("unit.toml"))
            with pytest.raises(OSError, match="No space"):
                joining.join(made, pi, "var", "hci0", {})
        assert joining.join(made, pi, "var", "hci0", {}).welcome.name == "unit-01"
    assert {each.name for each in pi.iterdir()} == {"ca.crt", "unit.pem", "unit.toml"}


def test_settings_that_cannot_be_read_are_told_before_the_code_is_used(
    hub: EnrollingHub, tmp_path: Path
) -> None:
    pi = tmp_path / "pi"
    pi.mkdir()
    (pi / "unit.toml").write_text("unit = [")
    with desk_process(hub):
        made = hub.invite()
        with pytest.raises(ConfigError, match=r"unit\.toml"):
            joining.join(made, pi, "var", "hci0", {})
        assert {each.name for each in pi.iterdir()} == {"unit.toml"}
        joining.join(made, tmp_path / "other", "var", "hci0", {})
