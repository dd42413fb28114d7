"""What the doctor makes of what was found: small pure judgements, each with the fix in one line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from device_adapters.bus.certificate import WARN_DAYS
from device_adapters.config import SERIAL
from device_adapters.contract.oddities import Odd, words
from services.rules import unit_health

Verdict = Literal["ok", "warning", "fail"]

PYTHON_MIN = (3, 11)
BLUEZ_MIN = (5, 55)
"""Older ones lack what bleak needs."""

_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")

DBus = Literal["ok", "no_bus", "no_bluetoothd", "denied"]
Broker = Literal["ok", "unreachable", "refused", "settings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `fix` is empty where nothing is to be done."""

    check: str
    verdict: Verdict
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A kill switch of a radio: by software, or by a key or firmware."""

    name: str
    soft: bool
    hard: bool


def _fail(check: str, text: str, fix: str) -> Finding:
    return Finding(check, "fail", text, fix)


def python(version: tuple[int, int], bits: int, machine: str) -> Finding:
    """Python and the processor's words."""
    text = f"Python {version[0]}.{version[1]}, {bits} bit, {machine}"
    if version < PYTHON_MIN:
        return _fail("python", text, "install Python 3.11 or newer, and make .venv anew with it")
    if bits != 64:
        return _fail("python", text, "install the 64-bit Raspberry Pi OS; some wheels exist only for it")
    return Finding("python", "ok", text)


def settings(path: str, error: str) -> Finding:
    """The unit's settings file."""
    if not path:
        return Finding(
            "settings",
            "warning",
            "no unit.toml given: judged by the defaults",
            "give it with --config unit.toml",
        )
    if error:
        return _fail("settings", error, f"correct {path}; the line above names the key")
    return Finding("settings", "ok", path)


def devices(owned: Sequence[tuple[str, str]], wrong: Sequence[str] = ()) -> Finding:
    """(id, address or cable) of the settings' devices: each id and each address once, and addresses that are some.
    `wrong`: what else is known to be wrong with them, in words.
    """
    wireless = [(id_, address) for id_, address in owned if not address.startswith(SERIAL)]
    if bad := [id_ for id_, address in wireless if not _ADDRESS.fullmatch(address)]:
        fix = "write it as AA:BB:CC:DD:EE:FF; backstride scan shows it"
        return _fail("devices", f"no Bluetooth address: {', '.join(bad)}", fix)
    if twice := _twice([id_ for id_, _ in owned]):
        return _fail("devices", f"the same id twice: {', '.join(twice)}", "give each its own id")
    addresses = [address.upper() for _, address in owned]
    if twice := [id_ for id_, address in owned if address.upper() in _twice(addresses)]:
        return _fail("devices", f"the same address: {', '.join(twice)}", "give each its own address")
    if wrong:
        return _fail("devices", wrong[0], "correct it; backstride config check names each")
    if not owned:
        fix = "add them; backstride scan shows what is around"
        return Finding("devices", "warning", "no treadmills and no straps", fix)
    return Finding("devices", "ok", f"{len(owned)} in the settings")


def oddities(odd: Mapping[str, Sequence[str]]) -> list[Finding]:
    """What the unit found odd about its devices and itself (keys by id) when it last looked."""
    return [
        Finding(
            "unit" if key == Odd.ANOTHER_UNIT else "device",
            "fail" if key == Odd.ANOTHER_UNIT else "warning",
            f"{device}: {words(key).what}",
            words(key).todo,
        )
        for device, keys in sorted(odd.items())
        for key in keys
    ]


def _twice(words: Sequence[str]) -> list[str]:
    return sorted({word for word in words if words.count(word) > 1})


def bluez(version: str) -> Finding:
    """BlueZ's version, empty where it is not installed."""
    if not version:
        return _fail("bluez", "BlueZ is not installed", "sudo apt install bluez")
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < BLUEZ_MIN:
        return _fail(
            "bluez", f"BlueZ {version}", "update to 5.55 or newer: sudo apt install --only-upgrade bluez"
        )
    return Finding("bluez", "ok", f"BlueZ {version}")


def dbus(outcome: DBus) -> Finding:
    """Whether this user can talk to bluetoothd."""
    match outcome:
        case "ok":
            return Finding("bluetoothd", "ok", "answers on D-Bus")
        case "no_bus":
            return _fail(
                "bluetoothd",
                "there is no system D-Bus",
                "sudo apt install dbus; in a container, mount /run/dbus",
            )
        case "no_bluetoothd":
            return _fail("bluetoothd", "it does not run", "sudo systemctl enable --now bluetooth")
        case "denied":
            return _fail(
                "bluetoothd",
                "this user may not use it",
                "sudo usermod -aG bluetooth $USER, then log in again",
            )


def adapter(name: str, powered: Mapping[str, bool]) -> Finding:
    """The adapter of the settings among those that BlueZ has."""
    check = f"adapter {name}"
    if name not in powered:
        others = ", ".join(sorted(powered)) or "none"
        return _fail(
            check, f"BlueZ has no {name} (it has: {others})", "plug it in, or name another under radio"
        )
    if not powered[name]:
        return _fail(
            check, "switched off", "bluetoothctl power on, and AutoEnable=true in /etc/bluetooth/main.conf"
        )
    return Finding(check, "ok", "powered")


def virtual_adapter(name: str, error: str) -> Finding:
    """The virtual gym's radio."""
    if error:
        return _fail(f"adapter {name}", error, "start the gym: backstride demo, or backstride run gym")
    return Finding(f"adapter {name}", "ok", "the virtual gym answers")


def rfkill(blocks: Sequence[Block]) -> Finding:
    """Kill switches of Bluetooth radios."""
    if hard := [b.name for b in blocks if b.hard]:
        return _fail(
            "rfkill",
            f"blocked by a switch: {', '.join(hard)}",
            "use the machine's switch, or its firmware settings",
        )
    if soft := [b.name for b in blocks if b.soft]:
        return _fail("rfkill", f"blocked: {', '.join(soft)}", "sudo rfkill unblock bluetooth")
    return Finding("rfkill", "ok", "nothing is blocked")


def clock(synchronised: bool | None, offset_ms: int | None) -> Finding:
    """Whether records will carry the right time."""
    if synchronised is None:
        return Finding(
            "clock", "warning", "this machine does not say whether its clock is kept", "see that NTP runs"
        )
    if not synchronised:
        return _fail(
            "clock", "not synchronised: records would carry a wrong time", "sudo timedatectl set-ntp true"
        )
    return Finding("clock", "ok", f"synchronised, {offset_ms or 0} ms off")


def broker(url: str, outcome: Broker, why: str) -> Finding:
    """One connection in MQTT 5 with the settings' credentials."""
    fixes: dict[Broker, str] = {
        "ok": "",
        "unreachable": "start the broker there, open its port, and see that it speaks MQTT 5 (Mosquitto 1.6 or newer)",
        "refused": "make this user known to the broker, or correct username and password_file under [broker]",
        "settings": "correct [broker] in the settings",
    }
    text = f"{url} takes us in MQTT 5" if outcome == "ok" else why
    return Finding("broker", "ok" if outcome == "ok" else "fail", text, fixes[outcome])


def certificate(days: int | None) -> Finding:
    """The unit's certificate: days until it ends, None where it has none."""
    if days is None:
        return Finding("certificate", "ok", "none in the settings")
    fix = "renew it: backstride unit rotate"
    if days < 0:
        return _fail("certificate", "has ended: the broker refuses this unit", fix)
    text = f"ends in {days} days"
    return (
        Finding("certificate", "warning", text, fix)
        if days < WARN_DAYS
        else Finding("certificate", "ok", text)
    )


def disk(path: str, writable: bool, free_mb: int | None) -> Finding:
    """Where the outbox lives."""
    if not writable:
        return _fail("disk", f"{path} cannot be written", f"sudo install -d -o $USER {path}, or change data")
    if free_mb is None:
        return Finding("disk", "warning", f"{path} does not say how much is free", "see df")
    text = f"{path}: {free_mb} MB free"
    room = unit_health.disk(free_mb)
    if room == "fail":
        return _fail("disk", text, "free some: the outbox may take 64 MB and a half more, and logs need room")
    if room == "warning":
        return Finding("disk", "warning", text, "free some before it is short")
    return Finding("disk", "ok", text)
