"""From an invitation to a certificate: once, in time, for who has the code, and for nobody in between."""

import asyncio
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from enrolling_hub import UNIT, EnrollingHub, desk_process

from device_adapters.config import HubConfig, UnitConfig, load
from device_adapters.errors import ConfigError
from services.hub import authority, code
from services.hub.clients import Client, UnitDevice
from services.hub.desk import NETWORKS_MAX, WRONG_PER_ADDRESS, Tries
from services.hub.join import join, renew
from services.hub.letters import Join, Renewed, Welcome
from services.hub.service import run_desk
from services.hub.setup import set_up


@pytest.fixture
def hub(tmp_path: Path) -> EnrollingHub:
    return EnrollingHub(tmp_path / "hub")


async def test_a_desk_that_starts_gives_the_broker_the_rights_of_its_release(hub: EnrollingHub) -> None:
    """Else a service of a release with a new topic would be refused its subscription, and be without the broker."""
    hub.office.admit(UNIT)
    acl, now = hub.places.broker / "acl", (hub.places.broker / "acl").read_text()
    acl.write_text("".join(line for line in now.splitlines(True) if "session/beat" not in line))
    ready = asyncio.Event()
    desk = asyncio.create_task(run_desk(hub.places, hub.clock, ready.set))
    async with asyncio.timeout(60):
        await ready.wait()
    assert acl.read_text() == now
    written = acl.stat().st_mtime_ns
    desk.cancel()
    await asyncio.wait([desk])
    desk = asyncio.create_task(run_desk(hub.places, hub.clock, ready.set))
    await asyncio.sleep(1)
    assert acl.stat().st_mtime_ns == written, "the broker is restarted for what changed only"
    desk.cancel()
    await asyncio.wait([desk])


def refused(answer: object) -> str:
    assert not isinstance(answer, Welcome | Renewed)
    return str(getattr(answer, "text", ""))


def name_in(certificate: bytes) -> str:
    subject = x509.load_pem_x509_certificate(certificate).subject
    return subject.rfc4514_string()


def test_a_pi_joins_over_the_network_with_what_the_code_says_and_renews(
    hub: EnrollingHub, tmp_path: Path
) -> None:
    pi = tmp_path / "pi"
    with desk_process(hub):
        joined = join(code.parse(str(hub.invite())), pi, "var", "hci0", {"hr-01": "F2:00:00:00:00:01"})
        assert joined.without_address == ("tm-02",)
        settings = load(pi / "unit.toml", UnitConfig)
        assert (settings.unit, settings.site, settings.broker.url) == (
            "unit-01",
            "gym",
            "mqtts://localhost:8883",
        )
        assert [(t.id, t.address) for t in settings.treadmill] == [("tm-01", "F1:00:00:00:00:01")]
        assert [(s.id, s.address) for s in settings.strap] == [("hr-01", "F2:00:00:00:00:01")]
        assert settings.strap_salt == hub.places.site().strap_salt != ""
        held = authority.apart((pi / "unit.pem").read_bytes())
        assert name_in(held.certificate) == "CN=unit-01"
        assert (pi / "unit.pem").stat().st_mode & 0o777 == 0o600
        renew(settings)
        fresh = authority.apart((pi / "unit.pem").read_bytes())
        assert fresh.key != held.key
        assert authority.serial_of(fresh.certificate) in hub.office.register().clients[-1].serials
        again = hub.invite()
        liar = code.Code(again.host, again.port, bytes(10), again.secret)
        with pytest.raises(ConfigError, match="not the hub that made this code"):
            join(liar, tmp_path / "other", "var", "hci0", {})
        assert not (tmp_path / "other").exists()
        join(again, pi, "elsewhere", "hci7", {})  # settings of its own stay
        assert load(pi / "unit.toml", UnitConfig) == settings
    with pytest.raises(ConfigError, match="no hub answers"):
        join(again, tmp_path / "other", "var", "hci0", {})


def test_a_code_is_good_for_one_key_and_in_time(hub: EnrollingHub) -> None:
    made, key = hub.invite(), authority.new_key()
    assert isinstance(hub.ask(made.secret, key), Welcome)
    assert "not valid" in refused(hub.ask(made.secret, authority.new_key()))
    late = hub.invite(minutes=10)
    hub.clock.days += 11 / 1440
    assert "not valid" in refused(hub.ask(late.secret, key))
    first = hub.invite()
    hub.invite()  # in its place
    assert "not valid" in refused(hub.ask(first.secret, key))


def test_a_request_that_is_none_uses_no_code_up(hub: EnrollingHub) -> None:
    made = hub.invite()
    for body in (b"", b"{}", b"[1]", msgspec.json.encode(Join(made.secret.hex(), "no request"))):
        assert hub.desk.join(body, "10.0.0.9").status == 403
    assert isinstance(hub.ask(made.secret, authority.new_key()), Welcome)


def test_a_certificate_bears_the_invited_name_whatever_is_asked_for(hub: EnrollingHub) -> None:
    welcome = hub.ask(hub.invite().secret, authority.new_key(), name="session")
    assert isinstance(welcome, Welcome)
    assert name_in(welcome.certificate.encode()) == "CN=unit-01"


def test_guessing_is_slowed_down_per_address_and_forgiven_after_a_minute(hub: EnrollingHub) -> None:
    made, key = hub.invite(), authority.new_key()
    for _ in range(WRONG_PER_ADDRESS):
        assert "not valid" in refused(hub.ask(bytes(5), key))
    assert "too many" in refused(hub.ask(made.secret, key))
    letter = msgspec.json.encode(Join("00" * 5, authority.signing_request("unit", key).decode()))
    assert hub.desk.join(letter, "10.0.0.77").status == 403, "another address is not locked out"
    hub.clock.days += 1.1 / 1440
    assert isinstance(hub.ask(made.secret, key), Welcome)


def test_no_number_of_others_wrong_tries_shuts_a_right_code_out(hub: EnrollingHub) -> None:
    made, key = hub.invite(), authority.new_key()
    letter = msgspec.json.encode(Join("00" * 5, authority.signing_request("unit", key).decode()))
    for host in range(NETWORKS_MAX // 100):
        for _ in range(WRONG_PER_ADDRESS + 1):
            code_ = hub.desk.join(letter, f"10.1.0.{host}").status
        assert code_ == 429
    for host in range(2, 9):  # one host of IPv6 may take any address of its network
        hub.desk.join(letter, f"2001:db8:7::{host:x}")
    assert hub.desk.join(letter, "2001:db8:7::ffff").status == 429
    assert isinstance(hub.ask(made.secret, key), Welcome)
    tries = Tries()
    for host in range(NETWORKS_MAX + 100):
        tries.count(f"10.2.{host // 200}.{host % 200}", 0)
    assert len(tries.wrong) == NETWORKS_MAX


def test_no_secret_is_kept_in_clear(hub: EnrollingHub) -> None:
    made = hub.invite()
    kept = hub.places.invitations.read_text() + hub.places.register.read_text()
    assert made.secret.hex() not in kept
    assert hub.places.invitations.stat().st_mode & 0o777 == 0o600


def test_the_predecessor_of_a_renewed_certificate_holds_until_the_next_renewal(hub: EnrollingHub) -> None:
    first = hub.join()
    second = hub.renew(first)
    again = hub.renew(first)  # the answer got lost
    assert isinstance(second, authority.Pair)
    assert isinstance(again, authority.Pair)
    assert "no longer taken" not in str(hub.renew(again))
    assert "no longer taken" in str(hub.renew(second))
    assert authority.serial_of(second.certificate) in hub.office.register().revoked


def test_who_is_revoked_or_foreign_or_late_renews_nothing(hub: EnrollingHub, tmp_path: Path) -> None:
    held = hub.join()
    assert "not signed by its key" in str(hub.renew(held, by=authority.new_key()))
    foreign = EnrollingHub(tmp_path / "other").join()
    assert "not of this site" in str(hub.renew(foreign))
    hub.clock.days += 400
    assert "has ended" in str(hub.renew(held))
    hub.clock.days -= 400
    hub.office.revoke("unit-01")
    assert "no longer taken" in str(hub.renew(held))
    assert authority.serial_of(held.certificate) in hub.office.register().revoked
    assert "unit-01" not in (hub.places.broker / "acl").read_text()
    with pytest.raises(ConfigError, match="no such client"):
        hub.office.revoke("unit-09")


def test_an_invited_unit_has_its_rights_before_its_certificate_and_devices_have_one_owner(
    hub: EnrollingHub,
) -> None:
    hub.invite()
    assert "topic read backstride/v1/gym/treadmill/tm-02/command" in (hub.places.broker / "acl").read_text()
    with pytest.raises(ConfigError, match="tm-01 belongs to unit-01"):
        hub.office.admit(Client(name="unit-02", role="unit", treadmills=(UnitDevice("tm-01"),)))
    with pytest.raises(ConfigError, match="service of the hub"):
        hub.office.admit(Client(name="session", role="unit"))
    with pytest.raises(ConfigError, match="unit-01 is a unit already"):
        hub.office.admit(Client(name="unit-01", role="viewer"))


def test_init_done_again_changes_nothing_until_something_is_due(hub: EnrollingHub) -> None:
    def snapshot() -> dict[str, bytes]:
        files = [p for p in hub.folder.rglob("*") if p.is_file() and p.name != "crl.pem"]
        return {str(p): p.read_bytes() for p in files}

    before = snapshot()
    set_up(hub.places, None, hub.clock)
    assert snapshot() == before
    with pytest.raises(ConfigError, match=r"says otherwise \(hosts\)"):
        set_up(hub.places, msgspec.structs.replace(hub.places.site(), hosts=("other",)), hub.clock)
    hub.clock.days = authority.LEAF_DAYS - authority.RENEW_DAYS + 1
    set_up(hub.places, None, hub.clock)
    renewed = {Path(p).name for p, content in snapshot().items() if before[p] != content}
    assert renewed == {
        "server.crt", "server.key", "session.pem", "metrics.pem", "console.pem", "alerts.pem", "enrol.pem", "cli.pem",
        "drill.pem", "register.json",
    }  # fmt: skip
    for role in ("session", "metrics", "console", "alerts", "hub", "drill"):
        assert load(hub.places.services / f"{role}.toml", HubConfig).broker.url.startswith(
            "mqtts://127.0.0.1:"
        )


def test_a_new_name_of_the_hub_gets_into_its_certificate(hub: EnrollingHub) -> None:
    settings = msgspec.structs.replace(hub.places.site(), hosts=("localhost", "hub.local", "192.168.7.5"))
    hub.places.settings.write_bytes(msgspec.toml.encode(settings))
    set_up(hub.places, None, hub.clock)
    assert {"hub.local", "192.168.7.5", "127.0.0.1"} <= authority.hosts_of(
        (hub.places.broker / "server.crt").read_bytes()
    )


def test_the_code_is_asked_for_and_stands_in_no_list_of_processes(hub: EnrollingHub, tmp_path: Path) -> None:
    pi, command = tmp_path / "pi", [sys.executable, "-m", "services.cli", "unit", "join", "--folder"]
    with desk_process(hub):
        made = hub.invite()
        done = subprocess.run(
            [*command, str(pi)], input=f"{made}\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "this is unit-01 of site gym now" in done.stdout
        nothing = subprocess.run(
            [*command, str(tmp_path / "no")], input="\n", capture_output=True, text=True, check=False
        )
        assert nothing.returncode != 0
        assert "no code" in nothing.stderr
