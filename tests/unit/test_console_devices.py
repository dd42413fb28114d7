"""Cookies of browsers where somebody signed in before."""

from pathlib import Path

from services.console.auth.known_devices import ACCOUNTS_MAX, Devices, SignInDevice
from services.console.auth.throttle import Delays


def test_a_device_cookie_names_nobody_is_bounded_and_counts_for_what_it_says_only(tmp_path: Path) -> None:
    devices = Devices(tmp_path)
    cookie = devices.with_account("", "Anna")
    assert "Anna" not in cookie
    id_, accounts = devices.read(cookie)
    known = SignInDevice(network="192.0.2.1", id=id_, accounts=accounts)
    assert known.place(" ANNA".strip())
    assert known.place("Ben") == ""
    for n in range(30):
        cookie = devices.with_account(cookie, f"person {n}")
    assert devices.read(cookie)[0] == id_
    assert len(devices.read(cookie)[1]) == ACCOUNTS_MAX
    assert Devices(tmp_path).read(cookie)[0] == id_, "over restarts"
    for wrong in (
        "",
        "x",
        cookie[:-1],
        f"{cookie[:-1]}x",
        cookie.replace(".", "", 1),
        f"{'0' * 16}.{'0' * 64}",
    ):
        assert Devices(tmp_path).read(wrong) == ("", ()), wrong
    assert Devices(tmp_path / "nowhere").read(cookie) == ("", ())
    assert (tmp_path / "devices.key").stat().st_mode & 0o077 == 0


def test_what_is_held_against_a_key_is_told() -> None:
    delays = Delays(1)
    assert delays.failures("a") == 0
    delays.failed("a", 0)
    delays.failed("a", 1)
    assert delays.failures("a") == 2
